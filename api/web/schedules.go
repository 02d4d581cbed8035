package web

import (
	"context"
	"fmt"
	"net/http"

	"lfb/api/admin"
	"lfb/internal/lfb"
)

// Schedules are what runs by itself.
type Schedules interface {
	Schedules(ctx context.Context) ([]admin.Schedule, error)
	// Pause stops one, or lets it go on; lfb.ErrNotFound.
	Pause(ctx context.Context, id string, paused bool, note string) error
	// Trigger starts what it would start, now; lfb.ErrNotFound.
	Trigger(ctx context.Context, id string) error
}

type schedulesBody struct {
	Schedules []admin.Schedule
	Away      string // why there are none
}

// schedules lists what runs by itself.
func (u *ui) schedules(r *http.Request) (*view, error) {
	b := &schedulesBody{}
	v := &view{Template: "schedules", Title: "Schedules", Section: "runs", Body: b}
	if u.Schedules == nil {
		b.Away = "No workflow service is set up."
		return v, nil
	}
	var err error
	b.Schedules, err = u.Schedules.Schedules(r.Context())
	return v, err
}

// onSchedule pauses a schedule with a note, lets it go on, or triggers it.
func (u *ui) onSchedule(r *http.Request) (*view, error) {
	id, verb := r.PathValue("id"), r.PathValue("verb")
	if u.Schedules == nil {
		return nil, noOperator()
	}
	note, err := reasonOf(r, "note")
	if err != nil {
		return nil, err
	}
	var do func(context.Context) error
	var text string
	switch verb {
	case "pause":
		do, text = func(ctx context.Context) error { return u.Schedules.Pause(ctx, id, true, note) }, "is paused"
	case "resume":
		do, text = func(ctx context.Context) error { return u.Schedules.Pause(ctx, id, false, note) }, "goes on"
	case "trigger":
		do, text = func(ctx context.Context) error { return u.Schedules.Trigger(ctx, id) }, "was triggered: what it starts shows among the runs"
	default:
		return nil, fmt.Errorf("schedules know no %.20q: %w", verb, lfb.ErrNotFound)
	}
	if _, err := u.change(r.Context(), verb+" schedule", id, note); err != nil {
		return nil, err
	}
	if err := do(r.Context()); err != nil {
		return nil, err
	}
	return &view{Template: "outcome", Title: "Done", Section: "runs", Status: http.StatusOK, Body: outcome{
		Done: true, Text: fmt.Sprintf("Schedule %s %s.", id, text), Link: "/schedules", Label: "Schedules",
	}}, nil
}
