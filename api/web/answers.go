package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"lfb/internal/ask"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Answers is where logged answers are read from.
type Answers interface {
	// Answer is one by its id, with what was said where a person asked; lfb.ErrNotFound.
	Answer(ctx context.Context, id string) (registry.Prediction, error)
	// LastAnswers are the last that were said to an account, newest first.
	LastAnswers(ctx context.Context, account string, limit int) ([]registry.Prediction, error)
	// ArrivalOf is an engine's published attendance time in seconds; lfb.ErrNotFound.
	ArrivalOf(ctx context.Context, origin lfb.Origin, number string, pump int) (int, error)
}

// Predictor answers questions, logs what it answers, and knows its last answers before the
// log has them.
type Predictor interface {
	ask.Predictor
	Recent(id string) (registry.Prediction, bool)
	RecentTo(account string, limit int) []registry.Prediction
}

// lastShown is how many of an account's last questions stand beside the form.
const lastShown = 10

// keptAnswer is what is known of an answer that was given before.
type keptAnswer struct {
	Account   string
	Version   registry.Version // that answered; only its ID where the registry has it no more
	Reference string           // of the incident, as it was given
	Outcome   string           // what happened; empty while it is not known
	Request   string           // as a program asked it; empty where a person asked
}

// showKeptAnswer is the permanent page of an answer: for who asked, and for analysts.
func (u *ui) showKeptAnswer(r *http.Request) (*view, error) {
	id := r.PathValue("id")
	p, ok := u.Predictor.Recent(id)
	if !ok {
		var err error
		if p, err = u.Store.Answer(r.Context(), id); err != nil && !errors.Is(err, lfb.ErrNotFound) {
			return nil, err
		}
	}
	seesAll := u.hasRole(r, registry.RoleAnalyst)
	if mine := p.Account == httpx.Who(r.Context()).Name; p.ID == "" || !mine && !seesAll {
		why := "the log has it within seconds"
		if !seesAll {
			why += "; operators see what they asked themselves"
		}
		return nil, fmt.Errorf("answer %.40q: %w: %s", id, lfb.ErrNotFound, why)
	}
	kept := &keptAnswer{Account: p.Account, Reference: p.IncidentNumber, Version: registry.Version{
		ID:   p.Version,
		Line: p.Line,
	}}
	if len(p.Said) == 0 {
		kept.Request = string(p.Request)
	}
	if v, err := u.Store.Version(r.Context(), p.Line, p.Version); err == nil {
		kept.Version = v
		kept.Outcome = u.findOutcome(r.Context(), &p, v.Origin)
	}
	said := ask.RecallAnswer(&p)
	m := u.Champion.Now()
	if m == nil {
		return &view{Template: "ask", Title: said.Tab, Section: "ask", Body: &askBody{Form: said.Form}}, nil
	}
	return u.newAskPage(r, m, said.Form, answerBody{Said: said, Kept: kept})
}

// findOutcome says what happened, where the answer has an incident's number and its arrival
// is published.
func (u *ui) findOutcome(ctx context.Context, p *registry.Prediction, origin lfb.Origin) string {
	if p.IncidentNumber == "" {
		return ""
	}
	seconds, err := u.Store.ArrivalOf(ctx, origin, p.IncidentNumber, p.PumpOrder)
	if err != nil { // the answer is shown without it
		return ""
	}
	return ask.DescribeOutcome(p, float64(seconds))
}

// lastAnswers are the account's last questions; of a store that does not answer at once
// only those that this process knows.
func (u *ui) lastAnswers(ctx context.Context) (last []*ask.Answer) {
	account := httpx.Who(ctx).Name
	all := u.Predictor.RecentTo(account, lastShown)
	ctx, cancel := context.WithTimeout(ctx, time.Second/2)
	defer cancel()
	if stored, err := u.Store.LastAnswers(ctx, account, lastShown); err == nil {
		all = append(all, stored...)
	}
	seen := map[string]bool{}
	for _, p := range all {
		a := &ask.Answer{}
		if seen[p.ID] || len(last) == lastShown || json.Unmarshal(p.Said, a) != nil {
			continue
		}
		seen[p.ID] = true
		last = append(last, a)
	}
	return last
}
