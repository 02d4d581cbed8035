package verb

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/workflows"
)

// TestPromoted holds the exit code to what happened: a stale rollback changed
// nothing, and says so to people and to scripts.
func TestPromoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		outcome string
		code    int
	}{
		{workflows.OutcomePromoted, 0},
		{workflows.OutcomeStale, 3},
		{workflows.OutcomeRejected, 3},
		{workflows.OutcomeExpired, 3},
	} {
		for _, json := range []bool{false, true} {
			var out bytes.Buffer
			e := &env{c: &config.Config{Starter: config.Starter{JSON: json}}, out: &out}
			err := e.printPromotion(workflows.PromoteResult{
				Outcome: tt.outcome,
				Reason:  "line l is at revision 5, the decision was made from 4",
			})
			var exit app.ExitError
			errors.As(err, &exit)
			if exit.Code != tt.code || !strings.Contains(out.String(), tt.outcome) ||
				!strings.Contains(out.String(), "revision 5") {
				t.Errorf("%s, json %v: exit code %d (%v), %q; want %d and the reason", tt.outcome, json, exit.Code, err,
					out.String(), tt.code)
			}
		}
	}
}

// TestPlainFailure wants the words of what failed, and not the way they came.
func TestPlainFailure(t *testing.T) {
	t.Parallel()
	said := temporal.NewNonRetryableApplicationError("version nope of lfb-attendance: not found", "permanent", nil)
	for _, err := range []error{said, fmt.Errorf("workflow execution error (type: Promote): activity error: %w", said)} {
		if got := plainFailure(err); got.Error() != "version nope of lfb-attendance: not found" {
			t.Errorf("plainFailure(%v) = %q", err, got)
		}
	}
	other := errors.New("nothing waits")
	if got := plainFailure(other); got.Error() != other.Error() {
		t.Errorf("plainFailure(%v) = %v, want it as it is", other, got)
	}
	if got := plainFailure(nil); got != nil {
		t.Errorf("plainFailure(nil) = %v", got)
	}
}

// TestArgumentsThatNobodyReads are refused: cancel with a run's id would cancel whichever runs.
func TestArgumentsThatNobodyReads(t *testing.T) {
	t.Parallel()
	err := Run(t.Context(), &config.Config{Args: []string{"cancel", "20260501-060000-abc"}}, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), `cancel takes no argument: ["20260501-060000-abc"]`) {
		t.Errorf("cancel of a run = %v, want a refusal", err)
	}
}
