package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/registry"
)

// Schedule is what runs by itself.
type Schedule = registry.ScheduleState

// Schedules are the schedules of the workflow service.
type Schedules interface {
	Schedules(ctx context.Context) ([]Schedule, error)
	// Schedule returns one; lfb.ErrNotFound.
	Schedule(ctx context.Context, id string) (Schedule, error)
	// SetSchedule makes the schedule of a kind, retrain or monitor, or changes it;
	// an empty cron is the configured one. lfb.ErrInvalid.
	SetSchedule(ctx context.Context, kind, cron, note string) (Schedule, error)
	// DeleteSchedule ends one; lfb.ErrNotFound.
	DeleteSchedule(ctx context.Context, id string) error
	// Pause stops a schedule, or lets it go on; lfb.ErrNotFound.
	Pause(ctx context.Context, id string, paused bool, note string) error
	// Trigger starts what it would start, now; lfb.ErrNotFound.
	Trigger(ctx context.Context, id string) error
}

type schedulesOutput struct{ Body []Schedule }

type scheduleOutput struct{ Body Schedule }

type setInput struct {
	Kind string `path:"kind" enum:"retrain,monitor"`
	Body struct {
		Cron string `json:"cron,omitempty" maxLength:"100" example:"0 6 5 * *" doc:"When it runs, London time; empty is the configured one"`
		Note string `json:"note" minLength:"1" maxLength:"500"`
	}
}

type noteInput struct {
	ID   string `path:"id"`
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"500"`
	}
}

func (a *api) registerSchedules(doc huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"schedules"}}
		if method != http.MethodGet {
			o.DefaultStatus = http.StatusNoContent
		}
		if method == http.MethodPost {
			o = httpx.Repeatable(o)
		}
		return httpx.Signed(o)
	}
	huma.Register(doc, op("schedules", http.MethodGet, "/v1/schedules", "What runs by itself"),
		func(ctx context.Context, _ *struct{}) (*schedulesOutput, error) {
			if a.Schedules == nil {
				return nil, noTemporal()
			}
			ss, err := a.Schedules.Schedules(ctx)
			return &schedulesOutput{notNil(ss)}, fail(err)
		})
	huma.Register(doc, op("schedule", http.MethodGet, "/v1/schedules/{id}", "One schedule: its next starts, and what it missed and skipped"),
		func(ctx context.Context, in *struct {
			ID string `path:"id"`
		},
		) (*scheduleOutput, error) {
			if a.Schedules == nil {
				return nil, noTemporal()
			}
			s, err := a.Schedules.Schedule(ctx, in.ID)
			return &scheduleOutput{s}, fail(err)
		})
	set := op("set-schedule", http.MethodPut, "/v1/schedules/{kind}", "Make the schedule of retrain or monitor, or change when it runs")
	set.DefaultStatus = http.StatusOK
	huma.Register(doc, set, a.setSchedule)
	huma.Register(doc, op("delete-schedule", http.MethodDelete, "/v1/schedules/{id}", "End a schedule; what it started goes on"),
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Note string `query:"note" maxLength:"500" doc:"Why, for the audit log"`
		},
		) (*struct{}, error) {
			n := &noteInput{ID: in.ID}
			n.Body.Note = in.Note
			return nil, a.onSchedule(ctx, "delete schedule", n, func() error { return a.Schedules.DeleteSchedule(ctx, in.ID) })
		})
	for verb, paused := range map[string]bool{"pause": true, "resume": false} {
		huma.Register(doc, op(verb+"-schedule", http.MethodPost, "/v1/schedules/{id}/"+verb, verb+" a schedule, with a note"),
			func(ctx context.Context, in *noteInput) (*struct{}, error) {
				return nil, a.onSchedule(ctx, verb+" schedule", in, func() error { return a.Schedules.Pause(ctx, in.ID, paused, in.Body.Note) })
			})
	}
	huma.Register(doc, op("trigger-schedule", http.MethodPost, "/v1/schedules/{id}/trigger", "Start what it would start, now"),
		func(ctx context.Context, in *noteInput) (*struct{}, error) {
			return nil, a.onSchedule(ctx, "trigger schedule", in, func() error { return a.Schedules.Trigger(ctx, in.ID) })
		})
}

func (a *api) setSchedule(ctx context.Context, in *setInput) (*scheduleOutput, error) {
	if a.Schedules == nil {
		return nil, noTemporal()
	}
	if err := a.change(ctx, "set schedule", in.Kind, "cron %q: %s", in.Body.Cron, in.Body.Note); err != nil {
		return nil, err
	}
	s, err := a.Schedules.SetSchedule(ctx, in.Kind, in.Body.Cron, in.Body.Note)
	return &scheduleOutput{s}, fail(err)
}

func (a *api) onSchedule(ctx context.Context, action string, in *noteInput, do func() error) error {
	if a.Schedules == nil {
		return noTemporal()
	}
	if err := a.change(ctx, action, in.ID, "%s", in.Body.Note); err != nil {
		return err
	}
	return fail(do())
}
