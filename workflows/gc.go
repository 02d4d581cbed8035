package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/gc"
)

// CollectGarbageInput says what may go.
type CollectGarbageInput struct {
	Policy gc.Policy `json:"policy"`
	// Settle is how long at least lies between removing what leads to an object and
	// removing the object; Wait is how long runs at work are waited for.
	Settle time.Duration `json:"settle"`
	Wait   time.Duration `json:"wait"`
	Who    string        `json:"who"`
	DryRun bool          `json:"dry_run,omitempty"` // only say what would go
}

// CollectGarbageResult is what went.
type CollectGarbageResult struct {
	Outcome string                               `json:"outcome"` // removed | postponed | nothing removed
	Reason  string                               `json:"reason"`
	Plan    activities.MarkUnusedResult          `json:"plan"`
	Sweep   activities.RemoveUnusedObjectsResult `json:"sweep"`
}

// CollectGarbage removes what nothing needs: first the rows and the remembered steps that lead
// to it, then, when every run that may have read those is over, the objects.
func CollectGarbage(ctx workflow.Context, in CollectGarbageInput) (*CollectGarbageResult, error) {
	now := workflow.Now(ctx).UTC()
	plan, err := execute(ctx, scanClass, "mark", act.MarkUnused, activities.MarkUnusedInput{Policy: in.Policy, Now: now})
	if err != nil {
		return nil, err
	}
	out := &CollectGarbageResult{Plan: plan}
	if in.DryRun {
		out.Outcome, out.Reason = "nothing removed", "this was a dry run"
		return out, nil
	}
	if err := perform(ctx, scanClass, "remove rows", act.RemoveUnusedRecords,
		activities.RemoveUnusedRecordsInput{Plan: plan.Plan}); err != nil {
		return nil, err
	}
	busy, err := awaitSettled(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(busy) > 0 {
		out.Outcome, out.Reason = "postponed", "the objects stay until the next time: not over are "+strings.Join(busy, ", ")
		workflow.SetCurrentDetails(ctx, formatOutcome(out.Outcome, out.Reason))
		return out, nil
	}
	out.Sweep, err = execute(ctx, scanClass, "sweep", act.RemoveUnusedObjects,
		activities.RemoveUnusedObjectsInput{Plan: plan.Plan, Policy: in.Policy, Now: now})
	if err != nil {
		return nil, err
	}
	n, bytes := 0, int64(0)
	for _, t := range out.Sweep.Removed {
		n, bytes = n+t.Count, bytes+t.Bytes
	}
	out.Outcome = "removed"
	out.Reason = fmt.Sprintf("%s, %.1f MB, and %s; %s came to be needed meanwhile", formatCount(n, "object"),
		float64(bytes)/1e6, formatCount(int(out.Sweep.Predictions), "logged answer"), formatCount(out.Sweep.Kept, "object"))
	workflow.SetCurrentDetails(ctx, formatOutcome(out.Outcome, out.Reason))
	return out, nil
}

// waitsFor says what awaitSettled waits for.
func waitsFor(busy []string) string {
	if len(busy) == 0 {
		return "Waits before it removes objects, so that whoever has just read of one is done with it."
	}
	return "Waits for what may have read of the objects: **" + escapeMarkdown(strings.Join(busy, ", ")) + "**"
}

// awaitSettled waits until the runs that were at work are over, and returns those that
// are not in time.
func awaitSettled(ctx workflow.Context, in CollectGarbageInput) ([]string, error) {
	before := workflow.Now(ctx).UTC()
	var busy []string
	for {
		workflow.SetCurrentDetails(ctx, waitsFor(busy))
		if err := workflow.Sleep(ctx, max(in.Settle, time.Second)); err != nil {
			return nil, err
		}
		var err error
		busy, err = execute(ctx, quickClass, "runs at work", act.ListOpenRuns, activities.ListOpenRunsInput{Before: before})
		if err != nil || len(busy) == 0 || workflow.Now(ctx).Sub(before) >= in.Wait {
			return busy, err
		}
	}
}
