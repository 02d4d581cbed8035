package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

func promote(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("promote needs the version: starter promote <version> -why '...'")
	}
	return change(ctx, e, workflows.KindPromote, e.args[0])
}

func rollback(ctx context.Context, e *env) error {
	return change(ctx, e, workflows.KindRollback, e.arg(0))
}

// change makes one ledger entry through the Promote workflow and says how it
// ended. An empty version is the one that served before.
func change(ctx context.Context, e *env, kind, version string) error {
	if e.c.Starter.Why == "" {
		return fmt.Errorf("%s needs a reason for the ledger: -why '...'", kind)
	}
	db, err := e.records(ctx)
	if err != nil {
		return err
	}
	now, err := db.Champion(ctx, e.line())
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return err
	}
	if version == "" {
		if version = now.From; version == "" {
			return fmt.Errorf("line %s has nothing to roll back to", e.line())
		}
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartPromote(ctx, cl, workflows.PromoteInput{
		Line: e.line(), Version: version, Seen: now.Revision,
		Kind: kind, Who: e.who(), Why: e.c.Starter.Why,
	})
	if err != nil {
		return err
	}
	var out workflows.PromoteResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	return e.promoted(out)
}

// promoted says how a change of what serves ended. One that changed nothing, as it
// was stale, rejected or too late, is exit code 3, in JSON too.
func (e *env) promoted(out workflows.PromoteResult) error {
	done, err := e.json(out)
	if err != nil {
		return err
	}
	if !done {
		fmt.Fprintf(e.out, "%s: %s\n", out.Outcome, out.Reason)
	}
	if out.Outcome != workflows.OutcomePromoted {
		return app.ExitError{Code: 3}
	}
	return nil
}

// decide approves or rejects a promotion that waits for a person. Who reaches the
// database here may do anything; -who names the administrator's account that the
// ledger shows.
func decide(ctx context.Context, e *env) error {
	if len(e.args) != 1 || e.c.Starter.Why == "" {
		return fmt.Errorf("starter %s <workflow id> -why '...'; the waiting run shows the id", e.verb)
	}
	db, err := e.records(ctx)
	if err != nil {
		return err
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	who := cmp.Or(e.c.Starter.Who, app.AdminAccount)
	answer, err := control.Decide(ctx, cl, registry.Rights{Store: db, Now: time.Now}, e.args[0], e.verb,
		workflows.Decision{Who: who, Why: e.c.Starter.Why})
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, answer)
	return nil
}
