package mysqltest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
)

func byNumber(rows []lfb.Incident) []lfb.Incident {
	slices.SortFunc(rows, func(a, b lfb.Incident) int { return strings.Compare(a.IncidentNumber, b.IncidentNumber) })
	return rows
}

// oddIncidents are incidents with every value that could be lost on the way.
func oddIncidents() []lfb.Incident {
	full := Incident(1)
	empty := lfb.Incident{IncidentNumber: "235138081", CalledAt: time.Date(2009, 1, 1, 0, 0, 37, 0, lfb.London)}
	texts := Incident(4)
	texts.PropertyType = "tab\tnewline\nreturn\rback\\slash \\N \\n zero\x00quote' \"double\" `tick` %s ? ; -- é 火 " +
		"\U0001F692"
	texts.AddressQualifier = `\N`
	texts.WardName = "'"
	numbers := Incident(7)
	numbers.Latitude, numbers.Longitude = lfb.Some(51.6305447441), lfb.Some(-0.24915797840000001)
	numbers.EastingM, numbers.NotionalCost = lfb.Some(1.0/3), lfb.Some(-0.0001)
	numbers.UPRN, numbers.USRN = lfb.Some(int64(1)<<62), lfb.Some(int64(0))
	numbers.NumCalls, numbers.PumpMinutesRounded = lfb.Some(0), lfb.Some(2_000_000_000)
	summer := Incident(10)
	summer.CalledAt = time.Date(2023, 7, 1, 23, 59, 59, 0, lfb.London)
	gone := Incident(13) // an hour that London did not have
	gone.CalledAt = time.Date(2023, 3, 26, 1, 30, 0, 0, lfb.London)
	twice := Incident(16) // and one that it had twice
	twice.CalledAt = time.Date(2023, 10, 29, 1, 30, 0, 0, lfb.London)
	return []lfb.Incident{full, empty, texts, numbers, summer, gone, twice}
}

func testRoundTrip(t *testing.T, cfg config.MySQL) {
	for _, infile := range []bool{true, false} {
		cfg := cfg
		cfg.LocalInfile = infile
		cfg.Database += map[bool]string{true: "_a", false: "_b"}[infile]
		db := Open(t, cfg)
		var rows []any
		for _, r := range oddIncidents() {
			rows = append(rows, r)
		}
		loadIncidents(t, db, File("odd.csv", lfb.IncidentFile, "odd"), streamRows[lfb.Incident](rows...))
		wantSame(t, fmt.Sprintf("infile %v: incidents", infile), byNumber(oddIncidents()), storedIncidents(t, db, lfb.Real))
		empty := lfb.Mobilisation{IncidentNumber: "1091", ResourceMobilisationID: 38426}
		full := Mobilisation(8)
		_, err := load.NewTables(db).LoadMobilisations(t.Context(), File("m.csv", lfb.MobilisationFile, "m"),
			streamRows[lfb.Mobilisation](full, empty), lfb.LoadOptions{})
		mustSucceed(t, "LoadMobilisations", err)
		wantSame(t, fmt.Sprintf("infile %v: mobilisations", infile), []lfb.Mobilisation{full, empty},
			storedMobilisations(t, db))
	}
}

func storedMobilisations(t *testing.T, db *mysql.DB) []lfb.Mobilisation {
	t.Helper()
	return collectRows(t, load.NewTables(db).Mobilisations(t.Context(), lfb.Real))
}

// collectRows copies all rows of a scan.
func collectRows[T any](t *testing.T, rows iter.Seq2[*T, error]) (out []T) {
	t.Helper()
	for r, err := range rows {
		mustSucceed(t, "scan", err)
		out = append(out, *r)
	}
	return out
}

// testScan breaks scans off: what is read after them is whole.
func testScan(t *testing.T, db *mysql.DB) {
	tables := load.NewTables(db)
	const n = 3000
	loadIncidents(t, db, File("a.csv", lfb.IncidentFile, "a"), Incidents(0, n))
	for range tables.Incidents(t.Context(), lfb.Real) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, last = range tables.Incidents(ctx, lfb.Real) {
		cancel()
	}
	wantErr(t, "a cancelled scan", last, context.Canceled)
	for _, last = range tables.Incidents(t.Context(), "made up") {
	}
	wantErr(t, "scan of an unknown origin", last, lfb.ErrInvalid)
	if got := len(storedIncidents(t, db, lfb.Real)); got != n {
		t.Errorf("%d incidents after broken scans, want %d", got, n)
	}
}
