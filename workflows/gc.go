package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/gc"
)

// GCInput says what may go.
type GCInput struct {
	Policy gc.Policy
	// Settle is how long at least lies between removing what leads to an object and
	// removing the object; Wait is how long runs at work are waited for.
	Settle, Wait time.Duration
	Who          string
	DryRun       bool `json:",omitempty"` // only say what would go
}

// GCResult is what went.
type GCResult struct {
	Outcome string // removed | postponed | nothing removed
	Reason  string
	Plan    activities.PlanGCResult
	Sweep   activities.SweepResult
}

// GC removes what nothing needs: first the rows and the remembered steps that lead
// to it, then, when every run that may have read those is over, the objects.
func GC(ctx workflow.Context, in GCInput) (*GCResult, error) {
	var a *activities.Activities // nil: only names the methods
	out := &GCResult{}
	now := workflow.Now(ctx).UTC()
	err := workflow.ExecuteActivity(withActivityOptions(ctx, scanClass, "mark"), a.PlanGC, activities.PlanGCInput{Policy: in.Policy, Now: now}).Get(ctx, &out.Plan)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		out.Outcome, out.Reason = "nothing removed", "this was a dry run"
		return out, nil
	}
	err = workflow.ExecuteActivity(withActivityOptions(ctx, scanClass, "remove rows"), a.RemoveRows, activities.RemoveRowsInput{Plan: out.Plan.Plan}).Get(ctx, nil)
	if err != nil {
		return nil, err
	}
	busy, err := settle(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(busy) > 0 {
		out.Outcome, out.Reason = "postponed", "the objects stay until the next time: not over are "+strings.Join(busy, ", ")
		workflow.SetCurrentDetails(ctx, "**postponed** — "+escape(out.Reason))
		return out, nil
	}
	err = workflow.ExecuteActivity(withActivityOptions(ctx, scanClass, "sweep"), a.Sweep,
		activities.SweepInput{Plan: out.Plan.Plan, Policy: in.Policy, Now: now}).Get(ctx, &out.Sweep)
	if err != nil {
		return nil, err
	}
	n, bytes := 0, int64(0)
	for _, t := range out.Sweep.Removed {
		n, bytes = n+t.Count, bytes+t.Bytes
	}
	out.Outcome = "removed"
	out.Reason = fmt.Sprintf("%s, %.1f MB, and %s; %s came to be needed meanwhile", count(n, "object"), float64(bytes)/1e6,
		count(int(out.Sweep.Predictions), "logged answer"), count(out.Sweep.Kept, "object"))
	workflow.SetCurrentDetails(ctx, "**removed** — "+escape(out.Reason))
	return out, nil
}

// settle waits until the runs that were at work are over, and returns those that
// are not in time.
func settle(ctx workflow.Context, in GCInput) ([]string, error) {
	var a *activities.Activities // nil: only names the methods
	before := workflow.Now(ctx).UTC()
	for {
		if err := workflow.Sleep(ctx, max(in.Settle, time.Second)); err != nil {
			return nil, err
		}
		var busy []string
		err := workflow.ExecuteActivity(withActivityOptions(ctx, quickClass, "runs at work"), a.Busy, activities.BusyInput{Before: before}).Get(ctx, &busy)
		if err != nil || len(busy) == 0 || workflow.Now(ctx).Sub(before) >= in.Wait {
			return busy, err
		}
	}
}
