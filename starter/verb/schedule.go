package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.temporal.io/sdk/client"

	"lfb/internal/control"
	"lfb/internal/registry"
)

// runSchedule sets, lists, describes, pauses, resumes, triggers or deletes the
// schedules of the configured source's line. The kind is retrain where none is
// named.
func runSchedule(ctx context.Context, e *env) error {
	action, kind := cmp.Or(e.argAt(0), "list"), cmp.Or(e.argAt(1), control.ScheduledRetrain)
	id, err := control.ScheduleID(kind, e.lineName())
	if err != nil {
		return err
	}
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	if action == "list" {
		return listSchedules(ctx, e, cl)
	}
	done, err := changeSchedule(ctx, e, cl, action, kind, id)
	if err != nil {
		return err
	}
	if action != "describe" && !e.c.Starter.JSON {
		fmt.Fprintf(e.out, "%s: %s\n", id, done)
	}
	if action == "delete" {
		return nil
	}
	return describeSchedule(ctx, e, cl, id)
}

// changeSchedule does what is asked for, and says what was done.
func changeSchedule(ctx context.Context, e *env, cl client.Client, action, kind, id string) (done string, err error) {
	why := e.c.Starter.Why
	switch action {
	case "set":
		return "set", control.SetSchedule(ctx, cl, e.c, control.ScheduleChange{Kind: kind, Cron: e.c.Starter.Cron, Note: why})
	case "describe":
		return "", nil
	case control.PauseSchedule:
		if why == "" {
			return "", errors.New("a pause needs a note: -why '...'")
		}
	case control.ResumeSchedule:
		why = cmp.Or(why, "resumed by "+e.callerName())
	}
	done, ok := map[string]string{
		control.PauseSchedule: "paused", control.ResumeSchedule: "resumed", control.TriggerSchedule: "triggered",
		control.DeleteSchedule: "deleted",
	}[action]
	if !ok {
		return "", fmt.Errorf("schedule %q: want set, describe, pause, resume, trigger, delete or list", action)
	}
	return done, control.ChangeSchedule(ctx, cl, control.Starter{Name: e.callerName()}, id, action, why)
}

func listSchedules(ctx context.Context, e *env, cl client.Client) error {
	all, err := control.ListSchedules(ctx, cl)
	if err != nil {
		return err
	}
	header := table.Row{"schedule", "cron", "paused", "next", "last", "missed", "skipped", "note"}
	return printList(e, all, header, func(s registry.ScheduleState) table.Row {
		return table.Row{s.ID, s.Cron, s.Paused, nextStart(s), s.LastStatus, s.Missed, s.Skipped, s.Note}
	})
}

// nextStart is when a schedule starts something next.
func nextStart(s registry.ScheduleState) string {
	if len(s.Next) == 0 || s.Paused {
		return "–"
	}
	return s.Next[0].Format(time.RFC3339)
}

func describeSchedule(ctx context.Context, e *env, cl client.Client, id string) error {
	s, err := control.DescribeSchedule(ctx, cl, id)
	if err != nil {
		return err
	}
	return e.print(s, func() {
		rows := []table.Row{
			{"cron", fmt.Sprintf("%v %s", s.Cron, s.Zone)},
			{"paused", s.Paused},
			{"note", s.Note},
			{"started", s.Started},
			{"missed (later than the catch-up)", s.Missed},
			{"skipped (the last one still ran)", s.Skipped},
			{"last that ended", s.LastID + " " + s.LastStatus},
		}
		for i, at := range s.Next {
			if !s.Paused && i < 5 {
				rows = append(rows, table.Row{"next", at.Format(time.RFC3339)})
			}
		}
		for _, at := range s.Recent {
			rows = append(rows, table.Row{"started at", at.Format(time.RFC3339)})
		}
		printTable(e.out, table.Row{"schedule", id}, rows, "")
	})
}
