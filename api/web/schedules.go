package web

import (
	"context"
	"fmt"
	"net/http"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Schedules are what runs by itself.
type Schedules interface {
	Schedules(ctx context.Context) ([]registry.ScheduleState, error)
	// ChangeSchedule pauses, resumes or triggers one; lfb.ErrNotFound.
	ChangeSchedule(ctx context.Context, by control.Actor, id, action, note string) error
}

// schedules lists what runs by itself.
func (u *ui) schedules(r *http.Request) (*view, error) {
	list, err := u.Control.Schedules(r.Context())
	return &view{Template: "schedules", Title: "Schedules", Section: "runs", Body: list}, err
}

// scheduleActions are what a form may ask for, and what is said when it is done.
var scheduleActions = map[string]string{
	control.PauseSchedule: "is paused", control.ResumeSchedule: "is resumed",
	control.TriggerSchedule: "was triggered: what it starts shows among the runs",
}

// changeSchedule pauses, resumes or triggers a schedule, with a note.
func (u *ui) changeSchedule(r *http.Request) (*view, error) {
	id, action := r.PathValue("id"), r.PathValue("verb")
	done, ok := scheduleActions[action]
	if !ok {
		return nil, fmt.Errorf("schedules know no %.20q: %w", action, lfb.ErrNotFound)
	}
	note, err := reasonOf(r, "note")
	if err != nil {
		return nil, err
	}
	if err := u.Control.ChangeSchedule(r.Context(), actor(r.Context()), id, action, note); err != nil {
		return nil, err
	}
	return &view{Template: "outcome", Title: "Done", Section: "runs", Body: outcome{
		Done: true, Text: fmt.Sprintf("Schedule %s %s.", id, done), Link: "/schedules", Label: "Schedules",
	}}, nil
}
