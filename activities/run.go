package activities

import (
	"context"

	"lfb/internal/registry"
)

// SaveRunInput is the run as it stands now.
type SaveRunInput struct{ Run registry.Run }

// SaveRun writes down where a run stands. Sent again, it changes nothing.
func (a *Activities) SaveRun(ctx context.Context, in SaveRunInput) error {
	return wire(a.Runs.SaveRun(ctx, in.Run))
}
