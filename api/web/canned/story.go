package canned

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"lfb/api/web"
	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// Story is one page.
type Story struct {
	Name   string // of its file
	Path   string
	Status int
	Empty  bool // of a system in which nothing has happened yet
}

// Stories is the table of pages.
func Stories() []Story {
	const line, running, done, failed = "lfb-attendance-synthetic", "20170403-090000-4f1c9a2b", "20170403-060000-4f1c9a2b", "20170403-040000-4f1c9a2b"
	return []Story{
		{"ask", "/", 200, false},
		{"ask-answer", "/?where=SE10&reported=fire&category=Dwelling&when=2017-04-04T08:30&pump=1", 200, false},
		{"ask-described", "/?where=kitchen+fire+in+a+flat+near+SE10+9NF&when=2017-04-04T08:30&from=Deptford", 200, false},
		{"ask-outside", "/?where=51.0,-1.0&pump=2&when=2017-04-04T08:30", 200, false},
		{"ask-wrong", "/?where=nowhere+at+all&when=2017-04-04T08:30", 422, false},
		{"ask-no-model", "/", 200, true},
		{"answer", "/answer?where=533250,182550&when=2017-04-04T08:30", 200, false},
		{"coverage", "/coverage?by=p6&day=2&hour=8", 200, false},
		{"coverage-station-out", "/coverage?by=p50&day=2&hour=8&out=Greenwich", 200, false},
		{"coverage-no-model", "/coverage?day=2&hour=8", 200, true},
		{"runs", "/runs", 200, false},
		{"runs-none", "/runs", 200, true},
		{"run-running", "/runs/" + running, 200, false},
		{"run", "/runs/" + done, 200, false},
		{"run-failed", "/runs/" + failed, 200, false},
		{"steps", "/runs/" + running + "/steps", 200, false},
		{"compare", "/compare?run=20170403-010000-4f1c9a2b&run=" + done, 200, false},
		{"models", "/models", 200, false},
		{"models-none", "/models", 200, true},
		{"model", "/models/" + line + "/" + version, 200, false},
		{"promote", "/models/" + line + "/" + fresh + "/promote", 200, false},
		{"rollback", "/models/" + line + "/" + previous + "/promote", 200, false},
		{"promote-champion", "/models/" + line + "/" + version + "/promote", 409, false},
		{"approval", "/approvals/promote%20lfb-attendance-synthetic%203", 200, false},
		{"schedules", "/schedules", 200, false},
		{"schedules-none", "/schedules", 200, true},
		{"data", "/data", 200, false},
		{"data-none", "/data", 200, true},
		{"dataset", "/data/" + dataSet, 200, false},
		{"sample", "/sample/synthetic", 200, false},
		{"monitoring", "/monitoring", 200, false},
		{"monitoring-none", "/monitoring", 200, true},
		{"file", "/files/0707070707070707070707070707070707070707070707070707070707070707", 200, false},
		{"about", "/about", 200, false},
		{"not-found", "/no/such/page", 404, false},
	}
}

// Now is the canned clock: a Monday morning.
func Now() time.Time { return time.Date(2017, 4, 3, 9, 12, 0, 0, lfb.London) }

// Options make the UI over canned content; note is put wherever a text comes
// from outside.
func Options(note string) (web.Options, error) { return options(note, fitted) }

// Large is Options with a champion as large as the real one, over as large an area: it
// takes a minute to make.
func Large() (web.Options, error) {
	return options("", func() (*bundle.Bundle, error) { return fit(large()) })
}

func options(note string, fit func() (*bundle.Bundle, error)) (web.Options, error) {
	b, err := fit()
	if err != nil {
		return web.Options{}, err
	}
	s, err := NewStore(note)
	if err != nil {
		return web.Options{}, err
	}
	d := Predictor{Loaded: &serve.Loaded{Promotion: s.ledger[0], Version: s.versions[1], Bundle: b}, store: s}
	return web.Options{
		Store: s, Champion: d, Predictor: d, Blobs: s, Control: s, MaxBody: 1 << 20, Log: zap.NewNop(), Now: Now, Columns: columns(),
		TemporalUI: "http://127.0.0.1:8080", Namespace: "default",
	}, nil
}

// Champion answers from the local copy of a champion, as the API keeps it.
func Champion(dir string) (Predictor, error) {
	m := serve.NewChampion(nil, nil, dir, time.Second, zap.NewNop()).Now()
	if m == nil {
		return Predictor{}, fmt.Errorf("champion in %s: %w", dir, lfb.ErrNotFound)
	}
	return Predictor{Loaded: m}, nil
}

// Empty make the UI of a system in which nothing has happened yet.
func Empty() web.Options {
	s := &Store{}
	return web.Options{Store: s, Champion: Predictor{}, Predictor: Predictor{}, Blobs: s, Control: s, MaxBody: 1 << 20, Log: zap.NewNop(), Now: Now}
}

// Predictor answers with one model, under one id, and logs nothing.
type Predictor struct {
	Loaded *serve.Loaded
	store  *Store // whose champion it is; nil: Loaded's own
}

// Now is the model, under the name of the version that serves.
func (d Predictor) Now() *serve.Loaded {
	if d.store == nil {
		return d.Loaded
	}
	d.store.mu.RLock()
	defer d.store.mu.RUnlock()
	now := *d.Loaded
	now.Promotion = d.store.ledger[0]
	for _, v := range d.store.versions {
		if v.ID == now.Promotion.To {
			now.Version = v
		}
	}
	return &now
}

// Predict answers the questions.
func (d Predictor) Predict(questions []serve.Question) ([]serve.Reply, error) {
	if d.Loaded == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)
	}
	out := make([]serve.Reply, len(questions))
	for i, q := range questions {
		r := serve.Reply{ID: "0195f9f0-7c4e-7000-8000-000000000001", At: Now(), Model: d.Now(), Call: q.Call}
		r.Assumed, r.Findings = d.Loaded.Bundle.Spec.Complete(&r.Call)
		got, err := d.Loaded.Bundle.Predict(make([]bundle.Prediction, 0, 1), []lfb.Call{r.Call})
		if err != nil {
			return nil, err
		}
		r.Attendance = got[0].Attendance
		out[i] = r
	}
	return out, nil
}
