package canned

import (
	"time"

	"go.uber.org/zap"

	"lfb/api/web"
	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
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
	const suffix = "0000-4f1c9a2b"
	const first, stopped, failed, done, running = "20170403-01" + suffix, "20170403-02" + suffix, "20170403-04" + suffix,
		"20170403-06" + suffix, "20170403-09" + suffix
	return []Story{
		{"ask", "/", 200, false},
		{"ask-answer", "/?where=SE10&reported=fire&category=Dwelling&when=2017-04-04T08:30&pump=1", 200, false},
		{"ask-described", "/?where=kitchen+fire+in+a+flat+near+SE10+9NF&when=2017-04-04T08:30&from=Deptford", 200, false},
		{"ask-outside", "/?where=51.0,-1.0&pump=2&when=2017-04-04T08:30", 422, false},
		{"ask-wrong", "/?where=nowhere+at+all&when=2017-04-04T08:30", 422, false},
		{"ask-no-model", "/", 200, true},
		{"answer", "/answer?where=533250,182550&when=2017-04-04T08:30", 200, false},
		{"coverage", "/coverage?by=p6&day=2&hour=8", 200, false},
		{"cover", "/cover", 200, false},
		{"cover-planned", "/cover?out=Greenwich&out=Lewisham&send=Poplar&to=Greenwich&since=8&until=20", 200, false},
		{"cover-no-model", "/cover", 200, true},
		{"coverage-no-model", "/coverage?day=2&hour=8", 200, true},
		{"home", "/admin", 200, false},
		{"home-none", "/admin", 200, true},
		{"retrain", "/retrain?like=" + done, 200, false},
		{"runs", "/runs", 200, false},
		{"runs-none", "/runs", 200, true},
		{"run-running", "/runs/" + running, 200, false},
		{"run", "/runs/" + done, 200, false},
		{"run-cancelled", "/runs/" + stopped, 200, false},
		{"run-failed", "/runs/" + failed, 200, false},
		{"steps", "/runs/" + running + "/steps", 200, false},
		{"step", "/runs/" + running + "/step?step=train+gbdt", 200, false},
		{"compare", "/compare?run=" + first + "&run=" + done, 200, false},
		{"models", "/models", 200, false},
		{"models-none", "/models", 200, true},
		{"model", "/models/" + line + "/" + version, 200, false},
		{"model-provisional", "/models/" + line + "/" + fresh, 200, false},
		{"promote", "/models/" + line + "/" + fresh + "/promote", 200, false},
		{"rollback", "/models/" + line + "/" + previous + "/promote", 200, false},
		{"promote-champion", "/models/" + line + "/" + version + "/promote", 409, false},
		{"approval", "/approvals/promote%20lfb-attendance-synthetic%203", 200, false},
		{"schedules", "/schedules", 200, false},
		{"people", "/people", 200, false},
		{"audit", "/audit", 200, false},
		{"replays", "/replays", 200, false},
		{"replay", "/replays/20170402-220000-1a2b3c4d", 200, false},
		{"password", "/password", 200, false},
		{"schedules-none", "/schedules", 200, true},
		{"data", "/data", 200, false},
		{"data-none", "/data", 200, true},
		{"dataset", "/data/" + dataSet, 200, false},
		{"report", "/data/" + dataSet + "/report", 200, false},
		{"sample", "/sample/synthetic", 200, false},
		{"monitoring", "/monitoring", 200, false},
		{"monitoring-none", "/monitoring", 200, true},
		{"file", "/files/0707070707070707070707070707070707070707070707070707070707070707", 200, false},
		{"settings", "/settings", 200, false},
		{"availability", "/availability", 200, false},
		{"about", "/about", 200, false},
		{"not-found", "/no/such/page", 404, false},
	}
}

// Now is the canned clock: a Monday morning.
func Now() time.Time { return time.Date(2017, 4, 3, 10, 12, 0, 0, lfb.London) }

// NewOptions make the UI over canned content; note is put wherever a text comes
// from outside: hostile ones show that it is escaped.
func NewOptions(note string) (web.Options, error) {
	b, err := fitCity()
	if err != nil {
		return web.Options{}, err
	}
	s, err := NewStore(note)
	if err != nil {
		return web.Options{}, err
	}
	o := newOptions(s, Predictor{Bundle: b, store: s})
	o.Handling, o.Cover = s.handling, planCity()
	o.TemporalUI, o.Namespace, o.UserAPI = "http://127.0.0.1:8080", "default", "http://127.0.0.1:8001"
	o.Traffic = func() (*web.Traffic, error) {
		return &web.Traffic{
			Since: Now().Add(-26 * time.Hour), Answered: 1310, Median: 410 * time.Microsecond, P99: 2300 * time.Microsecond,
			Failures: []web.Failure{{Outcome: "unavailable", Count: 2}},
		}, nil
	}
	return o, nil
}

// NewEmptyOptions make the UI of a system in which nothing has happened yet.
func NewEmptyOptions() web.Options { return newOptions(&Store{}, Predictor{}) }

func newOptions(s *Store, p Predictor) web.Options {
	return web.Options{
		Availability: serve.NewAvailability(s, time.Second, Now, zap.NewNop()),
		Store:        s, Champion: p, Predictor: p, Blobs: s, Control: director{s}, MaxBody: 1 << 20, Log: zap.NewNop(),
		Now: Now, Columns: joinedColumns(), Candidates: []string{"baseline", "forest", "gbdt", "linear", "randomforest"},
	}
}

// Predictor answers with one model, and keeps what it answers.
type Predictor struct {
	Bundle *bundle.Bundle // nil: no model serves
	store  *Store         // whose champion it is
}

// Now is the model, under the name of the version that serves.
func (p Predictor) Now() *serve.Loaded {
	if p.Bundle == nil {
		return nil
	}
	defer p.store.lock()()
	now := &serve.Loaded{Promotion: p.store.ledger[0], Bundle: p.Bundle}
	for _, v := range p.store.versions {
		if v.ID == now.Promotion.To {
			now.Version = v
		}
	}
	return now
}

// Predict answers the questions.
func (p Predictor) Predict(questions []serve.Question) ([]serve.Reply, error) {
	out := make([]serve.Reply, len(questions))
	for i, q := range questions {
		r := serve.CompleteQuestion(p.Now(), &q)
		if r.Refused != nil {
			return nil, r.Refused
		}
		r.At = Now()
		got, err := p.Bundle.Predict(make([]bundle.Prediction, 0, 1), []lfb.Call{r.Call})
		if err != nil {
			return nil, err
		}
		if r.Attendance = got[0].Attendance; !q.Preview {
			r.ID = p.store.nextAnswer()
			kept := registry.Prediction{
				ID: r.ID, At: r.At.UTC(), Line: line, Version: r.Model.Version.ID, CallAt: r.Call.At.UTC(),
				Easting: r.Call.Easting, Northing: r.Call.Northing,
				PumpOrder: r.Call.PumpOrder, Account: q.Account, IncidentNumber: q.IncidentNumber, Attendance: r.Attendance,
				Request: q.Request,
			}
			if kept.Said, err = q.Say(&r); err != nil {
				return nil, err
			}
			p.store.keepAnswer(kept)
		}
		out[i] = r
	}
	return out, nil
}
