package synthetic

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lfb/internal/geo/london"
	"lfb/internal/lfb"
)

func relive(t *testing.T, c *City, first, last string, change StationChange) (out []Attended) {
	t.Helper()
	for a, err := range c.Relive(t.Context(), first, last, change) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func from(a Attended, station string) bool {
	return slices.ContainsFunc(a.Engines, func(e Arrival) bool { return e.Station == station })
}

// Without a change the calls are those of the files.
func TestReliveIsWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Seed: 6, Incidents: 3000, Months: 4, From: "2024-03", Tidy: true})
	lived := map[string]Attended{}
	for _, a := range relive(t, c, "2024-04", "2024-05", StationChange{}) {
		lived[a.IncidentNumber] = a
	}
	tb := tables(t, c, lfb.IncidentFile)
	found := 0
	for _, r := range tb.rows {
		a, ok := lived[tb.get(r, "IncidentNumber")]
		if month := tb.get(r, "DateOfCall")[:7]; ok != (month == "2024-04" || month == "2024-05") {
			t.Fatalf("incident %s of %s: lived again %v", tb.get(r, "IncidentNumber"), month, ok)
		}
		if !ok {
			continue
		}
		found++
		seconds, station := "", ""
		if len(a.Engines) > 0 {
			seconds, station = formatInt(a.Engines[0].Seconds), a.Engines[0].Station
		}
		if seconds != tb.get(r, "FirstPumpArriving_AttendanceTime") ||
			station != tb.get(r, "FirstPumpArriving_DeployedFromStation") ||
			a.Ground != tb.get(r, "IncidentStationGround") || a.At.Format("2006-01-02 15:04:05") != tb.get(r, "DateOfCall")+" "+
			tb.get(r, "TimeOfCall") {
			t.Fatalf("lived again %+v, published %q", a, r)
		}
	}
	if found != len(lived) || found < 1400 {
		t.Errorf("%d of %d calls found", found, len(lived))
	}
}

// An engine that came in the first round was not away; who was away came only where too few were there.
func TestReliveTellsWhoWasAway(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Seed: 6, Incidents: 6000, Months: 2, From: "2024-01"})
	alone, contrary, away := 0, 0, 0
	for _, a := range relive(t, c, "2024-01", "2024-02", StationChange{}) {
		away += len(a.Away)
		if len(a.Engines) != 1 {
			continue
		}
		alone++
		k := slices.IndexFunc(a.Away, func(w AwayEngines) bool { return w.Station == a.Engines[0].Station })
		s := slices.IndexFunc(london.Stations(), func(s london.Station) bool { return s.Name == a.Engines[0].Station })
		if k >= 0 && a.Away[k].Engines == london.Stations()[s].Engines {
			contrary++
		}
	}
	if alone < 2000 || away < alone || contrary > 0 {
		t.Errorf("%d calls with one engine, %d of them from a station with none, %d stations away", alone, contrary, away)
	}
}

// A closed station sends nobody, its ground waits longer, and calls that it had no part
// in are as they were.
func TestReliveWithoutAStation(t *testing.T) {
	t.Parallel()
	const closed = "Lewisham"
	c := newCity(t, Options{Seed: 6, Incidents: 60000, Months: 6, From: "2024-01"})
	before := relive(t, c, "2024-02", "2024-06", StationChange{})
	after := relive(t, c, "2024-02", "2024-06", StationChange{Closed: []string{closed}})
	if len(before) != len(after) || len(before) != 50000 {
		t.Fatalf("%d calls, then %d", len(before), len(after))
	}
	var own, longer float64
	for i, a := range before {
		b := after[i]
		if b.IncidentNumber != a.IncidentNumber || !b.At.Equal(a.At) || b.Easting != a.Easting ||
			len(b.Engines) != len(a.Engines) {
			t.Fatalf("another call: %+v, then %+v", a, b)
		}
		if from(b, closed) || b.Ground == closed {
			t.Fatalf("%s is closed: %+v", closed, b)
		}
		if !from(a, closed) && !slices.Equal(a.Engines, b.Engines) {
			t.Fatalf("not of %s, and another outcome: %+v, then %+v", closed, a, b)
		}
		if a.Ground == closed && len(a.Engines) > 0 {
			own++
			longer += float64(b.Engines[0].Seconds - a.Engines[0].Seconds)
		}
	}
	if own < 200 {
		t.Fatalf("%v calls on the ground of %s prove nothing", own, closed)
	}
	within(t, "seconds longer on the closed station's ground", longer/own, 30, 200)
}

// A moved station's new neighbours are reached sooner.
func TestReliveWithAMovedStation(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Seed: 6, Incidents: 60000, Months: 6, From: "2024-01"})
	to := london.Point{Easting: 541000, Northing: 161000} // the south of Bromley, far from any
	before := relive(t, c, "2024-01", "2024-06", StationChange{})
	after := relive(t, c, "2024-01", "2024-06", StationChange{Moved: map[string]london.Point{"Soho": to}})
	var near, sooner float64
	for i, a := range before {
		if sq(a.Easting-to.Easting)+sq(a.Northing-to.Northing) < sq(2500) && len(a.Engines) > 0 {
			near++
			sooner += float64(a.Engines[0].Seconds - after[i].Engines[0].Seconds)
		}
	}
	if near < 50 {
		t.Fatalf("%v calls around the new place prove nothing", near)
	}
	within(t, "seconds sooner around the new place", sooner/near, 30, 400)
}

// An engine that stands by at a closed station serves its ground under its own station's name.
func TestReliveWithAStandby(t *testing.T) {
	t.Parallel()
	const closed, sends = "Lewisham", "Deptford"
	c := newCity(t, Options{Seed: 6, Incidents: 60000, Months: 6, From: "2024-01"})
	all := london.Stations()
	at := all[slices.IndexFunc(all, func(s london.Station) bool { return s.Name == closed })]
	change := StationChange{Closed: []string{closed}}
	without := relive(t, c, "2024-02", "2024-06", change)
	change.Standby = []Standby{{sends, london.Point{Easting: at.Easting, Northing: at.Northing}}}
	with := relive(t, c, "2024-02", "2024-06", change)
	var near, sooner float64
	for i, a := range without {
		if sq(a.Easting-at.Easting)+sq(a.Northing-at.Northing) < sq(1000) && len(a.Engines) > 0 && from(with[i], sends) &&
			!from(a, sends) {
			near++
			sooner += float64(a.Engines[0].Seconds - with[i].Engines[0].Seconds)
		}
	}
	if near < 100 {
		t.Fatalf("%v calls beside %s prove nothing", near, closed)
	}
	within(t, "seconds sooner beside the closed station", sooner/near, 20, 250)
}

func TestReliveRefuses(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Incidents: 300, Months: 3, From: "2024-01"})
	var most []string
	for _, s := range london.Stations()[legs-1:] {
		most = append(most, s.Name)
	}
	for _, tt := range []struct {
		name, first, last string
		change            StationChange
	}{
		{"no such station", "2024-01", "2024-01", StationChange{Closed: []string{"Nowhere"}}},
		{"nobody to move", "2024-01", "2024-01", StationChange{Moved: map[string]london.Point{"Nowhere": {
			Easting:  530000,
			Northing: 180000,
		}}}},
		{"moved to Paris", "2024-01", "2024-01", StationChange{Moved: map[string]london.Point{"Soho": {
			Easting:  800000,
			Northing: 1,
		}}}},
		{
			"nobody to stand by", "2024-01", "2024-01",
			StationChange{Standby: []Standby{{"Nowhere", london.Point{Easting: 530000, Northing: 180000}}}},
		},
		{
			"stands by in Paris", "2024-01", "2024-01",
			StationChange{Standby: []Standby{{"Soho", london.Point{Easting: 800000, Northing: 1}}}},
		},
		{"too few stay", "2024-01", "2024-01", StationChange{Closed: most}},
		{"before the city", "2023-12", "2024-01", StationChange{}},
		{"after the city", "2024-01", "2024-04", StationChange{}},
		{"backwards", "2024-02", "2024-01", StationChange{}},
	} {
		for a, err := range c.Relive(t.Context(), tt.first, tt.last, tt.change) {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("%s: %+v, %v, want %v", tt.name, a, err, lfb.ErrInvalid)
			}
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Relive(ctx, "2024-01", "2024-01", StationChange{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}
