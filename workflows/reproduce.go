package workflows

import (
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// ReproduceInput names the version to make again.
type ReproduceInput struct {
	Line    string `json:"line"`
	Version string `json:"version"`
}

// Reproduce fits a version again on a training machine and says whether its
// bundle is the same. It changes nothing.
func Reproduce(ctx workflow.Context, in ReproduceInput) (*activities.ReproduceResult, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet(in.Line),
		attrVersion.ValueSet(in.Version)); err != nil {
		return nil, err
	}
	out, err := execute(ctx, fitClass, "fit "+in.Version+" again", act.Reproduce, activities.ReproduceInput(in))
	if err != nil {
		return nil, err
	}
	return &out, showOutcome(ctx, out.Outcome, out.Reason)
}
