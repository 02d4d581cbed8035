package workflows

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"lfb/activities"
	"lfb/internal/lfb"
)

// promoteEnv runs Promote with activities that answer as told: what they do
// themselves is tested where they are, and on the local stack.
func promoteEnv(t *testing.T, entered *activities.AppendPromotionInput, stale bool) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	env := newTestEnvironment()
	var a *activities.Activities
	env.RegisterActivity(&activities.Activities{})
	env.OnActivity(a.CheckBundle, mock.Anything, mock.Anything).Return(nil)
	env.OnActivity(a.AppendPromotion, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.AppendPromotionInput) (activities.AppendPromotionResult, error) {
			*entered = in
			if stale {
				return activities.AppendPromotionResult{Stale: true, Reason: "moved on"}, nil
			}
			return activities.AppendPromotionResult{Revision: in.Seen + 1}, nil
		})
	env.OnActivity(a.CheckDecision, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.CheckDecisionInput) error {
			if in.Who == "mallory" {
				return temporal.NewNonRetryableApplicationError("no administrator", "permanent", nil)
			}
			return nil
		})
	return env
}

// answer keeps what an Update was told.
type answer struct{ rejected, failed error }

func (a *answer) Accept()                   {}
func (a *answer) Reject(err error)          { a.rejected = err }
func (a *answer) Complete(_ any, err error) { a.failed = err }

func promotion() PromoteInput {
	return PromoteInput{
		Line: "l", Version: "v2", Seen: 4, Kind: KindPromote, Who: "retrain", Why: "better",
		Spec: PromoteSpec{Approval: true, Deadline: time.Hour},
	}
}

func TestPromoteApproval(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		update  string
		by      Decision
		outcome string
		who     string
	}{
		{"approved", UpdateApprove, Decision{Who: "ann", Why: "looks right"}, OutcomePromoted, "ann"},
		{"rejected", UpdateReject, Decision{Who: "ann", Why: "not today"}, OutcomeRejected, ""},
		{"nobody says anything", "", Decision{}, OutcomeExpired, ""},
		{"without a reason", UpdateApprove, Decision{Who: "ann"}, OutcomeExpired, ""},
		{"by somebody without the right", UpdateApprove, Decision{Who: "mallory", Why: "please"}, OutcomeExpired, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var entered activities.AppendPromotionInput
			env := promoteEnv(t, &entered, false)
			told := &answer{}
			if tt.update != "" {
				env.RegisterDelayedCallback(func() { env.UpdateWorkflow(tt.update, "u1", told, tt.by) }, time.Minute)
			}
			env.ExecuteWorkflow(Promote, promotion())
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			var got PromoteResult
			if err := env.GetWorkflowResult(&got); err != nil {
				t.Fatal(err)
			}
			if got.Outcome != tt.outcome || entered.Who != tt.who {
				t.Errorf("outcome = %q (%s) entered by %q, want %q by %q", got.Outcome, got.Reason, entered.Who, tt.outcome, tt.who)
			}
			if value, err := env.QueryWorkflow(QueryPromotion); err != nil {
				t.Error(err)
			} else if p := (Promotion{}); value.Get(&p) != nil || p.Waiting || !p.Deadline.IsZero() {
				t.Errorf("after its end it is %+v, want it waiting for nobody", p)
			}
			if tt.by.Why == "" && tt.update != "" && told.rejected == nil {
				t.Error("an approval without a reason was not rejected by the validator")
			}
			if tt.by.Who == "mallory" && told.failed == nil {
				t.Error("an approval by mallory was not refused")
			}
		})
	}
}

func TestPromoteStale(t *testing.T) {
	t.Parallel()
	var entered activities.AppendPromotionInput
	env := promoteEnv(t, &entered, true)
	in := promotion()
	in.Spec.Approval = false
	env.ExecuteWorkflow(Promote, in)
	var got PromoteResult
	if err := errors.Join(env.GetWorkflowError(), env.GetWorkflowResult(&got)); err != nil {
		t.Fatal(err)
	}
	if got.Outcome != OutcomeStale || got.Champion != "" {
		t.Errorf("outcome = %q, champion %q, want stale and none", got.Outcome, got.Champion)
	}
}

// TestPromoteByDeadline: what passed the gate is promoted where that is what the
// deadline does; a promotion by hand and a rollback never are.
func TestPromoteByDeadline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		change  func(*PromoteInput)
		outcome string
		who     string
	}{
		{"passed the gate", func(*PromoteInput) {}, OutcomePromoted, "deadline"},
		{"the deadline expires", func(in *PromoteInput) { in.Spec.After = AfterExpire }, OutcomeExpired, ""},
		{"nothing is said of it", func(in *PromoteInput) { in.Spec.After = "" }, OutcomeExpired, ""},
		{"by hand", func(in *PromoteInput) { in.Verdict = lfb.Ref{} }, OutcomeExpired, ""},
		{"a rollback", func(in *PromoteInput) { in.Kind = KindRollback }, OutcomeExpired, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var entered activities.AppendPromotionInput
			env := promoteEnv(t, &entered, false)
			in := promotion()
			in.Verdict, in.Spec.After = lfb.Ref{Key: "report/verdict/x.json"}, AfterPromote
			tt.change(&in)
			env.ExecuteWorkflow(Promote, in)
			var got PromoteResult
			if err := errors.Join(env.GetWorkflowError(), env.GetWorkflowResult(&got)); err != nil {
				t.Fatal(err)
			}
			if got.Outcome != tt.outcome || entered.Who != tt.who {
				t.Errorf("outcome = %q (%s) entered by %q, want %q by %q", got.Outcome, got.Reason, entered.Who, tt.outcome, tt.who)
			}
		})
	}
}
