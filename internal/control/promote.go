package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// The kinds of ledger entry, and a person's decisions on one that waits.
const (
	KindPromote     = workflows.KindPromote
	KindRollback    = workflows.KindRollback
	DecideApprove   = workflows.UpdateApprove
	DecideReject    = workflows.UpdateReject
	OutcomeStale    = workflows.OutcomeStale
	OutcomePromoted = workflows.OutcomePromoted
	OutcomeAwaiting = workflows.OutcomeAwaiting // of a run whose promotion waits
)

// OutcomeAlready is how a promotion ends that an equal one was faster than: what was
// asked for is so, with the other's reason in the ledger.
const OutcomeAlready = "already"

// promoteWait is how long a request waits for a promotion to end.
const promoteWait = 20 * time.Second

// LedgerDepth is how many of the ledger's newest entries LastGood looks at.
const LedgerDepth = 200

// maxWaiting is how many running promotions are asked whether they wait.
const maxWaiting = 100

// StaleError says that the ledger moved on since a change was decided.
type StaleError struct {
	Line      string
	Seen, Now int64 // revisions
}

// Error names both revisions.
func (e *StaleError) Error() string {
	return fmt.Sprintf("line %s is at revision %d, the decision was made from %d", e.Line, e.Now, e.Seen)
}

// Unwrap makes it a conflict.
func (e *StaleError) Unwrap() error { return lfb.ErrConflict }

// PromotionRequest asks for one ledger entry, decided from revision Seen.
type PromotionRequest struct {
	Line    string
	Version string // empty in a rollback: LastGood
	Seen    int64
	Kind    string
	Why     string
	// Unjudged says that whoever asks knows that no gate has judged the version, or that it refused it.
	Unjudged bool
}

// ErrUnjudged keeps a version that no gate has judged, and that never served, from serving
// before somebody says that it shall all the same.
var ErrUnjudged = fmt.Errorf("no gate has judged this version, and it never served: judge it first, or confirm that "+
	"it shall serve unjudged: %w", lfb.ErrConflict)

// PromotionResult is how a promotion ended; the outcome is empty while it goes on.
type PromotionResult struct {
	Run
	Version  string
	Outcome  string
	Reason   string
	Revision int64
}

// ErrRefused keeps a version that the gate has refused, and that never served, from serving in the same way.
var ErrRefused = fmt.Errorf("the gate has refused this version, and it never served: confirm that it shall serve all "+
	"the same: %w", lfb.ErrConflict)

// Promote makes one ledger entry, and waits a while for its end. A StaleError
// where the ledger moved on, lfb.ErrConflict where the version serves already,
// lfb.ErrInvalid where none is named.
func (c *Control) Promote(ctx context.Context, by Actor, r PromotionRequest) (PromotionResult, error) {
	var out PromotionResult
	now, err := c.checkRevision(ctx, r.Line, r.Seen)
	if err != nil {
		return out, err
	}
	if r, err = PreparePromotion(ctx, c.records, r); err != nil {
		return out, err
	}
	if out.Version = r.Version; r.Version == now.To {
		return out, fmt.Errorf("version %s serves already: %w", r.Version, lfb.ErrConflict)
	}
	detail := fmt.Sprintf("from revision %d: %s", r.Seen, r.Why)
	err = c.audit(ctx, by, r.Kind, r.Line+" "+r.Version, detail, func() error {
		run, joined, err := startOrJoinPromote(ctx, c.client, workflows.PromoteInput{
			Line: r.Line, Version: r.Version, Seen: r.Seen, Kind: r.Kind, Who: by.Name, Why: r.Why,
		})
		if out.Run, err = asRun(run, err); err != nil {
			return err
		}
		out, err = c.awaitPromotion(ctx, run, r, out)
		if joined && out.Outcome == OutcomePromoted {
			out.Outcome, out.Reason = OutcomeAlready,
				fmt.Sprintf("the same was asked for a moment before: revision %d is that request's", out.Revision)
		}
		return err
	})
	return out, err
}

// LastGood is the version before the champion that nobody rolled back from, to which a rollback goes that
// names none; empty where there is none. The ledger's newest entry comes first.
func LastGood(ledger []registry.Promotion) string {
	var stack []string
	for _, p := range slices.Backward(ledger) {
		if len(stack) == 0 && p.From != "" {
			stack = append(stack, p.From)
		}
		if p.Kind == KindRollback { // what came after it was left
			stack = stack[:max(slices.Index(stack, p.To), 0)]
		}
		stack = append(slices.DeleteFunc(stack, func(v string) bool { return v == p.To }), p.To)
	}
	if len(stack) < 2 {
		return ""
	}
	return stack[len(stack)-2]
}

// PromotionRecords is what a promotion is decided by. mysql.DB is one.
type PromotionRecords interface {
	// LedgerEntries are the line's last, newest first, without their evidence.
	LedgerEntries(ctx context.Context, line string, limit int) ([]registry.Promotion, error)
	// Version returns one version; lfb.ErrNotFound.
	Version(ctx context.Context, line, id string) (registry.Version, error)
	DoubtRecords
}

// DoubtRecords is what says whether a version may serve without a word.
type DoubtRecords interface {
	// PromotionsTo are the last entries by which a version came to serve, newest first.
	PromotionsTo(ctx context.Context, line, version string) ([]registry.Promotion, error)
	VersionNotes(ctx context.Context, line, version string) ([]registry.VersionNote, error)
	// Run returns the run and its leaderboard; lfb.ErrNotFound.
	Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error)
}

// PreparePromotion names the version of a rollback that names none, and gives ErrUnjudged or ErrRefused where
// nobody has said that the version shall serve all the same; the ledger says that somebody did.
func PreparePromotion(ctx context.Context, records PromotionRecords, r PromotionRequest) (PromotionRequest, error) {
	if r.Version == "" && r.Kind == KindRollback {
		ledger, err := records.LedgerEntries(ctx, r.Line, LedgerDepth)
		if err != nil {
			return r, err
		}
		if r.Version = LastGood(ledger); r.Version == "" {
			return r, fmt.Errorf("line %s has nothing to roll back to: %w", r.Line, lfb.ErrInvalid)
		}
	}
	if r.Version == "" {
		return r, fmt.Errorf("no version is named: %w", lfb.ErrInvalid)
	}
	v, err := records.Version(ctx, r.Line, r.Version)
	if err != nil {
		return r, err
	}
	doubt, err := FindDoubt(ctx, records, v)
	switch {
	case err != nil:
		return r, err
	case doubt != nil && !r.Unjudged:
		return r, doubt
	case errors.Is(doubt, ErrUnjudged):
		r.Why = "unjudged: " + r.Why
	case doubt != nil:
		r.Why = "refused by the gate: " + r.Why
	}
	return r, nil
}

// FindDoubt is ErrUnjudged or ErrRefused of a version that never served and that no gate has judged, or that
// was refused when it was judged last: by hand, or as the winner of its run. It is nil of any other.
func FindDoubt(ctx context.Context, records DoubtRecords, v registry.Version) (doubt, err error) {
	served, err := records.PromotionsTo(ctx, v.Line, v.ID)
	if err != nil || len(served) > 0 {
		return nil, err
	}
	notes, err := records.VersionNotes(ctx, v.Line, v.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range notes { // newest first
		switch {
		case n.Verdict == nil:
			continue
		case n.Verdict.Passed:
			return nil, nil
		}
		return ErrRefused, nil
	}
	if !registry.WasJudged(v, nil) {
		return ErrUnjudged, nil
	}
	run, _, err := records.Run(ctx, v.RunID)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return nil, err
	}
	if run.Outcome == workflows.OutcomeRefused {
		return ErrRefused, nil
	}
	return nil, nil
}

func (c *Control) awaitPromotion(ctx context.Context, run client.WorkflowRun, r PromotionRequest,
	out PromotionResult,
) (PromotionResult, error) {
	// longer than a request may take elsewhere
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), promoteWait)
	defer cancel()
	var res workflows.PromoteResult
	err := run.Get(wait, &res)
	if err != nil && wait.Err() != nil {
		return out, nil // it goes on
	}
	if err != nil {
		return out, translateError(err)
	}
	if res.Outcome == OutcomeStale {
		if _, err := c.checkRevision(wait, r.Line, r.Seen); err != nil {
			return out, err
		}
	}
	out.Outcome, out.Reason, out.Revision = res.Outcome, res.Reason, res.Revision
	return out, nil
}

// Judge holds a version against what serves now, by the configured gate, and waits a while
// for the verdict, which stays beside the version; false while it goes on. lfb.ErrConflict
// where the version serves itself.
func (c *Control) Judge(ctx context.Context, by Actor, line, version string) (judged bool, err error) {
	if _, err := c.records.Version(ctx, line, version); err != nil {
		return false, err
	}
	now, err := c.records.Champion(ctx, line)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return false, err
	}
	if now.To == version {
		return false, fmt.Errorf("version %s serves: it cannot be held against itself: %w", version, lfb.ErrConflict)
	}
	in := RetrainInput(c.config, "manual", by.Name)
	detail := fmt.Sprintf("against revision %d", now.Revision)
	err = c.audit(ctx, by, "judge", line+" "+version, detail, func() error {
		run, err := StartJudge(ctx, c.client, workflows.JudgeInput{
			Line: line, Version: version, Policy: in.Policy, Seed: in.Train.Seed, Who: by.Name,
		})
		if err != nil {
			return translateError(err)
		}
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), promoteWait)
		defer cancel()
		if err := run.Get(wait, nil); err != nil && wait.Err() == nil {
			return translateError(err)
		}
		judged = wait.Err() == nil
		return nil
	})
	return judged, err
}

// checkRevision returns the line's last ledger entry, where that is the revision which a
// change was decided from.
func (c *Control) checkRevision(ctx context.Context, line string, seen int64) (registry.Promotion, error) {
	now, err := c.records.Champion(ctx, line)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return now, err
	}
	if now.Revision != seen {
		return now, &StaleError{Line: line, Seen: seen, Now: now.Revision}
	}
	return now, nil
}

// Approval is a promotion that waits for a person, or did.
type Approval struct {
	ID       string    `json:"id" doc:"For approve, reject and code"`
	Line     string    `json:"line"`
	Version  string    `json:"version" doc:"Will serve"`
	Revision int64     `json:"revision" doc:"Of the ledger when it was decided from: send it as If-Match"`
	Kind     string    `json:"kind"`
	Who      string    `json:"who" doc:"Asked for it"`
	Why      string    `json:"why"`
	RunID    string    `json:"run_id,omitempty" doc:"Of the retrain that found it"`
	Waiting  bool      `json:"-"`
	Ended    string    `json:"-"` // how its workflow ended, in a sentence; empty while it runs
	Deadline time.Time `json:"deadline" doc:"Then it expires and what serves stays"`
}

// Approvals lists the promotions that wait for a person. Temporal's list is some
// seconds behind; each is asked itself. One that does not answer is left out.
func (c *Control) Approvals(ctx context.Context) ([]Approval, error) {
	list, err := c.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: c.config.Temporal.Namespace, PageSize: maxWaiting,
		Query: "WorkflowType = 'Promote' AND ExecutionStatus = 'Running'",
	})
	if err != nil {
		return nil, translateError(err)
	}
	out := []Approval{}
	for _, e := range list.GetExecutions() {
		if a, err := c.Approval(ctx, e.GetExecution().GetWorkflowId()); err == nil && a.Waiting {
			out = append(out, a)
		}
	}
	return out, nil
}

// Approval says how one promotion stands; lfb.ErrNotFound.
func (c *Control) Approval(ctx context.Context, id string) (Approval, error) {
	var p workflows.Promotion
	if err := queryWorkflow(ctx, c.client, id, "", workflows.QueryPromotion, &p); err != nil {
		return Approval{}, translateError(err)
	}
	ended, err := c.howPromotionEnded(ctx, id)
	if err != nil {
		return Approval{}, translateError(err)
	}
	return Approval{
		ID: id, Line: p.Line, Version: p.Version, Revision: p.Seen, Kind: p.Kind, Who: p.Who, Why: p.Why, RunID: p.RunID,
		Waiting: p.Waiting && ended == "", Deadline: p.Deadline, Ended: ended, // one that was terminated answers as it stood
	}, nil
}

// howPromotionEnded is how a promotion's newest execution ended, in a sentence; empty
// while it runs.
func (c *Control) howPromotionEnded(ctx context.Context, id string) (string, error) {
	d, err := c.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil || d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return "", err
	}
	h, err := readHistory(ctx, c.client, &commonpb.WorkflowExecution{
		WorkflowId: id,
		RunId:      d.GetWorkflowExecutionInfo().GetExecution().GetRunId(),
	})
	if err != nil {
		return "", err
	}
	return h.applyEnd(registry.Record{}, d).Reason, nil
}

// checkPending checks that a promotion waits and that the ledger has not overtaken it; seen
// is the revision that the person decided from, AnyRevision where they said none.
func (c *Control) checkPending(ctx context.Context, id string, seen int64) error {
	a, err := c.Approval(ctx, id)
	if err != nil {
		return err
	}
	if seen != AnyRevision && seen != a.Revision {
		return &StaleError{Line: a.Line, Seen: seen, Now: a.Revision}
	}
	if !a.Waiting {
		return fmt.Errorf("%s no longer waits for a decision%s: %w", id, prefixColon(a.Ended), lfb.ErrConflict)
	}
	_, err = c.checkRevision(ctx, a.Line, a.Revision)
	return err
}

// prefixColon is ": text", or nothing where there is none.
func prefixColon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// AnyRevision stands for a decision from whatever revision the promotion has.
const AnyRevision = -1

// Decision is a person's word on a promotion that waits.
type Decision struct {
	ID     string // of the promotion
	Seen   int64  // the revision that it was decided from, or AnyRevision
	Update string // DecideApprove | DecideReject
	Why    string
}

// Decide approves or rejects a promotion, and returns what it answered. A
// StaleError where the ledger moved on, lfb.ErrConflict where it waits no longer.
func (c *Control) Decide(ctx context.Context, by Actor, d Decision) (answer string, err error) {
	if err := c.checkPending(ctx, d.ID, d.Seen); err != nil {
		return "", err
	}
	err = c.audit(ctx, by, d.Update, d.ID, d.Why, func() (err error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), promoteWait)
		defer cancel()
		answer, err = Decide(ctx, c.client, c.decisionRights(), d.ID, d.Update, workflows.Decision{Who: by.Name, Why: d.Why})
		return translateError(err)
	})
	return answer, err
}

func (c *Control) decisionRights() registry.Rights {
	return registry.Rights{Store: c.records, Now: c.now}
}

// IssueCode gives an administrator a code for one decision from the Temporal Web
// UI, and says until when it is good.
func (c *Control) IssueCode(ctx context.Context, by Actor, id string) (text string, until time.Time, err error) {
	if err := c.checkPending(ctx, id, AnyRevision); err != nil {
		return "", time.Time{}, err
	}
	err = c.audit(ctx, by, "decision code", id, "for the Temporal Web UI", func() error {
		var code registry.Code
		var err error
		text, code, err = c.decisionRights().Issue(ctx, by.Name, id)
		until = code.ExpiresAt
		return err
	})
	return text, until, err
}

// Decide sends an approval or a rejection to a promotion that waits, and returns
// what it answered. update is DecideApprove or DecideReject. The caller has made
// sure that it is d.Who who decides: a code is issued for this. lfb.ErrNotFound where
// nothing waits under the id.
func Decide(ctx context.Context, cl client.Client, r registry.Rights, workflowID, update string,
	d workflows.Decision,
) (string, error) {
	code, _, err := r.Issue(ctx, d.Who, workflowID)
	if err != nil {
		return "", err
	}
	d.Code = code
	h, err := cl.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: update, Args: []any{d}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	var answer string
	if err == nil {
		err = h.Get(ctx, &answer)
	}
	if isNotFound(err) {
		return "", fmt.Errorf("nothing waits under the id %.100q: %w", workflowID, lfb.ErrNotFound)
	}
	return answer, err
}
