package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"lfb/api/admin"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// promoteWait is how long a request waits for a promotion to end.
const promoteWait = 20 * time.Second

// operator is what the admin API asks of Temporal. It connects when it is first
// asked, as the API starts while Temporal is away.
type operator struct {
	config *config.Config
	rights registry.Rights
	log    *zap.Logger

	mu sync.Mutex
	cl client.Client
}

func (o *operator) client(ctx context.Context) (client.Client, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cl != nil {
		return o.cl, nil
	}
	cl, err := Dial(ctx, o.config, o.log)
	if err != nil {
		return nil, err
	}
	o.cl = cl
	return cl, nil
}

func (o *operator) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cl != nil {
		o.cl.Close()
	}
}

// Retrain starts the configured retrain, changed as asked for.
func (o *operator) Retrain(ctx context.Context, ask admin.RetrainAsk) (admin.Started, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return admin.Started{}, err
	}
	run, err := StartRetrain(ctx, cl, retrainAsked(o.config, ask))
	if err != nil {
		return admin.Started{}, plain(err)
	}
	return admin.Started{WorkflowID: run.GetID(), RunID: run.GetRunID()}, nil
}

// retrainAsked is the configured retrain with what was asked for otherwise.
func retrainAsked(c *config.Config, ask admin.RetrainAsk) workflows.RetrainInput {
	in := RetrainInput(c, "manual", ask.Who)
	if len(ask.Candidates) > 0 {
		in.Train.Candidates = ask.Candidates
		if !slices.Contains(ask.Candidates, "baseline") {
			in.Train.Candidates = append([]string{"baseline"}, ask.Candidates...)
		}
	}
	if ask.Seed != 0 {
		in.Train.Seed = ask.Seed
	}
	if ask.Approval != nil {
		in.Promote.Approval = *ask.Approval
	}
	in.Force = in.Force || ask.Force
	return in
}

// Cancel asks a workflow to end; lfb.ErrNotFound where it does not run.
func (o *operator) Cancel(ctx context.Context, workflowID, runID string) error {
	cl, err := o.client(ctx)
	if err != nil {
		return err
	}
	return plain(cl.CancelWorkflow(ctx, workflowID, runID))
}

// Progress asks a retrain where its steps stand; a closed one answers too, while
// Temporal keeps it.
func (o *operator) Progress(ctx context.Context, workflowID, runID string) (workflows.Progress, error) {
	var p workflows.Progress
	cl, err := o.client(ctx)
	if err != nil {
		return p, err
	}
	value, err := cl.QueryWorkflow(ctx, workflowID, runID, workflows.QueryProgress)
	if err != nil {
		return p, plain(err)
	}
	return p, value.Get(&p)
}

// Promote starts a promotion and waits a while for its end.
func (o *operator) Promote(ctx context.Context, in workflows.PromoteInput) (admin.Started, *workflows.PromoteResult, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return admin.Started{}, nil, err
	}
	run, err := StartPromote(ctx, cl, in)
	if err != nil {
		return admin.Started{}, nil, plain(err)
	}
	started := admin.Started{WorkflowID: run.GetID(), RunID: run.GetRunID()}
	wait, cancel := context.WithTimeout(ctx, promoteWait)
	defer cancel()
	var res workflows.PromoteResult
	err = run.Get(wait, &res)
	switch {
	case err == nil:
		return started, &res, nil
	case wait.Err() != nil && ctx.Err() == nil:
		return started, nil, nil // it goes on; the answer has the link
	}
	return started, nil, plain(err)
}

// Schedules lists the schedules of the namespace.
func (o *operator) Schedules(ctx context.Context) ([]registry.ScheduleState, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return nil, err
	}
	out, err := ListSchedules(ctx, cl)
	return out, plain(err)
}

// Schedule says how one schedule stands.
func (o *operator) Schedule(ctx context.Context, id string) (registry.ScheduleState, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return registry.ScheduleState{}, err
	}
	out, err := DescribeSchedule(ctx, cl, id)
	return out, plain(err)
}

// SetSchedule makes a schedule of the configured line, or changes it.
func (o *operator) SetSchedule(ctx context.Context, kind, cron, note string) (registry.ScheduleState, error) {
	id, err := ScheduleID(kind, sourceSpec(o.config.Source).Origin().Line())
	if err != nil {
		return registry.ScheduleState{}, err
	}
	cl, err := o.client(ctx)
	if err != nil {
		return registry.ScheduleState{}, err
	}
	if err := SetSchedule(ctx, cl, o.config, ScheduleChange{Kind: kind, Cron: cron, Note: note}); err != nil {
		return registry.ScheduleState{}, plain(err)
	}
	out, err := DescribeSchedule(ctx, cl, id)
	return out, plain(err)
}

// DeleteSchedule ends a schedule; what it started goes on.
func (o *operator) DeleteSchedule(ctx context.Context, id string) error {
	cl, err := o.client(ctx)
	if err != nil {
		return err
	}
	return plain(cl.ScheduleClient().GetHandle(ctx, id).Delete(ctx))
}

// Monitor starts a look at the champion now.
func (o *operator) Monitor(ctx context.Context, who string, force bool) (admin.Started, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return admin.Started{}, err
	}
	in := MonitorInput(o.config, "manual", who)
	in.Force = force
	run, err := StartMonitor(ctx, cl, in)
	if err != nil {
		return admin.Started{}, plain(err)
	}
	return admin.Started{WorkflowID: run.GetID(), RunID: run.GetRunID()}, nil
}

// Pause stops a schedule, or lets it go on.
func (o *operator) Pause(ctx context.Context, id string, paused bool, note string) error {
	cl, err := o.client(ctx)
	if err != nil {
		return err
	}
	h := cl.ScheduleClient().GetHandle(ctx, id)
	if paused {
		return plain(h.Pause(ctx, client.SchedulePauseOptions{Note: note}))
	}
	return plain(h.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note}))
}

// Trigger starts what a schedule would start, now.
func (o *operator) Trigger(ctx context.Context, id string) error {
	cl, err := o.client(ctx)
	if err != nil {
		return err
	}
	return plain(cl.ScheduleClient().GetHandle(ctx, id).Trigger(ctx, client.ScheduleTriggerOptions{}))
}

// plain turns Temporal's errors into those that say what a caller can do.
func plain(err error) error {
	var (
		started *serviceerror.WorkflowExecutionAlreadyStarted
		missing *serviceerror.NotFound
		unknown *serviceerror.QueryFailed
		away    *serviceerror.Unavailable
		late    *serviceerror.DeadlineExceeded
		app     *temporal.ApplicationError
		bad     *serviceerror.InvalidArgument
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &started):
		return fmt.Errorf("one of this line runs already: %w", lfb.ErrConflict)
	case errors.As(err, &missing):
		return fmt.Errorf("%s: %w", missing.Message, lfb.ErrNotFound)
	case errors.As(err, &bad):
		return fmt.Errorf("%s: %w", bad.Message, lfb.ErrInvalid)
	case errors.As(err, &unknown):
		return fmt.Errorf("a workflow of another kind: %w", lfb.ErrNotFound)
	case errors.As(err, &away), errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("temporal: %w: %w", err, lfb.ErrUnavailable)
	case errors.As(err, &app):
		kind := map[string]error{"conflict": lfb.ErrConflict, "invalid": lfb.ErrInvalid, "permanent": lfb.ErrInvalid}[app.Type()]
		if kind != nil {
			return fmt.Errorf("%s: %w", app.Message(), kind)
		}
	}
	return err
}
