package workflows

import (
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// JudgeInput names the version to be held against the champion.
type JudgeInput struct {
	Line    string          `json:"line"`
	Version string          `json:"version"`
	Policy  registry.Policy `json:"policy"`
	Seed    uint64          `json:"seed"`
	Who     string          `json:"who"`
}

// Judge holds a version that no gate has judged against what serves now, and writes the
// verdict beside it. It promotes nothing.
func Judge(ctx workflow.Context, in JudgeInput) (*activities.JudgeVersionResult, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet(in.Line),
		attrVersion.ValueSet(in.Version)); err != nil {
		return nil, err
	}
	out, err := execute(ctx, fitClass, "gate on "+in.Version, act.JudgeVersion, activities.JudgeVersionInput{
		Line: in.Line, Version: in.Version, Policy: in.Policy, Seed: in.Seed, Who: in.Who, At: workflow.Now(ctx).UTC(),
	})
	if err != nil {
		return nil, err
	}
	outcome := "refused"
	if out.Passed {
		outcome = "passed"
	}
	return &out, showOutcome(ctx, outcome, out.Summary)
}
