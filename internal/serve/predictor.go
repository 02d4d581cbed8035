package serve

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/spool"
)

// Predictor answers questions with the champion and spools every answer before it
// is given.
type Predictor struct {
	champion *Champion
	spool    *spool.Spool
	now      func() time.Time
	recent   recentAnswers
}

// NewPredictor makes a Predictor; now is the clock.
func NewPredictor(c *Champion, s *spool.Spool, now func() time.Time) *Predictor {
	return &Predictor{champion: c, spool: s, now: now}
}

// Question is one call as it was asked about, before anything is inferred.
type Question struct {
	Call           lfb.Call
	IncidentNumber string            // the caller's reference
	Account        string            // who asks
	Request        json.RawMessage   // as it was asked, for the log
	Findings       []feature.Finding // of reading it, for the caller
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

// Took is how long the stages of a prediction took.
type Took struct{ Complete, Model, Log time.Duration }

// NewCall is a Call of which nothing is known: the first engine, now.
func NewCall(now time.Time) lfb.Call {
	return lfb.Call{At: now.In(lfb.London), Easting: math.NaN(), Northing: math.NaN(), PumpOrder: 1}
}

// Predict answers every question from one model, in order. Without any model it
// returns lfb.ErrUnavailable. Every reply is in the spool when it returns.
func (p *Predictor) Predict(questions []Question) ([]Reply, error) {
	return p.PredictWith(p.champion.Now(), questions)
}

// PredictWith is Predict by a model that was taken before, so that questions that
// come in several parts are answered by one; nil gives lfb.ErrUnavailable.
func (p *Predictor) PredictWith(model *Loaded, questions []Question) ([]Reply, error) {
	return p.answerQuestions(model, questions, func(replies []Reply, took *Took) ([]bundle.Prediction, error) {
		start, calls := time.Now(), make([]lfb.Call, len(replies))
		for i := range replies {
			r := &replies[i]
			var found []feature.Finding
			r.Assumed, found = model.Bundle.Spec.Complete(&r.Call)
			r.Findings = append(r.Findings, found...)
			r.Widened = lacksData(r.Findings)
			calls[i] = r.Call
		}
		took.Complete = time.Since(start)
		return model.Bundle.Predict(nil, calls)
	})
}

// PredictRows answers rows of features that a client has encoded itself. Nothing is
// inferred, so nothing is warned of; questions, one a row, are for the log.
func (p *Predictor) PredictRows(model *Loaded, x ml.Matrix, questions []Question) ([]Reply, error) {
	return p.answerQuestions(model, questions, func([]Reply, *Took) ([]bundle.Prediction, error) { return model.Bundle.PredictRows(x) })
}

// answer turns what predict gives into replies, one a question, and logs them.
func (p *Predictor) answerQuestions(model *Loaded, questions []Question, predict func([]Reply, *Took) ([]bundle.Prediction, error)) ([]Reply, error) {
	if model == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)
	}
	var took Took
	start, now, replies := time.Now(), p.now().UTC(), make([]Reply, len(questions))
	for i := range replies {
		replies[i] = Reply{Call: questions[i].Call, At: now, Model: model, Findings: slices.Clip(questions[i].Findings)}
	}
	got, err := predict(replies, &took)
	if err != nil {
		return nil, err
	}
	took.Model = time.Since(start) - took.Complete
	for i := range replies {
		r := &replies[i]
		r.Attendance, r.Response = got[i].Attendance, got[i].Response
		if r.Widened {
			r.widen()
		}
	}
	if err := p.logReplies(replies, questions); err != nil {
		return nil, fmt.Errorf("spool: %w: %w", err, lfb.ErrUnavailable)
	}
	took.Log = time.Since(start) - took.Model - took.Complete
	for i := range replies {
		replies[i].Took = took
	}
	return replies, nil
}

// Explain says why r's attendance time is what it is, by the model that answered.
func (r *Reply) Explain() (*bundle.Explanation, error) { return r.Model.Bundle.Explain(&r.Call) }
