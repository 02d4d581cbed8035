package mysqltest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

func byNumber(rows []lfb.Incident) []lfb.Incident {
	slices.SortFunc(rows, func(a, b lfb.Incident) int { return strings.Compare(a.IncidentNumber, b.IncidentNumber) })
	return rows
}

// odd are incidents with every value that could be lost on the way.
func odd() []lfb.Incident {
	full := Incident(1)
	empty := lfb.Incident{IncidentNumber: "235138081", CalledAt: time.Date(2009, 1, 1, 0, 0, 37, 0, lfb.London)}
	texts := Incident(4)
	texts.PropertyType = "tab\tnewline\nreturn\rback\\slash \\N \\n zero\x00quote' \"double\" `tick` %s ? ; -- é 火 \U0001F692"
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
		db := ready(t, cfg)
		var rows []any
		for _, r := range odd() {
			rows = append(rows, r)
		}
		loadIncidents(t, db, File("odd.csv", lfb.IncidentFile, "odd"), slice[lfb.Incident](rows...))
		if d := cmp.Diff(byNumber(odd()), stored(t, db, lfb.Real)); d != "" {
			t.Errorf("infile %v: incidents (-want +got):\n%s", infile, d)
		}
		empty := lfb.Mobilisation{IncidentNumber: "1091", ResourceMobilisationID: 38426}
		full := Mobilisation(8)
		_, err := db.LoadMobilisations(t.Context(), File("m.csv", lfb.MobilisationFile, "m"),
			slice[lfb.Mobilisation](full, empty), lfb.LoadOptions{})
		check(t, "LoadMobilisations", err)
		got := storedMobilisations(t, db)
		if d := cmp.Diff([]lfb.Mobilisation{full, empty}, got); d != "" {
			t.Errorf("infile %v: mobilisations (-want +got):\n%s", infile, d)
		}
	}
}

func storedMobilisations(t *testing.T, db *mysql.DB) []lfb.Mobilisation {
	t.Helper()
	var out []lfb.Mobilisation
	for r, err := range db.Mobilisations(t.Context(), lfb.Real) {
		check(t, "Mobilisations", err)
		out = append(out, *r)
	}
	return out
}

func testScan(t *testing.T, cfg config.MySQL) {
	db := ready(t, cfg)
	const n = 3000
	var want []lfb.Incident
	for i := range n {
		want = append(want, Incident(i))
	}
	loadIncidents(t, db, File("a.csv", lfb.IncidentFile, "a"), Incidents(0, n))
	if d := cmp.Diff(byNumber(want), stored(t, db, lfb.Real)); d != "" {
		t.Errorf("incidents (-want +got):\n%s", d)
	}
	_, err := db.LoadMobilisations(t.Context(), File("m.csv", lfb.MobilisationFile, "m"), Mobilisations(0, n), lfb.LoadOptions{})
	check(t, "LoadMobilisations", err)
	got := storedMobilisations(t, db)
	if len(got) != n || !slices.IsSortedFunc(got, func(a, b lfb.Mobilisation) int {
		if c := strings.Compare(a.IncidentNumber, b.IncidentNumber); c != 0 {
			return c
		}
		return int(a.ResourceMobilisationID - b.ResourceMobilisationID)
	}) {
		t.Errorf("%d mobilisations, want %d in key order", len(got), n)
	}

	seen := 0
	for range db.Incidents(t.Context(), lfb.Real) {
		if seen++; seen == 5 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err = range db.Incidents(ctx, lfb.Real) {
		cancel()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled scan ended with %v, want %v", err, context.Canceled)
	}
	for _, err = range db.Incidents(t.Context(), "made up") {
	}
	if !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("scan of an unknown origin: %v, want %v", err, lfb.ErrInvalid)
	}
	// What was broken off must not have spoilt a connection.
	if got := len(stored(t, db, lfb.Real)); got != n {
		t.Errorf("%d incidents after broken scans, want %d", got, n)
	}
}
