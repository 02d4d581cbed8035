package activities

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"lfb/internal/registry"
)

// keptLogs keeps what it is given last.
type keptLogs struct {
	mu   sync.Mutex
	last registry.StepLog
}

func (k *keptLogs) SaveStepLog(_ context.Context, l registry.StepLog, _ time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = l
	return nil
}

// TestStepLogs runs an activity that logs, says how far it has come and fails: its last
// lines are kept, each within bounds, and none of another.
func TestStepLogs(t *testing.T) {
	t.Parallel()
	var kept keptLogs
	var s testsuite.WorkflowTestSuite
	env := s.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&StepLogs{Store: &kept}}})
	env.RegisterActivityWithOptions(func(ctx context.Context) error {
		log := activity.GetLogger(ctx)
		for i := range 3 * maxLogLines {
			log.Info("line", "number", i)
		}
		activity.RecordHeartbeat(ctx, Heartbeat{Step: "fit", Done: 3, Total: 7, Unit: "rounds"})
		activity.RecordHeartbeat(ctx, Heartbeat{Step: "fit", Done: 4, Total: 7, Unit: "rounds"}) // at once: not said again
		log.Warn(strings.Repeat("é", maxLogText))
		return fmt.Errorf("no disk")
	}, activity.RegisterOptions{Name: "Fit"})
	if _, err := env.ExecuteActivity("Fit"); err == nil {
		t.Fatal("it did not fail")
	}
	lines := kept.last.Lines
	if len(lines) != maxLogLines || kept.last.Attempt != 1 || kept.last.ActivityID == "" {
		t.Fatalf("kept %d lines of attempt %d of %q, want the last %d", len(lines), kept.last.Attempt, kept.last.ActivityID,
			maxLogLines)
	}
	end := lines[len(lines)-5:]
	for i, want := range []string{"line number=599", "fit: 3 of 7 rounds", "é", "fit: 4 of 7 rounds", "no disk"} {
		if !strings.HasPrefix(end[i].Text, want) || len(end[i].Text) > maxLogText+len("…") || end[i].At.IsZero() {
			t.Errorf("line %d from the end = %.40q of %d bytes at %v, want %q", 5-i, end[i].Text, len(end[i].Text), end[i].At,
				want)
		}
	}
	if end[2].Level != "warning" || end[4].Level != "error" {
		t.Errorf("levels = %q, %q", end[2].Level, end[4].Level)
	}
}
