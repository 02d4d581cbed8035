package app

import (
	"context"
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"lfb/internal/config"
	"lfb/workflows"
)

// SetSchedule makes the line's retraining schedule, or brings the one that is
// there to what the configuration says. Running it twice changes nothing.
func SetSchedule(ctx context.Context, cl client.Client, c *config.Config) error {
	in := RetrainInput(c, "schedule", "schedule")
	id := workflows.ScheduleID(in.Source.Origin().Line())
	spec := client.ScheduleSpec{CronExpressions: []string{c.Schedule.Cron}, TimeZoneName: c.Schedule.TimeZone}
	action := &client.ScheduleWorkflowAction{
		ID:            "scheduled " + workflows.RetrainID(in.Source.Origin().Line()),
		Workflow:      workflows.Scheduled,
		Args:          []any{in},
		TaskQueue:     workflows.QueueControl,
		StaticSummary: "retrain of " + in.Source.Origin().Line() + " on schedule",
	}
	_, err := cl.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: id, Spec: spec, Action: action, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: c.Schedule.CatchUp, Note: c.Starter.Why,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return cl.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec, s.Action = &spec, action
			s.Policy = &client.SchedulePolicies{Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: c.Schedule.CatchUp}
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}

// EnsureSchedule makes the line's retraining schedule where there is none. One
// that is there stays as it was set.
func EnsureSchedule(ctx context.Context, c *config.Config, log *zap.Logger) error {
	cl, err := Dial(ctx, c, log)
	if err != nil {
		return err
	}
	defer cl.Close()
	in := RetrainInput(c, "schedule", "schedule")
	_, err = cl.ScheduleClient().GetHandle(ctx, workflows.ScheduleID(in.Source.Origin().Line())).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return SetSchedule(ctx, cl, c)
	}
	return err
}
