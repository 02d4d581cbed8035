package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/workflows"
)

// fit is one candidate's activity as the history has it.
type fit struct {
	candidate, worker     string
	scheduled, begun, end time.Time
	attempts              int32
	failure               string // of the attempt before the last
}

func (b *bench) workers(ctx context.Context) error {
	fmt.Println("| workers of one core | retrain, seconds | all fits, seconds | of one worker's | fits by worker |\n|---:|---:|---:|---:|---|")
	var one time.Duration
	var three []fit
	for n := 1; n <= 3; n++ {
		stop, err := b.start(ctx, n)
		if err != nil {
			return err
		}
		h, err := b.retrain(ctx)
		if err != nil {
			return err
		}
		whole, fits, err := b.read(ctx, h)
		if err != nil {
			return err
		}
		stop()
		took := span(fits)
		if n == 1 {
			one = took
		}
		three = fits
		fmt.Printf("| %d | %.1f | %.1f | %.2f | %s |\n", n, whole.Seconds(), took.Seconds(), took.Seconds()/one.Seconds(), shares(fits))
	}
	fmt.Println("\nWith three, from the history:")
	show(three)
	return nil
}

// kill ends one of three workers in the middle of its fit, and starts none in its place.
func (b *bench) kill(ctx context.Context) error {
	stop, err := b.start(ctx, 3)
	if err != nil {
		return err
	}
	defer stop()
	h, err := b.retrain(ctx)
	if err != nil {
		return err
	}
	victim, candidate, err := b.fitting(ctx, h, []string{"randomforest", "gbdt"}, []string{"worker-2", "worker-3"})
	if err != nil {
		return err
	}
	time.Sleep(time.Second)
	b.w.Kill(victim)
	killed := time.Now()
	whole, fits, err := b.read(ctx, h)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s was killed in the fit of %s and not started again; the retrain ended after %.1f s, %.1f s after the kill:\n",
		victim, candidate, whole.Seconds(), time.Since(killed).Seconds())
	show(fits)
	for _, f := range fits {
		if f.candidate == candidate && (f.worker == victim || f.attempts < 2) {
			return fmt.Errorf("%s ended on %s with attempt %d: it was killed too late", candidate, f.worker, f.attempts)
		}
	}
	return nil
}

// retrain starts one with every candidate and a new seed.
func (b *bench) retrain(ctx context.Context) (client.WorkflowRun, error) {
	b.seed++
	in := app.RetrainInput(b.w.Config, "manual", "scaleout")
	in.Force, in.Train.Seed = true, b.seed
	return app.StartRetrain(ctx, b.cl, in)
}

// fitting waits until one of the workers is at one of the candidates.
func (b *bench) fitting(ctx context.Context, h client.WorkflowRun, candidates, workers []string) (worker, candidate string, err error) {
	for ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
		d, err := b.cl.DescribeWorkflowExecution(ctx, h.GetID(), h.GetRunID())
		if err != nil {
			return "", "", err
		}
		if d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return "", "", fmt.Errorf("the retrain ended before any of %q was seen on any of %q", candidates, workers)
		}
		names, err := b.candidates(ctx, h)
		if err != nil {
			return "", "", err
		}
		for _, p := range d.GetPendingActivities() {
			worker, candidate = b.nameOf(p.GetLastWorkerIdentity()), names[p.GetActivityId()]
			if p.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED && slices.Contains(candidates, candidate) && slices.Contains(workers, worker) {
				return worker, candidate, nil
			}
		}
	}
	return "", "", ctx.Err()
}

// candidates is what is fitted, by activity id.
func (b *bench) candidates(ctx context.Context, h client.WorkflowRun) (map[string]string, error) {
	out := map[string]string{}
	return out, b.each(ctx, h, func(e *historypb.HistoryEvent) error {
		a := e.GetActivityTaskScheduledEventAttributes()
		if a.GetActivityType().GetName() != "Train" {
			return nil
		}
		var in activities.TrainInput
		err := converter.GetDefaultDataConverter().FromPayloads(a.GetInput(), &in)
		out[a.GetActivityId()] = in.Candidate
		return err
	})
}

// each gives the events that there are.
func (b *bench) each(ctx context.Context, h client.WorkflowRun, do func(*historypb.HistoryEvent) error) error {
	it := b.cl.GetWorkflowHistory(ctx, h.GetID(), h.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}

// read waits for the end and reads who did what.
func (b *bench) read(ctx context.Context, h client.WorkflowRun) (whole time.Duration, fits []fit, err error) {
	var out workflows.RetrainResult
	if err := h.Get(ctx, &out); err != nil {
		return 0, nil, err
	}
	names, err := b.candidates(ctx, h)
	if err != nil {
		return 0, nil, err
	}
	var first, last time.Time
	at := map[int64]int{} // event id of the scheduling → fit
	err = b.each(ctx, h, func(e *historypb.HistoryEvent) error {
		now := e.GetEventTime().AsTime()
		if first.IsZero() {
			first = now
		}
		last = now
		switch {
		case e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == "Train":
			at[e.GetEventId()] = len(fits)
			fits = append(fits, fit{candidate: names[e.GetActivityTaskScheduledEventAttributes().GetActivityId()], scheduled: now})
		case e.GetActivityTaskStartedEventAttributes() != nil:
			a := e.GetActivityTaskStartedEventAttributes()
			if k, ok := at[a.GetScheduledEventId()]; ok {
				fits[k].begun, fits[k].worker, fits[k].attempts, fits[k].failure = now, b.nameOf(a.GetIdentity()), a.GetAttempt(), a.GetLastFailure().GetMessage()
			}
		case e.GetActivityTaskCompletedEventAttributes() != nil:
			if k, ok := at[e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId()]; ok {
				fits[k].end = now
			}
		case e.GetActivityTaskFailedEventAttributes() != nil:
			return fmt.Errorf("an activity failed: %s", e.GetActivityTaskFailedEventAttributes().GetFailure().GetMessage())
		}
		return nil
	})
	return last.Sub(first), fits, err
}

// nameOf is the worker of an identity, which begins with its process id.
func (b *bench) nameOf(identity string) string {
	pid, _, _ := strings.Cut(identity, "@")
	for k := range 3 {
		if name := fmt.Sprintf("worker-%d", k+1); strconv.Itoa(b.w.PID(name)) == pid {
			return name
		}
	}
	return identity
}

// span is from the first fit's scheduling to the last one's end.
func span(fits []fit) time.Duration {
	first, last := fits[0].scheduled, fits[0].end
	for _, f := range fits {
		if f.end.After(last) {
			last = f.end
		}
	}
	return last.Sub(first)
}

func shares(fits []fit) string {
	by := map[string][]string{}
	var names []string
	for _, f := range fits {
		if by[f.worker] == nil {
			names = append(names, f.worker)
		}
		by[f.worker] = append(by[f.worker], f.candidate)
	}
	slices.Sort(names)
	var out []string
	for _, n := range names {
		out = append(out, n+": "+strings.Join(by[n], ", "))
	}
	return strings.Join(out, "; ")
}

func show(fits []fit) {
	fmt.Println("\n| candidate | worker | waited s | took s | attempt | the one before |\n|---|---|---:|---:|---:|---|")
	for _, f := range fits {
		fmt.Printf("| %s | %s | %.1f | %.1f | %d | %s |\n", f.candidate, f.worker, f.begun.Sub(f.scheduled).Seconds(), f.end.Sub(f.begun).Seconds(), f.attempts, f.failure)
	}
}
