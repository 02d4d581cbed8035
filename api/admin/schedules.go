package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
)

// Schedule is what retrains by itself.
type Schedule struct {
	ID     string      `json:"id"`
	Paused bool        `json:"paused"`
	Note   string      `json:"note"`
	Cron   []string    `json:"cron"`
	Zone   string      `json:"time_zone"`
	Next   []time.Time `json:"next"`
	Recent []time.Time `json:"recent" doc:"When it started something"`
}

// Schedules are the schedules of the workflow service.
type Schedules interface {
	Schedules(ctx context.Context) ([]Schedule, error)
	// Pause stops a schedule, or lets it go on; lfb.ErrNotFound.
	Pause(ctx context.Context, id string, paused bool, note string) error
	// Trigger starts what it would start, now; lfb.ErrNotFound.
	Trigger(ctx context.Context, id string) error
}

type schedulesOutput struct{ Body []Schedule }

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

func (a *api) onSchedule(ctx context.Context, action string, in *noteInput, do func() error) error {
	if a.Schedules == nil {
		return noTemporal()
	}
	if err := a.change(ctx, action, in.ID, "%s", in.Body.Note); err != nil {
		return err
	}
	return fail(do())
}
