package verb

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/registry"
	"lfb/workflows"
)

func retrain(ctx context.Context, e *env) error {
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartRetrain(ctx, cl, control.RetrainInput(e.c, "manual", e.who()))
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fmt.Errorf("a retrain of %s is running already; starter watch shows it", e.line())
	}
	if err != nil {
		return err
	}
	if e.c.Starter.Detach {
		return e.started(h)
	}
	return followRetrain(ctx, e, cl, h.GetID(), h.GetRunID())
}

func watch(ctx context.Context, e *env) error {
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	id := workflows.RetrainID(e.line())
	if len(e.args) > 0 {
		id = e.args[0]
	}
	return followRetrain(ctx, e, cl, id, "")
}

// followRetrain watches to the end. A failed run is exit code 3.
func followRetrain(ctx context.Context, e *env, cl client.Client, id, runID string) error {
	w := e.out
	if e.c.Starter.JSON {
		w = io.Discard
	}
	fmt.Fprintf(w, "%s  (%s/namespaces/%s/workflows/%s)\n", id, e.c.Temporal.UI, e.c.Temporal.Namespace, url.PathEscape(id))
	res, err := watchRetrain(ctx, cl, id, runID, w, e.terminal())
	if control.RunFailed(err) {
		fmt.Fprintf(w, "\nthe run failed; what served before still serves\n")
		if done, jerr := e.json(map[string]any{"state": registry.Failed, "error": err.Error()}); done && jerr != nil {
			return jerr
		}
		return app.ExitError{Code: 3}
	}
	if err != nil {
		return err
	}
	if done, err := e.json(res); done {
		return err
	}
	printResult(e.out, res)
	return nil
}

func cancel(ctx context.Context, e *env) error {
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	if err := cl.CancelWorkflow(ctx, workflows.RetrainID(e.line()), ""); err != nil {
		return err
	}
	fmt.Fprintln(e.out, "asked it to stop; starter watch shows how it ends")
	return nil
}
