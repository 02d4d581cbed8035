package workflows

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// TestRefitFollowsThePromotion: what passed the gate and was promoted is refitted and promoted as an entry of its own,
// decided from the entry before; whatever comes between, the run has promoted what it has, and says why that stays.
func TestRefitFollowsThePromotion(t *testing.T) {
	t.Parallel()
	promoted := &PromoteResult{Outcome: OutcomePromoted, Champion: "v1", Revision: 7}
	made := activities.RefitResult{
		Version: "v2", Of: "v1", Reason: "refitted on every row",
		Standing: activities.Standing{Candidate: "refitted (gbdt)"},
	}
	for _, c := range []struct {
		name     string
		refit    string
		compared activities.CompareResult
		first    *PromoteResult
		made     activities.RefitResult
		err      error
		second   *PromoteResult // nil: none may be asked for
		champion string
		reason   string
	}{
		{
			"refitted", "auto",
			activities.CompareResult{Passed: true, Winner: "v1"},
			promoted, made, nil,
			&PromoteResult{Outcome: OutcomePromoted, Champion: "v2", Revision: 8}, "v2", "refitted on every row",
		},
		{
			"rolled back meanwhile", "auto",
			activities.CompareResult{Passed: true, Winner: "v1"},
			promoted, made, nil,
			&PromoteResult{Outcome: OutcomeStale, Reason: "at revision 8"}, "v1", "it does not serve: at revision 8",
		},
		{
			"guarded", "auto",
			activities.CompareResult{Passed: true, Winner: "v1"},
			promoted,
			activities.RefitResult{Of: "v1", Reason: "the evaluated version stays"},
			nil, nil, "v1",
			"the evaluated version stays",
		},
		{
			"failed", "auto",
			activities.CompareResult{Passed: true, Winner: "v1"},
			promoted, made,
			temporal.NewNonRetryableApplicationError("no memory", "permanent", nil), nil, "v1", "its refit failed: no memory",
		},
		{"never", "never", activities.CompareResult{Passed: true, Winner: "v1"}, promoted, made, nil, nil, "v1", ""},
		{"of an older release", "", activities.CompareResult{Passed: true, Winner: "v1"}, promoted, made, nil, nil, "v1", ""},
		{
			"provisional", "auto",
			activities.CompareResult{Winner: "v0", Provisional: "v1"},
			promoted, made, nil, nil, "v1",
			"",
		},
		{"rejected", "auto", activities.CompareResult{Passed: true, Winner: "v1"}, &PromoteResult{
			Outcome: OutcomeRejected,
			Reason:  "no",
		}, made, nil, nil, "", "no"},
	} {
		env := newTestEnvironment()
		env.RegisterActivity(&activities.Activities{})
		env.RegisterWorkflow(Promote)
		var a *activities.Activities
		var asked []PromoteInput
		env.OnWorkflow(Promote, mock.Anything, mock.Anything).Return(func(_ workflow.Context,
			in PromoteInput,
		) (*PromoteResult, error) {
			if asked = append(asked, in); in.Kind == KindRefit {
				return c.second, nil
			}
			return c.first, nil
		})
		env.OnActivity(a.Refit, mock.Anything, mock.Anything).Return(func(_ context.Context,
			in activities.RefitInput,
		) (activities.RefitResult, error) {
			if len(asked) != 1 || in.Version != "v1" || in.Policy.MinRows != 200 {
				t.Errorf("%s: refit of %+v after %d promotions; want it once the version serves", c.name, in, len(asked))
			}
			return c.made, c.err
		})
		var r *retrain
		env.ExecuteWorkflow(func(ctx workflow.Context) (err error) {
			in := RetrainInput{Train: activities.TrainSpec{Refit: c.refit}, Who: "anna"}
			in.Policy.MinRows = 200
			if r, err = newRetrain(ctx, in); err == nil {
				err = r.promote(ctx, c.compared)
			}
			r.refit(ctx, c.compared)
			return err
		})
		if err := env.GetWorkflowError(); err != nil || r.result.Champion != c.champion ||
			!strings.HasSuffix(r.result.Reason, c.reason) {
			t.Errorf("%s: champion %q, reason %q, %v; want %q, %q", c.name, r.result.Champion, r.result.Reason, err, c.champion,
				c.reason)
		}
		if want := c.second != nil; want != (len(asked) == 2) {
			t.Errorf("%s: promotions %+v; want a second one = %v", c.name, asked, want)
		} else if want && (asked[1].Seen != 7 || asked[1].Version != "v2" || asked[1].Spec.Approval ||
			asked[1].Why != made.Reason) {
			t.Errorf("%s: asked for %+v; want it decided from revision 7", c.name, asked[1])
		}
	}
}
