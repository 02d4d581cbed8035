package serve_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// refusals keeps what is refused, and alarms.
type refusals struct {
	down    error
	kept    []registry.RefusedPrediction
	records []string
	alarms  []registry.Alarm
	saves   int
}

func (s *refusals) SaveRefused(_ context.Context, r registry.RefusedPrediction, record []byte) (int, error) {
	if s.down != nil {
		return 0, s.down
	}
	s.kept, s.records = append(s.kept, r), append(s.records, string(record))
	return 2, nil
}

func (s *refusals) Refused(_ context.Context, since time.Time, _ string,
	limit int,
) (out []registry.RefusedPrediction, err error) {
	for _, r := range s.kept {
		if !r.At.Before(since) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, s.down
}

func (s *refusals) SaveAlarm(_ context.Context, a registry.Alarm, _ bool) error {
	s.saves++
	s.alarms = []registry.Alarm{a}
	return nil
}

func (s *refusals) Alarms(_ context.Context, _ string, open bool) (out []registry.Alarm, err error) {
	for _, a := range s.alarms {
		if !open || a.Open() {
			out = append(out, a)
		}
	}
	return out, s.down
}

func (s *refusals) AlarmLog(context.Context, string, int) ([]registry.Alarm, error) { return nil, nil }

// What is refused is kept with its reason and counted, and an alarm is open for a day:
// it is raised once.
func TestRefusedLog(t *testing.T) {
	t.Parallel()
	_, c := startServing(t)
	s, now := &refusals{down: lfb.ErrUnavailable}, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := &serve.RefusedLog{Store: s, Champion: c, Now: func() time.Time { return now }, Log: zap.NewNop()}
	record := []byte(`{"id":"0190","request":{}}`)
	if err := l.Refuse(t.Context(), record, errors.New("incorrect string")); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Refuse while the database is away = %v, want its error", err)
	}
	s.down = nil
	if err := l.Refuse(t.Context(), record, errors.New("incorrect string")); err != nil {
		t.Fatal(err)
	}
	if refused, dropped := l.Counts(); refused != 1 || dropped != 2 {
		t.Errorf("Counts = %d, %d, want 1 refused, 2 dropped for it", refused, dropped)
	}
	if r := s.kept[0]; r.Prediction != "0190" || r.Reason != "incorrect string" || s.records[0] != string(record) ||
		len(r.ID) != 64 {
		t.Errorf("kept %+v of %q", r, s.records[0])
	}
	for _, step := range []struct {
		after time.Duration
		open  bool
		saves int // of alarms, in all
	}{{0, true, 1}, {time.Hour, true, 1}, {25 * time.Hour, false, 2}, {time.Hour, false, 2}} {
		now = now.Add(step.after)
		if err := l.RaiseAlarm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := s.alarms[0]; a.Open() != step.open || a.Name != registry.AlarmPredictionsRefused || a.Line != line ||
			s.saves != step.saves {
			t.Errorf("at %v: alarm %+v, saved %d times, want open %v, %d times", now, a, s.saves, step.open, step.saves)
		}
	}
}

// A question that somebody is typing still is answered and not kept.
func TestPreviewsAreNotLogged(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	p, s := predictor(t, c, w)
	qs := make([]serve.Question, 3)
	for i := range qs {
		qs[i] = serve.Question{Call: servetest.City(3)[i].Call, Preview: i != 1, Request: []byte("{}")}
	}
	got, err := p.Predict(qs)
	if err != nil || got[0].ID != "" || got[1].ID == "" || got[2].ID != "" || got[0].Attendance.P50 == 0 {
		t.Fatalf("Predict = %+v, %v, want an id for the second alone", got, err)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Prediction(t.Context(), got[1].ID); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Predict(qs[:1]); err != nil {
		t.Errorf("a preview waits for the log: %v", err)
	}
}
