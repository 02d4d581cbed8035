//go:build measured

package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/config"
)

// steps are a retrain's, on the queues that a retrain has them on.
var steps = []struct{ name, queue string }{
	{"fetch", "bench-io"},
	{"load", "bench-io"},
	{"clean", "bench-io"},
	{"train", "bench-train"},
	{"compare", "bench-train"},
	{"promote", "bench-control"},
}

// nothing is a step that does nothing.
func nothing(context.Context) error { return nil }

// noRetrain is a retrain of steps that do nothing, one after the other.
func noRetrain(ctx workflow.Context) error {
	for _, s := range steps {
		ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue:           s.queue,
			StartToCloseTimeout: time.Minute, Summary: s.name,
		})
		if err := workflow.ExecuteActivity(ctx, s.name).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// TestOrchestrationOverhead measures what orchestration costs a step: make
// bench-orchestration asks for it, and bench/orchestration writes its table.
func TestOrchestrationOverhead(t *testing.T) {
	file := os.Getenv("LFB_BENCH_OVERHEAD")
	if file == "" {
		t.Skip("LFB_BENCH_OVERHEAD is not set: make bench-orchestration")
	}
	c, err := config.Load("bench", nil, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	p := freePorts(t, 4)
	s, err := stack.Start(t.Context(), stack.Options{
		Dir: t.TempDir(), Namespace: c.Temporal.Namespace, SearchAttributes: app.SearchAttributes(), Log: zap.NewNop(),
		TemporalPort: p[0], UIPort: p[1], S3Port: p[2], MySQLPort: p[3], Database: stack.Embedded,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Config(c)
	cl, err := app.Dial(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, queue := range []string{"bench-control", "bench-io", "bench-train"} {
		w := worker.New(cl, queue, worker.Options{DisableWorkflowWorker: queue != "bench-control"})
		if queue == "bench-control" {
			w.RegisterWorkflow(noRetrain)
		}
		for _, step := range steps {
			w.RegisterActivityWithOptions(nothing, activity.RegisterOptions{Name: step.name})
		}
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		defer w.Stop()
	}
	body, err := json.Marshal(overhead(t, cl))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// overhead is the milliseconds a step of each run, ascending.
func overhead(t *testing.T, cl client.Client) []float64 {
	t.Helper()
	const warm, runs = 5, 50
	var out []float64
	for i := range warm + runs {
		started := time.Now()
		h, err := cl.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "bench-control"}, noRetrain)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Get(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if i >= warm {
			out = append(out, time.Since(started).Seconds()*1000/float64(len(steps)))
		}
	}
	slices.Sort(out)
	t.Logf("milliseconds a step over %d runs: median %.1f, P90 %.1f, most %.1f", runs, out[runs/2], out[runs*9/10],
		out[runs-1])
	return out
}
