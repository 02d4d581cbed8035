package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// The things that run on schedule.
const (
	ScheduledRetrain = "retrain"
	ScheduledMonitor = "monitor"
	ScheduledPlaces  = "places"
)

// ScheduleKinds is all of them.
func ScheduleKinds() []string { return []string{ScheduledRetrain, ScheduledMonitor, ScheduledPlaces} }

// ScheduleID is the id of a line's schedule of a kind; lfb.ErrInvalid for an
// unknown one.
func ScheduleID(kind, line string) (string, error) {
	switch kind {
	case ScheduledRetrain:
		return workflows.ScheduleID(line), nil
	case ScheduledMonitor:
		return workflows.MonitorScheduleID(line), nil
	case ScheduledPlaces:
		return workflows.PlacesScheduleID(line), nil
	}
	return "", fmt.Errorf("schedule %q: want %v: %w", kind, ScheduleKinds(), lfb.ErrInvalid)
}

// KindOfSchedule is what a schedule starts, and of which line; empty where it is none of ours.
func KindOfSchedule(id string) (kind, line string) {
	for _, line := range lfb.Lines() {
		for _, kind := range ScheduleKinds() {
			if own, _ := ScheduleID(kind, line); own == id { // the kinds are known
				return kind, line
			}
		}
	}
	return "", ""
}

// ScheduleChange is what a schedule shall be.
type ScheduleChange struct {
	Kind string // retrain | monitor | places
	Cron string // empty: what the configuration says
	Note string
}

// scheduleOptions is the schedule that the configuration and a change describe.
// What comes while the last one still runs is skipped, and what was missed is
// caught up within a bound.
func scheduleOptions(c *config.Config, change ScheduleChange) (client.ScheduleOptions, error) {
	line := Line(c)
	id, err := ScheduleID(change.Kind, line)
	if err != nil {
		return client.ScheduleOptions{}, err
	}
	cron := c.Schedule.Cron
	action := &client.ScheduleWorkflowAction{
		ID: "scheduled " + workflows.RetrainID(line), TaskQueue: workflows.QueueControl, Memo: workflows.ContractMemo(),
		Workflow: workflows.ScheduledRetrain, Args: []any{RetrainInput(c, "schedule", "schedule")},
		StaticSummary: "retrain of " + line + " on schedule",
		StaticDetails: workflows.HowToStop,
	}
	switch change.Kind {
	case ScheduledMonitor:
		cron = c.Schedule.Monitor
		action.ID, action.StaticSummary = "scheduled "+workflows.MonitorID(line), "monitor of "+line+" on schedule"
		action.Workflow, action.Args = workflows.Monitor, []any{MonitorInput(c, "schedule", "schedule")}
	case ScheduledPlaces:
		cron = c.Schedule.Places
		in := PlacesInput(c, "schedule")
		action.ID, action.StaticSummary = "scheduled "+workflows.PlacesID(in.Origin), "places on schedule"
		action.Workflow, action.Args = workflows.RefreshPlaces, []any{in}
	}
	if change.Cron != "" {
		cron = change.Cron
	}
	return client.ScheduleOptions{
		ID: id, Spec: client.ScheduleSpec{CronExpressions: []string{cron}, TimeZoneName: c.Schedule.TimeZone}, Action: action,
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: c.Schedule.CatchUp, Note: change.Note,
	}, nil
}

// SetSchedule makes a schedule of the configured source's line, or brings the one
// that is there to what the configuration and the change say; whether it is
// paused stays. Running it twice changes nothing.
func SetSchedule(ctx context.Context, cl client.Client, c *config.Config, change ScheduleChange) error {
	o, err := scheduleOptions(c, change)
	if err != nil {
		return err
	}
	_, err = cl.ScheduleClient().Create(ctx, o)
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return cl.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec, s.Action = &o.Spec, o.Action
			s.Policy = &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow}
			if s.State != nil && change.Note != "" {
				s.State.Note = change.Note
			}
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}

// EnsureSchedules makes the line's schedules where there are none: monitoring
// daily, retraining monthly after the publication, the places quarterly and once when their
// schedule is made. One that is there stays as it
// was set; one of a release before 0.1.0 starts what this release understands.
func EnsureSchedules(ctx context.Context, cl client.Client, c *config.Config) error {
	for _, kind := range ScheduleKinds() {
		o, err := scheduleOptions(c, ScheduleChange{Kind: kind})
		if err != nil {
			return err
		}
		o.TriggerImmediately = kind == ScheduledPlaces
		_, err = cl.ScheduleClient().Create(ctx, o)
		if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			err = renewAction(ctx, cl, o)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o.ID, err)
		}
	}
	return nil
}

// What can be done with a schedule that is there.
const (
	PauseSchedule   = "pause"
	ResumeSchedule  = "resume"
	TriggerSchedule = "trigger" // starts what it would start, now
	DeleteSchedule  = "delete"  // what it started goes on
)

// ChangeSchedule pauses, resumes, triggers or deletes a schedule; the note stays
// with one that is paused or resumed. lfb.ErrNotFound for any other action, lfb.ErrConflict
// where what is triggered runs already.
func ChangeSchedule(ctx context.Context, cl client.Client, by Starter, id, action, note string) error {
	h := cl.ScheduleClient().GetHandle(ctx, id)
	switch action {
	case PauseSchedule:
		return h.Pause(ctx, client.SchedulePauseOptions{Note: note})
	case ResumeSchedule:
		return h.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note})
	case TriggerSchedule:
		return startScheduled(ctx, cl, h, by)
	case DeleteSchedule:
		return h.Delete(ctx)
	}
	return fmt.Errorf("schedules know no %.20q: %w", action, lfb.ErrNotFound)
}

// Starter is who starts something, for its record.
type Starter struct {
	Name     string
	Verified bool // they signed in
}

// startScheduled starts what a schedule would, with its settings and under the one id of
// its line, in the name of who asks; lfb.ErrConflict while it runs. What is none of ours
// the schedule starts itself.
func startScheduled(ctx context.Context, cl client.Client, h client.ScheduleHandle, by Starter) error {
	d, err := h.Describe(ctx)
	if err != nil {
		return err
	}
	kind, _ := KindOfSchedule(h.GetID())
	action, ok := d.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok || kind == "" || !isMarked(action) || len(action.Args) != 1 {
		return h.Trigger(ctx, client.ScheduleTriggerOptions{})
	}
	if len(d.Info.RunningWorkflows) > 0 {
		return errScheduledRuns
	}
	payload, ok := action.Args[0].(*commonpb.Payload)
	if !ok {
		return fmt.Errorf("what schedule %s starts: %w", h.GetID(), lfb.ErrInvalid)
	}
	read := func(into any) error { return converter.GetDefaultDataConverter().FromPayload(payload, into) }
	const manual = "manual"
	switch kind {
	case ScheduledRetrain:
		var in workflows.RetrainInput
		if err = read(&in); err == nil {
			in.Trigger, in.Who, in.WhoVerified = manual, by.Name, by.Verified
			_, err = StartRetrain(ctx, cl, in)
		}
	case ScheduledMonitor:
		var in workflows.MonitorInput
		if err = read(&in); err == nil {
			in.Trigger, in.Who, in.WhoVerified = manual, by.Name, by.Verified
			_, err = StartMonitor(ctx, cl, in)
		}
	case ScheduledPlaces:
		var in workflows.RefreshPlacesInput
		if err = read(&in); err == nil {
			in.Who, in.WhoVerified = by.Name, by.Verified
			_, err = startWorkflow(ctx, cl, startOnly, workflows.PlacesID(in.Origin), "refresh the places of "+
				string(in.Origin)+" rows", workflows.RefreshPlaces, in)
		}
	}
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		return errScheduledRuns
	}
	return err
}

var errScheduledRuns = fmt.Errorf("what this schedule starts is running already: wait until it has ended, or cancel "+
	"it first: %w", lfb.ErrConflict)

// DescribeSchedule says how a schedule stands: asked of itself, as the list of
// schedules is some seconds behind.
func DescribeSchedule(ctx context.Context, cl client.Client, id string) (registry.ScheduleState, error) {
	d, err := cl.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	if err != nil {
		return registry.ScheduleState{}, err
	}
	s := registry.ScheduleState{
		ID: id, Next: d.Info.NextActionTimes, Started: d.Info.NumActions,
		Missed: d.Info.NumActionsMissedCatchupWindow, Skipped: d.Info.NumActionsSkippedOverlap,
	}
	if d.Schedule.State != nil {
		s.Paused, s.Note = d.Schedule.State.Paused, d.Schedule.State.Note
	}
	if d.Schedule.Spec != nil {
		s.Cron, s.Zone = d.Schedule.Spec.CronExpressions, d.Schedule.Spec.TimeZoneName
		for _, c := range d.Schedule.Spec.Calendars { // what the server makes of cron
			s.Cron = append(s.Cron, cronOf(c))
		}
	}
	for _, r := range d.Info.RecentActions {
		s.Recent = append(s.Recent, r.ActualTime)
	}
	return s, lastEnded(ctx, cl, d.Info.RecentActions, &s)
}

// cronOf writes a calendar as the cron expression that says the same: minute, hour,
// day of the month, month, day of the week; with seconds first and years last where
// they are not 0 and every year.
func cronOf(c client.ScheduleCalendarSpec) string {
	fields := []string{
		cronField(c.Minute, 0, 59), cronField(c.Hour, 0, 23), cronField(c.DayOfMonth, 1, 31), cronField(c.Month, 1, 12),
		cronField(c.DayOfWeek, 0, 6),
	}
	second, year := cronField(c.Second, 0, 59), cronField(c.Year, 0, 0)
	if second != "0" || year != "*" {
		fields = append(append([]string{second}, fields...), year)
	}
	return strings.Join(fields, " ")
}

// cronField is one field of it; lo to hi is every value, no range at all is every
// year.
func cronField(ranges []client.ScheduleRange, lo, hi int) string {
	var out []string
	for _, r := range ranges {
		end, text := max(r.End, r.Start), ""
		switch {
		case r.Start == lo && end == hi:
			text = "*"
		case end > r.Start:
			text = fmt.Sprintf("%d-%d", r.Start, end)
		default:
			text = fmt.Sprint(r.Start)
		}
		if r.Step > 1 {
			text += fmt.Sprintf("/%d", r.Step)
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "*"
	}
	return strings.Join(out, ",")
}

// lastEnded finds how the last start that is over ended; one that runs still says
// nothing yet.
func lastEnded(ctx context.Context, cl client.Client, recent []client.ScheduleActionResult,
	s *registry.ScheduleState,
) error {
	for _, r := range slices.Backward(recent) {
		if r.StartWorkflowResult == nil {
			continue
		}
		d, err := cl.DescribeWorkflowExecution(ctx, r.StartWorkflowResult.WorkflowID,
			r.StartWorkflowResult.FirstExecutionRunID)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			return nil // past its retention, and so are those before it
		}
		if err != nil {
			return err
		}
		s.LastID, s.LastStatus = r.StartWorkflowResult.WorkflowID, d.GetWorkflowExecutionInfo().GetStatus().String()
		if s.LastStatus != enums.WORKFLOW_EXECUTION_STATUS_RUNNING.String() {
			return nil
		}
	}
	return nil
}

// ListSchedules says how every schedule of the namespace stands.
func ListSchedules(ctx context.Context, cl client.Client) ([]registry.ScheduleState, error) {
	list, err := cl.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 100})
	if err != nil {
		return nil, err
	}
	var ids []string
	for list.HasNext() {
		e, err := list.Next()
		if err != nil {
			return nil, err
		}
		ids = append(ids, e.ID)
	}
	return describeSchedules(ctx, cl, ids)
}

// describeSchedules leaves out those that are not there, or no longer.
func describeSchedules(ctx context.Context, cl client.Client, ids []string) ([]registry.ScheduleState, error) {
	out := []registry.ScheduleState{}
	for _, id := range ids {
		s, err := DescribeSchedule(ctx, cl, id)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// LineSchedules reads the schedules of one line; activities ask it.
type LineSchedules struct{ Client client.Client }

// ScheduleStates says how the line's own schedules stand; one that was never
// made, or deleted, is left out.
func (s LineSchedules) ScheduleStates(ctx context.Context, line string) ([]registry.ScheduleState, error) {
	var ids []string
	for _, kind := range ScheduleKinds() {
		id, err := ScheduleID(kind, line)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return describeSchedules(ctx, s.Client, ids)
}

// Schedules says how every schedule of the namespace stands.
func (c *Control) Schedules(ctx context.Context) ([]registry.ScheduleState, error) {
	out, err := ListSchedules(ctx, c.client)
	return out, translateError(err)
}

// Schedule says how one schedule stands; lfb.ErrNotFound.
func (c *Control) Schedule(ctx context.Context, id string) (registry.ScheduleState, error) {
	out, err := DescribeSchedule(ctx, c.client, id)
	return out, translateError(err)
}

// SetSchedule makes a schedule of the configured line, or changes it.
func (c *Control) SetSchedule(ctx context.Context, by Actor, change ScheduleChange) (registry.ScheduleState, error) {
	id, err := ScheduleID(change.Kind, Line(c.config))
	if err != nil {
		return registry.ScheduleState{}, err
	}
	detail := fmt.Sprintf("cron %q: %s", change.Cron, change.Note)
	err = c.audit(ctx, by, "set schedule", change.Kind, detail, func() error {
		return translateError(SetSchedule(ctx, c.client, c.config, change))
	})
	if err != nil {
		return registry.ScheduleState{}, err
	}
	return c.Schedule(ctx, id)
}

// ChangeSchedule pauses, resumes, triggers or deletes a schedule; lfb.ErrNotFound
// where there is none of that id.
func (c *Control) ChangeSchedule(ctx context.Context, by Actor, id, action, note string) error {
	return c.audit(ctx, by, action+" schedule", id, note, func() error {
		return translateError(ChangeSchedule(ctx, c.client, Starter{by.Name, true}, id, action, note))
	})
}
