package verb

import (
	"context"
	"errors"
	"fmt"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/internal/control"
)

// reproduce fits a version again. A bundle that differs is exit code 3.
func reproduce(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("reproduce needs the version: starter reproduce <version>")
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartReproduce(ctx, cl, e.line(), e.args[0])
	if err != nil {
		return err
	}
	var r activities.ReproduceResult
	if err := h.Get(ctx, &r); err != nil {
		return fmt.Errorf("reproduce %s of %s: %s", e.args[0], e.line(), control.Cause(err))
	}
	if done, err := e.json(r); done {
		return errors.Join(err, reproduceCode(r))
	}
	fmt.Fprintf(e.out, "version %s (%s, data set %s, run %s): %s\n  %s\n", r.Version, r.Candidate, r.DataSet, r.RunID, r.Outcome, r.Reason)
	fmt.Fprintf(e.out, "  recorded %s\n  made     %s\n", r.Want, r.Got)
	for _, n := range r.Notes {
		fmt.Fprintln(e.out, "  the records disagree:", n)
	}
	return reproduceCode(r)
}

func reproduceCode(r activities.ReproduceResult) error {
	if r.Outcome == activities.NotTheSame {
		return app.ExitError{Code: 3}
	}
	return nil
}
