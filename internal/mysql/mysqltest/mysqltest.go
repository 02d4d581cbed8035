package mysqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	driver "github.com/go-sql-driver/mysql"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// FreshName is a database name that no other test has.
func FreshName() string { return "t_" + strings.ToLower(rand.Text()) }

// Run checks package mysql on a server. open names a database that does not
// exist yet, a different one at each call.
func Run(t *testing.T, open func(t *testing.T) config.MySQL) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, cfg config.MySQL)
	}{
		{"migrate", testMigrate},
		{"unavailable", testUnavailable},
		{"round trip", testRoundTrip},
		{"load", testLoad},
		{"load by insert", testLoadByInsert},
		{"load refused", testLoadRefused},
		{"load editions", testLoadEditions},
		{"load at once", testLoadAtOnce},
		{"load cut off", testLoadCutOff},
		{"scan", testScan},
		{"attendance", testAttendance},
		{"files", testFiles},
		{"rejects", testRejects},
		{"runs", testRuns},
		{"run pages", testRunPages},
		{"ledger", testLedger},
		{"ledger race", testLedgerRace},
		{"data sets", testDataSets},
		{"predictions", testPredictions},
		{"monitorings", testMonitorings},
		{"realised", testRealised},
		{"claims", testClaims},
		{"alarms", testAlarms},
		{"logged predictions", testLoggedPredictions},
		{"accounts", testAccounts},
		{"audit", testAudit},
		{"backfills", testBackfills},
		{"housekeeping", testHousekeeping},
		{"records", testRecords},
		{"sessions", testSessions},
		{"codes", testCodes},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// create makes the database, without tables, and drops it with the test.
func create(t testing.TB, cfg config.MySQL) *mysql.DB {
	t.Helper()
	ctx := t.Context()
	if err := mysql.CreateDatabase(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { direct(t, cfg, "DROP DATABASE "+cfg.Database) })
	db, err := mysql.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Open creates the database with all tables, for as long as the test lasts.
func Open(t testing.TB, cfg config.MySQL) *mysql.DB {
	t.Helper()
	db := create(t, cfg)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// direct runs a statement past package mysql, on a connection of its own, and
// returns the first column of the last row, if there is one.
func direct(t testing.TB, cfg config.MySQL, query string) (got string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	c := driver.NewConfig()
	c.Net, c.Addr, c.DBName, c.User, c.Passwd = "tcp", cfg.Address, cfg.Database, cfg.User, cfg.Password.Reveal()
	db, err := sql.Open("mysql", c.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		cols, _ := rows.Columns()
		dest := make([]any, len(cols))
		for i := range dest {
			dest[i] = new(sql.RawBytes)
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		got = string(*dest[0].(*sql.RawBytes))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

// File is a stored file of the given content.
func File(name string, kind lfb.Kind, content string) lfb.SourceFile {
	sha := lfb.RefTo("", []byte(content)).SHA256
	return lfb.SourceFile{
		SHA256: sha, Name: name, Source: "dir", Version: "v-" + content, Kind: kind, Origin: lfb.Real,
		Ref:      lfb.Ref{Key: "raw/" + sha, SHA256: sha, Bytes: 12345, Rows: 7},
		StoredAt: time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC),
	}
}

func must[T any](t *testing.T, op string) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(op, err)
		}
		return v
	}
}

func check(t *testing.T, op string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", op, err))
	}
}

// wantErr checks that err is, or wraps, want.
func wantErr(t *testing.T, op string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", op, err, want)
	}
}

// second and third are the error among a call's results.
func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// wantSame checks that got is want to the last field.
func wantSame[T any](t *testing.T, op string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got):\n%s", op, d)
	}
}
