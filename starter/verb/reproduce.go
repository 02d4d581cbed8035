package verb

import (
	"context"
	"errors"
	"fmt"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/internal/control"
)

// reproduceVersion fits a version again. A bundle that differs is exit code 3.
func reproduceVersion(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("reproduce needs the version: " + program() + " reproduce <version>")
	}
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartReproduce(ctx, cl, e.lineName(), e.args[0])
	if err != nil {
		return err
	}
	var r activities.ReproduceResult
	if err := h.Get(ctx, &r); err != nil {
		return fmt.Errorf("reproduce %s of %s: %s", e.args[0], e.lineName(), control.Cause(err))
	}
	err = e.print(r, func() {
		fmt.Fprintf(e.out, "version %s (%s, data set %s, run %s): %s\n  %s\n", r.Version, r.Candidate, r.DataSet, r.RunID,
			r.Outcome, r.Reason)
		fmt.Fprintf(e.out, "  recorded %s\n  made     %s\n", r.Want, r.Got)
		for _, n := range r.Notes {
			fmt.Fprintln(e.out, "  the records disagree:", n)
		}
	})
	if err == nil && r.Outcome == activities.NotTheSame {
		err = app.ExitError{Code: 3}
	}
	return err
}
