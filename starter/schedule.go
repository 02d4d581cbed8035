package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.temporal.io/sdk/client"

	"lfb/internal/app"
	"lfb/workflows"
)

// schedule sets, describes, pauses, resumes, triggers or deletes the retraining
// schedule of the configured source's line.
func schedule(ctx context.Context, e *env) error {
	cl, err := app.Dial(ctx, e.c, e.log)
	if err != nil {
		return err
	}
	defer cl.Close()
	h := cl.ScheduleClient().GetHandle(ctx, workflows.ScheduleID(e.line()))
	action := "list"
	if len(e.args) > 0 {
		action = e.args[0]
	}
	switch action {
	case "list":
		return listSchedules(ctx, e, cl)
	case "set":
		err = app.SetSchedule(ctx, cl, e.c)
	case "pause":
		err = h.Pause(ctx, client.SchedulePauseOptions{Note: e.c.Starter.Why})
	case "resume":
		err = h.Unpause(ctx, client.ScheduleUnpauseOptions{Note: e.c.Starter.Why})
	case "trigger":
		err = h.Trigger(ctx, client.ScheduleTriggerOptions{})
	case "delete":
		err = h.Delete(ctx)
	default:
		return fmt.Errorf("schedule %q: want set, pause, resume, trigger, delete or list", action)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s: %s\n", h.GetID(), map[string]string{
		"set": "set", "pause": "paused", "resume": "resumed",
		"trigger": "triggered", "delete": "deleted",
	}[action])
	return nil
}

// scheduled is what is shown of one schedule.
type scheduled struct {
	ID      string      `json:"id"`
	Paused  bool        `json:"paused"`
	Note    string      `json:"note"`
	Next    []time.Time `json:"next"`
	Last    time.Time   `json:"last,omitzero"`
	Missed  int         `json:"missed_catch_up"`
	Skipped int         `json:"skipped_overlap"`
}

func listSchedules(ctx context.Context, e *env, cl client.Client) error {
	it, err := cl.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return err
	}
	list := []scheduled{}
	for it.HasNext() {
		entry, err := it.Next()
		if err != nil {
			return err
		}
		d, err := cl.ScheduleClient().GetHandle(ctx, entry.ID).Describe(ctx)
		if err != nil {
			return err
		}
		s := scheduled{
			ID: entry.ID, Paused: d.Schedule.State.Paused, Note: d.Schedule.State.Note,
			Next: d.Info.NextActionTimes, Missed: d.Info.NumActionsMissedCatchupWindow, Skipped: d.Info.NumActionsSkippedOverlap,
		}
		if n := len(d.Info.RecentActions); n > 0 {
			s.Last = d.Info.RecentActions[n-1].ActualTime
		}
		list = append(list, s)
	}
	if done, err := e.json(list); done {
		return err
	}
	rows := make([]table.Row, 0, len(list))
	for _, s := range list {
		next := "–"
		if len(s.Next) > 0 && !s.Paused {
			next = s.Next[0].Format(time.RFC3339)
		}
		rows = append(rows, table.Row{s.ID, s.Paused, next, s.Missed, s.Skipped, s.Note})
	}
	e.table(table.Row{"schedule", "paused", "next", "missed", "skipped", "note"}, rows)
	return nil
}
