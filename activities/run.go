package activities

import (
	"context"
	"encoding/json"

	"lfb/internal/registry"
)

// SaveRunInput is the run as it stands now.
type SaveRunInput struct {
	Run registry.Run `json:"run"`
	// Steps is what its workflow tells of them at its end; empty before.
	Steps json.RawMessage `json:"steps,omitempty"`
}

// stampNamespace says in a record which Temporal runs it, so that no other one calls it
// lost. It asks each time: what is asked may be another server since.
func (a *Activities) stampNamespace(ctx context.Context, e *registry.Execution) (err error) {
	if a.NamespaceID != nil && e.Namespace == "" {
		e.Namespace, err = a.NamespaceID(ctx)
	}
	return err
}

// SaveRun writes down where a run stands. Sent again, it changes nothing.
func (a *Activities) SaveRun(ctx context.Context, in SaveRunInput) error {
	if err := a.stampNamespace(ctx, &in.Run.Execution); err != nil {
		return err
	}
	if err := a.Runs.SaveRun(ctx, in.Run); err != nil {
		return wire(err)
	}
	if len(in.Steps) > 0 {
		if err := a.Runs.SaveRunSteps(ctx, in.Run.ID, in.Steps); err != nil {
			return wire(err)
		}
	}
	if a.Meter != nil && !in.Run.EndedAt.IsZero() {
		a.Meter.RunEnded(in.Run.Line, in.Run.Outcome)
	}
	return nil
}
