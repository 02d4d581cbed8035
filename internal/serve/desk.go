package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/spool"
)

// Desk answers questions with the champion and spools every answer before it is
// given.
type Desk struct {
	champion *Champion
	spool    *spool.Spool
	now      func() time.Time
	recent   recent
	lines    sync.Pool // of *lines
	crowd    crowd
}

// NewDesk makes a Desk; now is the clock.
func NewDesk(c *Champion, s *spool.Spool, now func() time.Time) *Desk {
	return &Desk{champion: c, spool: s, now: now}
}

// Question is one call as it was asked about, before anything is inferred.
type Question struct {
	Call           lfb.Call
	IncidentNumber string          // the caller's reference
	Account        string          // who asks
	Request        json.RawMessage // as it was asked, for the log
}

// Reply is what is answered.
type Reply struct {
	ID         string
	At         time.Time
	Model      *Loaded
	Call       lfb.Call // as completed
	Attendance ml.Answer
	Response   *ml.Answer // nil: the model knows no call handling times
	Assumed    []string   // facts that were inferred, by name
	Findings   []feature.Finding
	Widened    bool // no data near the place: the range was widened
	Took       Took // by all questions that were asked with this one
}

// Took is how long the stages of Ask took.
type Took struct{ Complete, Model, Log time.Duration }

// NewCall is a Call of which nothing is known: the first engine, now.
func NewCall(now time.Time) lfb.Call {
	return lfb.Call{At: now.In(lfb.London), Easting: math.NaN(), Northing: math.NaN(), PumpOrder: 1, RecentLoad: math.NaN()}
}

// Ask answers every question from one model, in order. Without any model it
// returns lfb.ErrUnavailable. Every reply is in the spool when it returns.
func (d *Desk) Ask(ctx context.Context, questions []Question) ([]Reply, error) {
	if len(questions) == 1 {
		return d.crowd.ask(ctx, &questions[0], func(ctx context.Context, all []Question) ([]Reply, error) {
			return d.AskOf(ctx, d.champion.Now(), all)
		})
	}
	return d.AskOf(ctx, d.champion.Now(), questions)
}

// AskOf is Ask of a model that was taken before, so that questions that come in
// several parts are answered by one; nil gives lfb.ErrUnavailable.
func (d *Desk) AskOf(_ context.Context, model *Loaded, questions []Question) ([]Reply, error) {
	if model == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)
	}
	now, start := d.now().UTC(), time.Now()
	replies := make([]Reply, len(questions))
	calls := make([]lfb.Call, len(questions))
	for i := range questions {
		r := &replies[i]
		r.Call, r.At, r.Model = questions[i].Call, now, model
		r.Assumed, r.Findings = model.Bundle.Spec.Complete(&r.Call)
		r.Widened = lacksData(r.Findings)
		calls[i] = r.Call
	}
	took := Took{Complete: time.Since(start)}
	got, err := model.Bundle.Predict(make([]bundle.Prediction, 0, len(calls)), calls)
	if err != nil {
		return nil, err
	}
	took.Model = time.Since(start) - took.Complete
	for i := range replies {
		replies[i].take(&got[i])
	}
	if err := d.log(replies, questions); err != nil {
		return nil, fmt.Errorf("spool: %w: %w", err, lfb.ErrUnavailable)
	}
	took.Log = time.Since(start) - took.Model - took.Complete
	for i := range replies {
		replies[i].Took = took
	}
	return replies, nil
}

// take makes the model's answer the reply's.
func (r *Reply) take(p *bundle.Prediction) {
	r.Attendance, r.Response = p.Attendance, p.Response
	if r.Widened {
		r.Attendance = widen(r.Attendance)
		if r.Response != nil {
			*r.Response = widen(*r.Response)
		}
	}
}

// Explain says why r's attendance time is what it is, by the model that answered.
func (r *Reply) Explain() (*bundle.Explanation, error) { return r.Model.Bundle.Explain(&r.Call) }

// Predictions is where shipped answers go.
type Predictions interface {
	SavePredictions(ctx context.Context, ps []registry.Prediction) error
}

// Ship is the spool's way into the prediction log. A record that cannot be read
// is an error: it stays, and somebody has to look.
func Ship(store Predictions) spool.Ship {
	return func(ctx context.Context, records [][]byte) error {
		ps := make([]registry.Prediction, len(records))
		for i, rec := range records {
			if err := json.Unmarshal(rec, &ps[i]); err != nil {
				return fmt.Errorf("spooled prediction %d: %w: %w", i, err, lfb.ErrInvalid)
			}
		}
		return store.SavePredictions(ctx, ps)
	}
}
