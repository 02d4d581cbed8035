package verb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"lfb/internal/app"
	"lfb/internal/config"
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

// TestSayEnded tells people and scripts alike of what did not succeed; what is no workflow's
// end stays the error that it is.
func TestSayEnded(t *testing.T) {
	t.Parallel()
	failed := fmt.Errorf("%w: %w", &temporal.WorkflowExecutionError{}, temporal.NewApplicationError("no rows",
		"permanent"))
	cancelled := fmt.Errorf("%w: %w", &temporal.WorkflowExecutionError{}, temporal.NewCanceledError())
	for want, err := range map[string]error{
		"\nthe backfill ended: failed: no rows; what served before still serves\n": failed,
		"\nthe backfill ended: cancelled; what served before still serves\n":       cancelled,
	} {
		var out bytes.Buffer
		var exit app.ExitError
		got := (&env{c: &config.Config{}, out: &out}).sayEnded("backfill", err)
		if !errors.As(got, &exit) || exit.Code != 3 || out.String() != want {
			t.Errorf("sayEnded(%v) = %v, %q; want exit code 3, %q", err, got, out.String(), want)
		}
	}
	var out bytes.Buffer
	e := &env{c: &config.Config{Starter: config.Starter{JSON: true}}, out: &out}
	var exit app.ExitError
	if err := e.sayEnded("backfill", failed); !errors.As(err, &exit) || exit.Code != 3 {
		t.Errorf("sayEnded in JSON = %v, want exit code 3", err)
	}
	var told struct{ State, Error string }
	if err := json.Unmarshal(out.Bytes(), &told); err != nil || told.State != "failed" || told.Error != "no rows" {
		t.Errorf("it printed %q, %v; want the state and the error as JSON", out.String(), err)
	}
	away := errors.New("temporal is away")
	if err := e.sayEnded("backfill", away); !errors.Is(err, away) || e.sayEnded("backfill", nil) != nil {
		t.Errorf("sayEnded of another error = %v, want it as it is", err)
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
