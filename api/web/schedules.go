package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

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

// listSchedules lists what runs by itself.
func (u *ui) listSchedules(r *http.Request) (*view, error) {
	list, err := u.Control.Schedules(r.Context())
	return &view{Template: "schedules", Title: "Schedules", Section: "runs", Body: list}, err
}

// changeSchedule pauses, resumes or triggers a schedule, with a note.
func (u *ui) changeSchedule(r *http.Request) (*view, error) {
	action := r.PathValue("verb")
	if !slices.Contains([]string{control.PauseSchedule, control.ResumeSchedule, control.TriggerSchedule}, action) {
		return nil, fmt.Errorf("schedules know no %.20q: %w", action, lfb.ErrNotFound)
	}
	note, err := readReason(r, "note")
	if err != nil {
		return nil, err
	}
	err = u.Control.ChangeSchedule(r.Context(), actorOf(r.Context()), r.PathValue("id"), action, note)
	return redirectAfter(r, action, "/schedules"), err
}
