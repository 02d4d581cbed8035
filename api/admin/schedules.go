package admin

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/registry"
)

type setInput struct {
	ID   string `path:"id" enum:"retrain,monitor,places"`
	Body struct {
		Cron string `json:"cron,omitempty" maxLength:"100" example:"0 6 5 * *" doc:"When it runs, London time; empty is the configured one"`
		Reason
	}
}

type deleteInput struct {
	ID   string `path:"id"`
	Note string `query:"note" maxLength:"1000" doc:"Why, for the audit log"`
	Why  string `query:"why" maxLength:"1000" doc:"The same as note"`
}

type noteInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason
	}
}

func (a *api) registerSchedules(doc huma.API) {
	const tag = "schedules"
	registerList(doc, tag, "schedules", "/v1/schedules", "What runs by itself",
		func(ctx context.Context, _ *PageInput) ([]registry.ScheduleState, error) {
			return a.Control.Schedules(ctx)
		}, func(s registry.ScheduleState) string { return s.ID })
	registerGet(doc, tag, "schedule", "/v1/schedules/{id}",
		"One schedule: its next starts, and what it missed and skipped",
		func(ctx context.Context, in *idInput) (registry.ScheduleState, error) {
			return a.Control.Schedule(ctx, in.ID)
		})
	set := newOperation(tag, http.MethodPut, "set-schedule", "/v1/schedules/{id}",
		"Make the schedule of retrain, monitor or places, or change when it runs")
	set.DefaultStatus = http.StatusOK
	registerChange(doc, set, func(ctx context.Context, by control.Actor,
		in *setInput,
	) (*output[registry.ScheduleState], error) {
		s, err := a.Control.SetSchedule(ctx, by, control.ScheduleChange{
			Kind: in.ID, Cron: in.Body.Cron,
			Note: in.Body.text(),
		})
		return &output[registry.ScheduleState]{s}, err
	})
	op := func(method, id, path, summary string) huma.Operation {
		o := newOperation(tag, method, id, path, summary)
		o.DefaultStatus = http.StatusNoContent
		return o
	}
	registerChange(doc, op(http.MethodDelete, "delete-schedule", "/v1/schedules/{id}",
		"Delete a schedule; what it started continues"),
		func(ctx context.Context, by control.Actor, in *deleteInput) (*struct{}, error) {
			return nil, a.Control.ChangeSchedule(ctx, by, in.ID, control.DeleteSchedule, cmp.Or(in.Note, in.Why))
		})
	for _, change := range []struct{ action, summary string }{ // no map: the document has them in this order
		{control.PauseSchedule, "Pause a schedule, with a note"},
		{control.ResumeSchedule, "Resume a schedule, with a note"},
		{control.TriggerSchedule, "Start what it would start, now"},
	} {
		registerChange(doc, op(http.MethodPost, change.action+"-schedule", "/v1/schedules/{id}/"+change.action,
			change.summary),
			func(ctx context.Context, by control.Actor, in *noteInput) (*struct{}, error) {
				return nil, a.Control.ChangeSchedule(ctx, by, in.ID, change.action, in.Body.text())
			})
	}
}
