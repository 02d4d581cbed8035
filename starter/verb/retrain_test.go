package verb

import (
	"fmt"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"lfb/internal/registry"
	"lfb/workflows"
)

func TestStateOf(t *testing.T) {
	t.Parallel()
	for want, err := range map[registry.RunState]error{
		registry.Terminated: &temporal.TerminatedError{},
		registry.Cancelled:  temporal.NewCanceledError(),
		registry.TimedOut:   &temporal.TimeoutError{},
		registry.Failed:     temporal.NewApplicationError("away", "permanent"),
	} {
		if got := stateOf(fmt.Errorf("retrain l: %w", err)); got != want {
			t.Errorf("stateOf(%T) = %s, want %s", err, got, want)
		}
	}
}

func TestRunIDsAreTold(t *testing.T) {
	t.Parallel()
	if id := workflows.RunID(time.Now(), "019adf3c-0000-7000-8000-0123456789ab"); !runIDText.MatchString(id) {
		t.Errorf("%s is not taken for a run's id", id)
	}
	if id := workflows.RetrainID("lfb-attendance-london"); runIDText.MatchString(id) {
		t.Errorf("%s is taken for a run's id", id)
	}
}
