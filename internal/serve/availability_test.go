package serve_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
	"lfb/internal/serve/warning"
)

// standing is an api whose clock is a test's, and whose model was fitted with or without the station sent from.
type standing struct {
	*servetest.World
	predictor *serve.Predictor
	now       time.Time
	revision  int64
}

func newStanding(t *testing.T, sent bool) *standing {
	t.Helper()
	return newStandingOf(t, servetest.Fit(t, servetest.Options{Sent: sent}))
}

func newStandingOf(t *testing.T, b *bundle.Bundle) *standing {
	t.Helper()
	s := &standing{World: servetest.NewWorld(), now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s.Promote(t, s.Store(t, lfb.Real.Line(), b))
	champion := serve.NewChampion(s.World, s.Blobs, t.TempDir(), time.Hour, zap.NewNop())
	if err := champion.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.predictor, _ = predictor(t, champion, s.World)
	s.predictor.Availability = serve.NewAvailability(s.World, time.Hour, func() time.Time { return s.now }, zap.NewNop())
	return s
}

func (s *standing) set(t *testing.T, a registry.Availability) {
	t.Helper()
	if err := a.Settle(s.now); err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	s.revision++
	if err := s.AppendSetting(t.Context(), registry.Setting{
		Name: registry.SettingAvailability, Revision: s.revision,
		Value: string(value),
	}); err != nil {
		t.Fatal(err)
	}
	s.refresh(t, nil)
}

func (s *standing) refresh(t *testing.T, want error) {
	t.Helper()
	if err := s.predictor.Availability.Refresh(t.Context()); (err != nil) != (want != nil) {
		t.Fatalf("refresh: %v, want %v", err, want)
	}
}

// ask asks about a place beside Deptford's station, some time from now.
func (s *standing) ask(t *testing.T, in time.Duration, from string) serve.Reply {
	t.Helper()
	q := serve.Question{Call: serve.NewCall(s.now.Add(in)), Account: "ann"}
	q.Call.Easting, q.Call.Northing, q.Call.StationGround, q.Call.SentFrom = servetest.West+2850, servetest.South+3050,
		"Deptford", from
	replies, err := s.predictor.Predict([]serve.Question{q})
	if err != nil {
		t.Fatal(err)
	}
	r := replies[0]
	r.ID, r.At, r.Took, r.Model = "", time.Time{}, serve.Took{}, nil
	return r
}

func TestAvailabilityCountsUntilItExpires(t *testing.T) {
	t.Parallel()
	s := newStanding(t, true)
	usual := s.ask(t, 0, "")
	s.refresh(t, nil) // never set
	s.set(t, registry.Availability{Engines: []registry.AwayEngines{
		{Station: "Deptford", Until: s.now.Add(time.Hour)},
		{Station: "Soho"},
	}})
	out := s.ask(t, 0, "")
	u := out.Availability
	if !(out.Attendance.Mean > usual.Attendance.Mean+60 && out.Attendance.Within6 < usual.Attendance.Within6) || u == nil {
		t.Fatalf("with Deptford out %+v, as usual %+v", out, usual)
	}
	if u.Revision != 1 || !u.Until.Equal(s.now.Add(time.Hour)) || u.Usual != usual.Attendance ||
		u.Engines[0].Station != "Deptford" || !u.Known.IsZero() {
		t.Errorf("assumed %+v", u)
	}
	said := strings.Join(warning.Texts(&out), "; ")
	if !strings.Contains(said, "as the engines stand, until 1 May 2026, 14:00") || !strings.Contains(said, "Deptford") {
		t.Errorf("said %q", said)
	}
	for name, r := range map[string]serve.Reply{
		"a call of yesterday":     s.ask(t, -24*time.Hour, ""),
		"a call after the expiry": s.ask(t, 5*time.Hour, ""),
	} {
		if r.Availability != nil || len(r.Findings) != len(usual.Findings) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	r := s.ask(t, 0, "Deptford")
	if r.Availability != nil || r.Attendance.Mean > usual.Attendance.Mean+30 {
		t.Errorf("the station sent from is given: %+v", r)
	}
	said = strings.Join(warning.Texts(&r), "; ")
	if !strings.Contains(said, "Deptford is said to be out until 1 May 2026, 14:00") {
		t.Errorf("the station sent from is out: %q", said)
	}
	if r := s.ask(t, 0, "Euston"); len(r.Findings) != len(usual.Findings) {
		t.Errorf("the station sent from is not out: %+v", r.Findings)
	}
	s.now = s.now.Add(2 * time.Hour)
	r = s.ask(t, -2*time.Hour+time.Minute, "") // longer ago than is reckoned with
	if r.Availability != nil {
		t.Errorf("a call of two hours ago: %+v", r)
	}
	s.now = s.now.Add(3 * time.Hour)
	later := s.ask(t, -5*time.Hour, "")
	if !reflect.DeepEqual(later, usual) {
		t.Errorf("after all of it expired %+v, want %+v", later, usual)
	}
}

// While the database is away what was read last counts, and the answer says since when.
func TestAvailabilityWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	s := newStanding(t, true)
	s.set(t, registry.Availability{Engines: []registry.AwayEngines{{Station: "Deptford"}}})
	at := s.now
	s.SetDown(true)
	s.now = s.now.Add(time.Minute)
	s.refresh(t, lfb.ErrUnavailable)
	r := s.ask(t, 0, "")
	if u := r.Availability; u == nil || !u.Known.Equal(at) {
		t.Fatalf("assumed %+v, want known at %v", u, at)
	}
	if said := strings.Join(warning.Texts(&r), "; "); !strings.Contains(said,
		"last read 1 May 2026, 13:00: the database is away") {
		t.Errorf("said %q", said)
	}
	s.SetDown(false)
	s.refresh(t, nil)
	s.set(t, registry.Availability{})
	if r := s.ask(t, 0, ""); r.Availability != nil {
		t.Errorf("nobody is out: %+v", r)
	}
}

// What was read last stands on disk: an api that starts while the database is away answers as before, says since when,
// and what has expired meanwhile stays so. What another database says counts as soon as it does.
func TestAvailabilityOverARestart(t *testing.T) {
	t.Parallel()
	s := newStanding(t, true)
	path := filepath.Join(t.TempDir(), "state", "availability.json")
	s.predictor.Availability.KeepIn(path)
	usual, at := s.ask(t, 0, ""), s.now
	s.set(t, registry.Availability{Engines: []registry.AwayEngines{
		{Station: "Deptford", Until: s.now.Add(time.Hour)},
		{Station: "Lewisham", Until: s.now.Add(3 * time.Hour)},
	}})
	before := s.ask(t, 0, "")
	restart := func() {
		s.predictor.Availability = serve.NewAvailability(s.World, time.Hour, func() time.Time { return s.now }, zap.NewNop())
		s.predictor.Availability.KeepIn(path)
	}
	s.SetDown(true)
	s.now = s.now.Add(2 * time.Minute)
	restart()
	s.refresh(t, lfb.ErrUnavailable)
	r := s.ask(t, -2*time.Minute, "")
	if u := r.Availability; u == nil || !u.Known.Equal(at) || r.Attendance != before.Attendance {
		t.Fatalf("after a restart %+v of %+v, before %+v", r, u, before)
	}
	s.now = s.now.Add(4 * time.Hour)
	restart()
	if r := s.ask(t, -4*time.Hour, ""); r.Availability != nil || r.Attendance != usual.Attendance {
		t.Errorf("after all of it expired: %+v", r)
	}
	s.SetDown(false)
	s.World = servetest.NewWorld() // where it was never set
	restart()
	s.refresh(t, nil)
	restart()
	if set := s.predictor.Availability.Now(); set != nil {
		t.Errorf("of another database: %+v", set)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	restart()
	if set := s.predictor.Availability.Now(); set != nil {
		t.Errorf("of half a file: %+v", set)
	}
}

// Where those that are left are farther than anybody learned from, the answer says that it is too short.
func TestAvailabilityFar(t *testing.T) {
	t.Parallel()
	far := serve.Reply{Findings: []feature.Finding{{Code: feature.FindingAvailabilityFar, Metres: 12_300}}}
	said := strings.Join(warning.Texts(&far), "; ")
	if !strings.Contains(said, "hardly any station is left: engines come from 12 km away") {
		t.Errorf("said %q", said)
	}
}

// A model that was not trained with the station sent from has the stations taken off its map, and says so.
func TestAvailabilityRoughly(t *testing.T) {
	t.Parallel()
	s := newStanding(t, false)
	usual := s.ask(t, 0, "")
	s.set(t, registry.Availability{Engines: []registry.AwayEngines{
		{Station: "Deptford"},
		{Station: "Euston", Engines: 1},
	}})
	r := s.ask(t, 0, "")
	if u := r.Availability; u == nil || !u.Roughly || len(u.Engines) != 1 || !(r.Attendance.Mean > usual.Attendance.Mean) {
		t.Errorf("%+v, as usual %+v", r, usual)
	}
	if said := strings.Join(warning.Texts(&r), "; "); !strings.Contains(said, "roughly") {
		t.Errorf("said %q", said)
	}
}

// A model that looks at no map answers as ever, and says that who is out may not be reckoned with.
func TestAvailabilityThatTheModelCannotTell(t *testing.T) {
	t.Parallel()
	s := newStandingOf(t, servetest.Fit(t, servetest.Options{Rounds: 1, Leaves: 1}))
	usual := s.ask(t, 0, "")
	s.set(t, registry.Availability{Engines: []registry.AwayEngines{{Station: "Deptford"}}})
	r := s.ask(t, 0, "")
	if r.Attendance != usual.Attendance {
		t.Fatalf("%+v, as usual %+v: the model looks at the map", r, usual)
	}
	if said := strings.Join(warning.Texts(&r), "; "); r.Availability == nil ||
		!strings.Contains(said, "roughly or not at all") {
		t.Errorf("said %q of %+v", said, r.Availability)
	}
}

// All that is known of who is out goes into the log, and into why the answer is what it is.
func TestAvailabilityIsToldAndLogged(t *testing.T) {
	t.Parallel()
	s := newStanding(t, true)
	s.set(t, registry.Availability{
		Engines:       []registry.AwayEngines{{Station: "Deptford", At: "Soho"}},
		CompleteUntil: s.now.Add(time.Minute),
	})
	q := serve.Question{Call: serve.NewCall(s.now), Account: "ann"}
	q.Call.Easting, q.Call.Northing = servetest.West+2850, servetest.South+3050
	replies, err := s.predictor.Predict([]serve.Question{q})
	if err != nil {
		t.Fatal(err)
	}
	r := &replies[0]
	e, err := r.Explain()
	if err != nil {
		t.Fatal(err)
	}
	sum := e.Base
	for _, c := range e.Contributions {
		sum += c.Seconds
	}
	if c := e.Contributions[0]; c.Column != "who_is_out" || c.Seconds != r.Attendance.Mean-r.Availability.Usual.Mean ||
		sum-e.Mean > 1e-6 || e.Mean-sum > 1e-6 {
		t.Errorf("explained %+v of %+v", e, r.Availability)
	}
	if !r.Availability.Complete || !r.Availability.Until.Equal(s.now.Add(time.Minute)) {
		t.Errorf("assumed %+v", r.Availability)
	}
	logged, ok := s.predictor.Recent(r.ID)
	if !ok || !reflect.DeepEqual(logged.Availability, r.Availability) {
		t.Errorf("logged %+v, want %+v", logged.Availability, r.Availability)
	}
}

// What was set while another model served may name what this one does not know: it counts for nothing, and the rest
// does.
func TestAvailabilityOfAnotherModel(t *testing.T) {
	t.Parallel()
	s := newStanding(t, true)
	usual := s.ask(t, 0, "")
	unknown := []registry.AwayEngines{
		{Station: "Atlantis"},
		{Station: "Soho", At: "Atlantis"},
		{Station: "Lewisham", Easting: 700_000, Northing: 100_000},
		{Station: "Euston", At: "Soho", Easting: 530_000, Northing: 180_000},
	}
	s.set(t, registry.Availability{Engines: unknown})
	if r := s.ask(t, 0, ""); r.Attendance != usual.Attendance {
		t.Errorf("with what the model does not know %+v, as usual %+v", r, usual)
	}
	s.set(t, registry.Availability{Engines: append(unknown, registry.AwayEngines{Station: "Deptford", Engines: 9})})
	if r := s.ask(t, 0, ""); !(r.Attendance.Mean > usual.Attendance.Mean+60) {
		t.Errorf("with Deptford out, too: %+v, as usual %+v", r, usual)
	}
}

func TestCheckStations(t *testing.T) {
	t.Parallel()
	var none *serve.Loaded
	soho := registry.AwayEngines{Station: "Soho"}
	if err := none.CheckStations(registry.Availability{}); err != nil {
		t.Errorf("nobody away, without a model: %v", err)
	}
	if err := none.CheckStations(registry.Availability{Engines: []registry.AwayEngines{soho}}); !errors.Is(err,
		serve.ErrNoModel) {
		t.Errorf("Soho away, without a model: %v, want no model", err)
	}
	m := &serve.Loaded{Bundle: servetest.Fit(t, servetest.Options{Sent: true})}
	east, north := servetest.West+2850.0, servetest.South+3050.0
	for name, tt := range map[string]struct {
		pointer string // empty: none is wrong
		engines []registry.AwayEngines
	}{
		"one out, one elsewhere": {"", []registry.AwayEngines{soho, {Station: "Euston", At: "Soho"}}},
		"at a point":             {"", []registry.AwayEngines{{Station: "Soho", Easting: east, Northing: north}}},
		"an unknown station":     {"/engines/1/station", []registry.AwayEngines{soho, {Station: "Atlantis"}}},
		"at an unknown one":      {"/engines/0/at", []registry.AwayEngines{{Station: "Soho", At: "Atlantis"}}},
		"more than there are":    {"/engines/0/engines", []registry.AwayEngines{{Station: "Soho", Engines: 9}}},
		"twice":                  {"/engines/1/station", []registry.AwayEngines{soho, soho}},
		"in the sea": {"/engines/0", []registry.AwayEngines{{
			Station: "Soho", Easting: 700_000,
			Northing: 100_000,
		}}},
		"half a point": {"/engines/0/northing", []registry.AwayEngines{{Station: "Soho", Easting: east}}},
		"at two places": {"/engines/0", []registry.AwayEngines{{
			Station: "Soho", At: "Euston", Easting: east,
			Northing: north,
		}}},
		"nobody left": {"/engines/3", []registry.AwayEngines{
			soho,
			{Station: "Euston"},
			{Station: "Deptford"},
			{Station: "Lewisham"},
		}},
	} {
		var part *lfb.PartError
		err := m.CheckStations(registry.Availability{Engines: tt.engines})
		if errors.As(err, &part) != (tt.pointer != "") || part != nil && part.Pointer != tt.pointer || part == nil &&
			err != nil {
			t.Errorf("%s: %v of %+v, want it at %q", name, err, part, tt.pointer)
		}
	}
}
