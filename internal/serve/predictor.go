package serve

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/spool"
)

// Predictor answers questions with the champion and spools every answer before it
// is given.
type Predictor struct {
	champion *Champion
	spool    *spool.Spool
	now      func() time.Time
	recent   recentAnswers
	// Places finds postcodes; nil: they are taken for their districts.
	Places *Places
	// Availability is who is out; nil: who is out is as usual.
	Availability *Availability
}

// NewPredictor makes a Predictor; now is the clock.
func NewPredictor(c *Champion, s *spool.Spool, now func() time.Time) *Predictor {
	return &Predictor{champion: c, spool: s, now: now}
}

// Question is one call as it was asked about, before anything is inferred.
type Question struct {
	Call           lfb.Call
	IncidentNumber string          // the caller's reference
	Account        string          // who asks
	Request        json.RawMessage // as it was asked, for the log
	// Findings are what was found out when it was read.
	Findings []feature.Finding
	// GivenAs are facts that were given by another name: a postcode as a postcode district.
	GivenAs map[string]string
	// AsPostcode says that a whole postcode was asked for: a sector in its stead is told.
	AsPostcode bool
	// Named is where a place is that was named and is more than a fact of the call, or how exactly
	// the call's coordinates are known; nil: the call's postcode is looked up, where it has one and
	// no coordinates.
	Named *feature.Named
	// Strict refuses what would be answered with some fact not used, corrected, or
	// taken less exactly than it was given.
	Strict bool
	// PointDecides takes coordinates over whatever else says where, as the original did.
	PointDecides bool
	// Say gives what a person is told, for the log, as JSON; nil where a program asks.
	Say func(*Reply) (json.RawMessage, error)
	// Preview is a question that somebody is typing still: not for the log, and the reply has no ID.
	Preview bool
}

// Reply is what is answered; nothing where it is Refused.
type Reply struct {
	Refused    *Refusal
	ID         string
	At         time.Time
	Model      *Loaded
	Call       lfb.Call // as completed
	Attendance ml.Answer
	Response   *ml.Answer // nil: the model knows no call handling times
	Assumed    []string   // facts that were inferred, by name
	Findings   []feature.Finding
	Quality    feature.Quality // how exactly the place is known; empty where rows of features were asked about
	PrecisionM float64         // and to how many metres
	Widened    bool            // no data near the place: the range was widened
	// Availability is what was assumed of who is out; nil where that does not matter.
	Availability *registry.AvailabilityUse
	Took         Took // by all questions that were asked with this one
}

// Took is how long the stages of a prediction took.
type Took struct{ Complete, Model, Log time.Duration }

// NewCall is a Call of which nothing is known: the first engine, now.
func NewCall(now time.Time) lfb.Call {
	return lfb.Call{At: now.In(lfb.London), Easting: math.NaN(), Northing: math.NaN(), PumpOrder: 1}
}

// Predict is PredictWith by the model that serves now, and refuses a question that is
// alone by an error, a *Refusal.
func (p *Predictor) Predict(questions []Question) ([]Reply, error) {
	replies, err := p.PredictWith(p.champion.Now(), questions)
	if err == nil && len(replies) == 1 && replies[0].Refused != nil {
		return nil, replies[0].Refused
	}
	return replies, err
}

// PredictWith answers every question from one model, in order, or refuses it in its
// reply; a model that was taken before answers questions that come in several parts. Without a
// model it returns lfb.ErrUnavailable. Every answer is in the spool when it returns.
func (p *Predictor) PredictWith(model *Loaded, questions []Question) ([]Reply, error) {
	if model == nil {
		return nil, ErrNoModel
	}
	start, replies := time.Now(), make([]Reply, len(questions))
	var asked []int
	for i := range questions {
		q := questions[i]
		if q.Named == nil {
			q.Named, q.Findings = p.Places.findPostcode(model, &q)
		}
		if replies[i] = CompleteQuestion(model, &q); replies[i].Refused == nil {
			asked = append(asked, i)
		}
	}
	completed := time.Since(start)
	answered, put := make([]Reply, len(asked)), make([]Question, len(asked))
	calls := make([]lfb.Call, len(asked))
	for k, i := range asked {
		answered[k], put[k], calls[k] = replies[i], questions[i], replies[i].Call
	}
	got, uses, err := p.Availability.predict(model.Bundle, calls)
	if err != nil {
		return nil, err
	}
	for k, u := range uses {
		if u != nil {
			answered[k].Availability = u
			answered[k].Findings = append(answered[k].Findings, findAvailability(u)...)
		}
	}
	for k := range calls {
		answered[k].Findings = append(answered[k].Findings, p.Availability.findSender(model.Bundle, &calls[k])...)
	}
	took := Took{Complete: completed, Model: time.Since(start) - completed}
	if err := p.finishReplies(answered, put, got, took); err != nil {
		return nil, err
	}
	for k, i := range asked {
		replies[i] = answered[k]
	}
	return replies, nil
}

// PredictRows answers rows of features that a client has encoded itself. Nothing is
// inferred, so nothing is warned of; questions, one a row, are for the log.
func (p *Predictor) PredictRows(model *Loaded, x ml.Matrix, questions []Question) ([]Reply, error) {
	if model == nil {
		return nil, ErrNoModel
	}
	start, replies := time.Now(), make([]Reply, len(questions))
	for i := range replies {
		replies[i] = Reply{Call: questions[i].Call, Model: model, Findings: questions[i].Findings}
	}
	got, err := model.Bundle.PredictRows(x)
	if err != nil {
		return nil, err
	}
	return replies, p.finishReplies(replies, questions, got, Took{Model: time.Since(start)})
}

// ErrNoModel is lfb.ErrUnavailable until a first version is promoted.
var ErrNoModel = fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)

// CompleteQuestion is a question with what is missing filled in, or refused.
func CompleteQuestion(model *Loaded, q *Question) Reply {
	r := Reply{Call: q.Call, Model: model}
	done := model.Bundle.Spec.CompleteAt(&r.Call, q.Named)
	r.Assumed, r.Quality, r.PrecisionM = done.Assumed, done.Quality, done.PrecisionM
	r.Findings = append(slices.Clone(q.Findings), done.Findings...)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Fact, f.Used = cmp.Or(q.GivenAs[f.Fact], f.Fact), cmp.Or(q.GivenAs[f.Used], f.Used)
		if q.PointDecides && f.Code == feature.FindingContradiction {
			f.Code = feature.FindingAreaElsewhere
		}
	}
	asksSender := model.Bundle.Head(bundle.Attendance, feature.Sent) != nil
	if from := r.Call.SentFrom; model.Bundle.Spec.KnowsStation(from) && !asksSender {
		r.Findings = append(r.Findings, feature.Finding{Code: feature.FindingNotUsed, Fact: "sent_from", Value: from})
	}
	if r.Widened = lacksData(r.Findings); r.Widened {
		r.Findings = append(r.Findings, feature.Finding{Code: feature.FindingWidened})
	}
	r.Refused = findRefusal(&r, q)
	return r
}

// finishReplies turns predictions into replies and logs them.
func (p *Predictor) finishReplies(replies []Reply, questions []Question, got []bundle.Prediction, took Took) error {
	start, now := time.Now(), p.now().UTC()
	for i := range replies {
		r := &replies[i]
		r.At, r.Attendance, r.Response = now, got[i].Attendance, got[i].Response
		if r.Widened {
			r.widen()
		}
	}
	if err := p.logReplies(replies, questions); err != nil {
		return fmt.Errorf("spool: %w: %w", err, lfb.ErrUnavailable)
	}
	took.Log = time.Since(start)
	for i := range replies {
		replies[i].Took = took
	}
	return nil
}

// Explain says why r's attendance time is what it is, by the model that answered: what is usual, and what who is out
// adds to that.
func (r *Reply) Explain() (*bundle.Explanation, error) {
	e, err := r.Model.Bundle.Explain(&r.Call)
	if u := r.Availability; err == nil && u != nil {
		more := r.Attendance.Mean - u.Usual.Mean
		e.Mean += more
		e.Contributions = append([]bundle.Contribution{{Column: "who_is_out", Value: listStations(u), Seconds: more}},
			e.Contributions...)
	}
	return e, err
}
