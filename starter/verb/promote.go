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

func promoteVersion(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("promote needs the version: " + program() + " promote <version> -why '...'")
	}
	return changeChampion(ctx, e, workflows.KindPromote, e.args[0])
}

func rollBack(ctx context.Context, e *env) error {
	return changeChampion(ctx, e, workflows.KindRollback, e.argAt(0))
}

// changeChampion makes one ledger entry through the Promote workflow and says how it
// ended. An empty version is the last good one.
func changeChampion(ctx context.Context, e *env, kind, version string) error {
	if e.c.Starter.Why == "" {
		return fmt.Errorf("%s needs a reason for the ledger: -why '...'", kind)
	}
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	now, err := db.Champion(ctx, e.lineName())
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return err
	}
	r, err := control.PreparePromotion(ctx, db, control.PromotionRequest{
		Line: e.lineName(), Version: version, Seen: now.Revision, Kind: kind, Why: e.c.Starter.Why,
		Unjudged: e.c.Starter.Unjudged,
	})
	if errors.Is(err, control.ErrUnjudged) || errors.Is(err, control.ErrRefused) {
		return fmt.Errorf("%s; by -unjudged: %w", lfb.Plain(err), err)
	}
	if err != nil {
		return err
	}
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartPromote(ctx, cl, workflows.PromoteInput{
		Line: r.Line, Version: r.Version, Seen: r.Seen, Kind: kind, Who: e.callerName(), Why: r.Why,
	})
	if err != nil {
		return err
	}
	var out workflows.PromoteResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	return e.printPromotion(out)
}

// printPromotion says how a change of what serves ended. One that changed nothing, as it
// was stale, rejected or too late, is exit code 3, in JSON too.
func (e *env) printPromotion(out workflows.PromoteResult) error {
	err := e.print(out, func() { fmt.Fprintf(e.out, "%s: %s\n", out.Outcome, out.Reason) })
	if err == nil && out.Outcome != workflows.OutcomePromoted {
		err = app.ExitError{Code: 3}
	}
	return err
}

// decideApproval approves or rejects a promotion that waits for a person. Who reaches the
// database here may do anything; -who names the administrator's account that the
// ledger shows.
func decideApproval(ctx context.Context, e *env) error {
	if len(e.args) != 1 || e.c.Starter.Why == "" {
		return fmt.Errorf("%s %s <workflow id> -why '...'; the waiting run shows the id", program(), e.verb)
	}
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	cl, err := e.dialTemporal(ctx)
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
