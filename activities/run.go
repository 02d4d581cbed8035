package activities

import (
	"context"

	"lfb/internal/registry"
)

// SaveRunInput is the run as it stands now.
type SaveRunInput struct {
	Run registry.Run `json:"run"`
}

// SaveRun writes down where a run stands. Sent again, it changes nothing.
func (a *Activities) SaveRun(ctx context.Context, in SaveRunInput) error {
	if err := a.Runs.SaveRun(ctx, in.Run); err != nil {
		return wire(err)
	}
	if a.Meter != nil && !in.Run.EndedAt.IsZero() {
		a.Meter.RunEnded(in.Run.Line, in.Run.Outcome)
	}
	return nil
}
