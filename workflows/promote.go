package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
)

// The kinds of ledger entry.
const (
	KindPromote  = "promote"
	KindRollback = "rollback"
	KindRefit    = "refit" // of the version before it, on every row
)

// How a promotion ended.
const (
	OutcomePromoted = "promoted"
	OutcomeRejected = "rejected" // a person said no
	OutcomeExpired  = "expired"  // nobody said anything in time
	OutcomeStale    = "stale"    // the ledger moved on meanwhile
)

// The Updates by which a person decides. Both take a Decision.
const (
	UpdateApprove = "approve"
	UpdateReject  = "reject"
)

// What happens at the deadline of an approval that nobody gave.
const (
	AfterExpire  = "expire"  // what serves stays
	AfterPromote = "promote" // what passed the gate is promoted; anything else expires
)

// QueryPromotion is the query that Promote answers with a Promotion.
const QueryPromotion = "promotion"

// Promotion is where one stands.
type Promotion struct {
	Line     string    `json:"line"`
	Version  string    `json:"version"`
	Seen     int64     `json:"seen_revision"` // the revision that it was decided from
	Kind     string    `json:"kind"`
	Who      string    `json:"who"` // asked for it
	Why      string    `json:"why"`
	RunID    string    `json:"run_id"`
	Waiting  bool      `json:"waiting"` // for a person
	Deadline time.Time `json:"deadline"`
}

// PromoteSpec says whether a person has a say.
type PromoteSpec struct {
	Approval bool          `json:"approval"` // wait for approve or reject
	Deadline time.Duration `json:"deadline"` // until then; 0 with Approval is 72 h
	After    string        `json:"after"`    // what happens then: AfterExpire, which an empty one is, or AfterPromote
}

// approvalTime is how long a person has.
func (s PromoteSpec) approvalTime() time.Duration {
	if s.Deadline <= 0 {
		return 72 * time.Hour
	}
	return s.Deadline
}

// PromoteInput asks for one ledger entry, decided from revision Seen.
type PromoteInput struct {
	Line    string      `json:"line"`
	Version string      `json:"version"`
	Seen    int64       `json:"seen_revision"`
	Kind    string      `json:"kind"` // promote | rollback | refit
	Who     string      `json:"who"`
	Why     string      `json:"why"`
	RunID   string      `json:"run_id"`
	Verdict lfb.Ref     `json:"verdict"` // the gate's evidence; zero for an entry made by hand
	Spec    PromoteSpec `json:"spec"`
	// Provisional: the gate refused it, and it is to serve until something passes.
	Provisional bool `json:"provisional,omitempty"`
}

// PromoteResult is how it ended and what serves now.
type PromoteResult struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
	Champion string `json:"champion"`
	Revision int64  `json:"revision"`
}

// Decision is a person's word on a promotion.
type Decision struct {
	Who  string `json:"who"`
	Why  string `json:"why"`
	Code string `json:"code"` // one-time code from the admin API, made out to Who for this promotion
}

// Promote checks that the version's bundle loads and answers, waits for a
// person where the spec asks for one, and appends to the ledger. From one
// revision exactly one promotion succeeds; any other ends as stale.
func Promote(ctx workflow.Context, in PromoteInput) (*PromoteResult, error) {
	p := &promote{in: in}
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet(in.Line),
		attrVersion.ValueSet(in.Version)); err != nil {
		return nil, err
	}
	if err := workflow.SetQueryHandler(ctx, QueryPromotion, p.describePromotion); err != nil {
		return nil, err
	}
	// The handlers stand before the first wait, so that no decision comes too early.
	if in.Spec.Approval {
		if err := p.acceptDecisions(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.check(ctx); err != nil {
		return nil, err
	}
	if in.Spec.Approval {
		if done, err := p.awaitDecision(ctx); done != nil || err != nil {
			return done, err
		}
	}
	return p.appendToLedger(ctx)
}

type promote struct {
	in       PromoteInput
	approved *Decision
	rejected *Decision
	deadline time.Time // zero: it waits for nobody
}

func (p *promote) describePromotion() (Promotion, error) {
	return Promotion{
		Line: p.in.Line, Version: p.in.Version, Seen: p.in.Seen, Kind: p.in.Kind, Who: p.in.Who, Why: p.in.Why,
		RunID:   p.in.RunID,
		Waiting: !p.deadline.IsZero() && p.approved == nil && p.rejected == nil, Deadline: p.deadline,
	}, nil
}

func (p *promote) check(ctx workflow.Context) error {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Checking that version %s of %s loads and answers.", p.in.Version,
		p.in.Line))
	return perform(ctx, fitClass, "load-check "+p.in.Version, act.CheckBundle,
		activities.CheckBundleInput{Line: p.in.Line, Version: p.in.Version})
}

// acceptDecisions takes decisions from now on.
func (p *promote) acceptDecisions(ctx workflow.Context) error {
	if err := p.handleDecision(ctx, UpdateApprove, &p.approved); err != nil {
		return err
	}
	return p.handleDecision(ctx, UpdateReject, &p.rejected)
}

// awaitDecision returns a result where the promotion ends here, nil where it goes on.
func (p *promote) awaitDecision(ctx workflow.Context) (*PromoteResult, error) {
	deadline := p.in.Spec.approvalTime()
	p.deadline = workflow.Now(ctx).Add(deadline).UTC()
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("### Awaiting approval\n\nVersion **%s** of %s: %s\n\n"+
		"An administrator approves or rejects it with the starter, the admin API or the web UI, until %s. %s\n\n"+
		"From this page: the admin API's `POST /v1/promotions/{this workflow's id}/code` gives a code for ten minutes. "+
		"Send the Update `approve` "+
		"or `reject` with `{\"who\": \"your account\", \"why\": \"your reason\", \"code\": \"the code\"}`.",
		p.in.Version, p.in.Line, escapeMarkdown(p.in.Why), p.deadline.Format(time.RFC1123), p.in.describeDeadline()))
	decided, err := workflow.AwaitWithTimeout(ctx, deadline, func() bool { return p.approved != nil || p.rejected != nil })
	if err != nil {
		return nil, err
	}
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return nil, err
	}
	p.deadline = time.Time{}
	switch {
	case !decided && p.in.promotesAfter():
		p.in.Who, p.in.Why = "deadline", "nobody decided within "+deadline.String()+" ("+p.in.Why+")"
		return nil, nil
	case !decided:
		return p.end(ctx, OutcomeExpired, "nobody decided within "+deadline.String()), nil
	case p.rejected != nil:
		return p.end(ctx, OutcomeRejected, fmt.Sprintf("rejected by %s: %s", p.rejected.Who, p.rejected.Why)), nil
	}
	p.in.Who, p.in.Why = p.approved.Who, p.approved.Why+" ("+p.in.Why+")"
	return nil, nil
}

// promotesAfter says whether the deadline promotes: only what passed the gate.
func (in PromoteInput) promotesAfter() bool {
	return in.Spec.After == AfterPromote && in.Kind == KindPromote && !in.Verdict.IsZero() && !in.Provisional
}

// describeDeadline is what happens at the deadline, in a sentence.
func (in PromoteInput) describeDeadline() string {
	if in.promotesAfter() {
		return "Then it is promoted, as it passed the gate."
	}
	return "Then it expires and what serves stays."
}

// handleDecision takes one kind of decision: the validator looks at its shape, an
// activity at the right of whoever sends it; the first decision counts.
func (p *promote) handleDecision(ctx workflow.Context, name string, into **Decision) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, func(ctx workflow.Context, d Decision) (string, error) {
		err := perform(ctx, quickClass, name+" by "+d.Who, act.CheckDecision, activities.CheckDecisionInput{
			Line: p.in.Line, Version: p.in.Version, Seen: p.in.Seen, Who: d.Who, Code: d.Code,
			Promotion: workflow.GetInfo(ctx).WorkflowExecution.ID,
		})
		if err != nil {
			return "", err
		}
		if p.approved != nil || p.rejected != nil {
			return "", temporal.NewApplicationError("decided already", "conflict")
		}
		*into = &d
		return "noted: " + name, nil
	}, workflow.UpdateHandlerOptions{Validator: func(_ workflow.Context, d Decision) error {
		if d.Who == "" || d.Why == "" {
			return temporal.NewApplicationError("who and why are both needed", "invalid")
		}
		if p.approved != nil || p.rejected != nil {
			return temporal.NewApplicationError("decided already", "conflict")
		}
		return nil
	}})
}

func (p *promote) appendToLedger(ctx workflow.Context) (*PromoteResult, error) {
	info := workflow.GetInfo(ctx)
	out, err := execute(ctx, quickClass, p.in.Kind+" "+p.in.Version, act.AppendPromotion, activities.AppendPromotionInput{
		Line: p.in.Line, Version: p.in.Version, Seen: p.in.Seen, Kind: p.in.Kind, Who: p.in.Who, Why: p.in.Why,
		RunID: p.in.RunID, Verdict: p.in.Verdict, Token: info.WorkflowExecution.RunID, At: workflow.Now(ctx).UTC(),
	})
	if err != nil {
		return nil, err
	}
	if out.Stale {
		return p.end(ctx, OutcomeStale, out.Reason), nil
	}
	res := p.end(ctx, OutcomePromoted, fmt.Sprintf("version %s serves as revision %d", p.in.Version, out.Revision))
	res.Champion, res.Revision = p.in.Version, out.Revision
	p.updateAliases(ctx, res.Reason)
	return res, nil
}

// updateAliases tells the tracking server what serves now, after a promotion by hand: a
// retrain exports its run with what it promoted. It never fails the promotion.
func (p *promote) updateAliases(ctx workflow.Context, reason string) {
	if p.in.RunID != "" {
		return
	}
	out, err := execute(ctx, exportClass, "aliases of "+p.in.Line, act.UpdateAliases,
		activities.UpdateAliasesInput{Line: p.in.Line})
	if err != nil {
		workflow.GetLogger(ctx).Warn("aliases not followed", "line", p.in.Line, "err", rootCause(err))
		out.Summary = "MLflow's aliases do not follow: " + rootCause(err)
	}
	if out.Summary != "" {
		workflow.SetCurrentDetails(ctx, formatOutcome(OutcomePromoted, reason)+"\n\n"+escapeMarkdown(out.Summary))
	}
}

func (p *promote) end(ctx workflow.Context, outcome, reason string) *PromoteResult {
	_ = showOutcome(ctx, outcome, reason) // the attribute is only for finding it
	return &PromoteResult{Outcome: outcome, Reason: reason}
}
