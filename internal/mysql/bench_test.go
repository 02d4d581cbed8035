package mysql_test

import (
	"fmt"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/registry"
)

const benchRows = 50_000

// BenchmarkLoad loads a fresh file into a table that has others.
func BenchmarkLoad(b *testing.B) {
	for _, infile := range []bool{true, false} {
		b.Run(fmt.Sprintf("incidents/infile=%v", infile), func(b *testing.B) {
			db := benchDB(b, infile)
			n := 0
			for b.Loop() {
				f := mysqltest.File(fmt.Sprint(n), lfb.IncidentFile, fmt.Sprint(n))
				_, err := load.NewTables(db).LoadIncidents(b.Context(), f, mysqltest.Incidents(n, n+benchRows), lfb.LoadOptions{})
				if err != nil {
					b.Fatal(err)
				}
				n += benchRows
			}
			b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(fmt.Sprintf("mobilisations/infile=%v", infile), func(b *testing.B) {
			db := benchDB(b, infile)
			n := 0
			for b.Loop() {
				f := mysqltest.File(fmt.Sprint(n), lfb.MobilisationFile, fmt.Sprint(n))
				_, err := load.NewTables(db).LoadMobilisations(b.Context(), f, mysqltest.Mobilisations(n, n+benchRows),
					lfb.LoadOptions{})
				if err != nil {
					b.Fatal(err)
				}
				n += benchRows
			}
			b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkScan streams a whole table.
func BenchmarkScan(b *testing.B) {
	db := benchDB(b, true)
	f, g := mysqltest.File("i", lfb.IncidentFile, "i"), mysqltest.File("m", lfb.MobilisationFile, "m")
	if _, err := load.NewTables(db).LoadIncidents(b.Context(), f, mysqltest.Incidents(0, benchRows),
		lfb.LoadOptions{}); err != nil {
		b.Fatal(err)
	}
	if _, err := load.NewTables(db).LoadMobilisations(b.Context(), g, mysqltest.Mobilisations(0, benchRows),
		lfb.LoadOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Run("incidents", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range load.NewTables(db).Incidents(b.Context(), lfb.Real) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("mobilisations", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range load.NewTables(db).Mobilisations(b.Context(), lfb.Real) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkListRuns asks for pages deep in 100,000 runs.
func BenchmarkListRuns(b *testing.B) {
	db := benchDB(b, true)
	const runs = 100_000
	mysqltest.SaveRuns(b, db, runs)
	for _, q := range []registry.Query{
		{Limit: 50},
		{Limit: 50, Line: lfb.Real.Line(), State: registry.Failed},
		{Limit: 50, Sort: "duration"},
		{Limit: 50, Sort: "state", Line: lfb.Real.Line()},
	} {
		for _, after := range []int{0, runs / 2} {
			if q.After = ""; after > 0 {
				q.After = mysqltest.RunID(after)
			}
			b.Run(fmt.Sprintf("sort=%s,line=%s,state=%s,after=%d", q.Sort, q.Line, q.State, after), func(b *testing.B) {
				for b.Loop() {
					if got, err := db.ListRuns(b.Context(), q); err != nil || len(got) != q.Limit {
						b.Fatal(len(got), err)
					}
				}
			})
		}
	}
}

func benchDB(b *testing.B, infile bool) *mysql.DB {
	b.Helper()
	cfg := server(b).Config()
	cfg.LocalInfile = infile
	if err := mysql.CreateDatabase(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	db, err := mysql.Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return db
}
