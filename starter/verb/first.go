package verb

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// FirstRun starts a retrain where the configured source's line has no champion
// yet, shows its progress, and prints the champion and its leaderboard. A
// retrain that runs already, as after a restart, is watched to its end.
func FirstRun(ctx context.Context, c *config.Config, log *zap.Logger, w io.Writer, terminal bool) error {
	e := &env{c: c, log: log, out: w}
	defer e.closeAll()
	if err := showChampion(ctx, e); !errors.Is(err, lfb.ErrNotFound) {
		return err
	}
	in := control.RetrainInput(c, "first start", "first start")
	in.Train.Tune.Trials = 0 // somebody waits for a first champion: the next retrain searches
	line := in.Source.Origin().Line()
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nno champion of %s yet: retraining on the %s source\n", line, in.Source.Name)
	id, run := workflows.RetrainID(line), ""
	h, err := control.StartRetrain(ctx, cl, in)
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		fmt.Fprintln(w, "a retrain is running already; it goes on where it was")
	case err != nil:
		return err
	default:
		run = h.GetRunID()
	}
	var res workflows.RetrainResult
	err = followProgress(ctx, cl, id, run, w, terminal, &res)
	if control.RunFailed(err) {
		fmt.Fprintf(w, "\n%s\n", endText("run", err))
		return nil // the process goes on: what served before still serves
	}
	if err != nil {
		return err
	}
	printResult(w, &res)
	return nil
}
