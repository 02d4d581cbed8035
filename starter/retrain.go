package main

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/app"
	"lfb/internal/registry"
	"lfb/workflows"
)

func retrain(ctx context.Context, e *env) error {
	cl, err := app.Dial(ctx, e.c, e.log)
	if err != nil {
		return err
	}
	defer cl.Close()
	h, err := app.StartRetrain(ctx, cl, app.RetrainInput(e.c, "manual", e.who()))
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fmt.Errorf("a retrain of %s is running already; starter watch shows it", e.line())
	}
	if err != nil {
		return err
	}
	if e.c.Starter.Detach {
		return e.started(h)
	}
	return follow(ctx, e, cl, h.GetID(), h.GetRunID())
}

func watch(ctx context.Context, e *env) error {
	cl, err := app.Dial(ctx, e.c, e.log)
	if err != nil {
		return err
	}
	defer cl.Close()
	id := workflows.RetrainID(e.line())
	if len(e.args) > 0 {
		id = e.args[0]
	}
	return follow(ctx, e, cl, id, "")
}

// follow watches to the end. A failed run is exit code 3.
func follow(ctx context.Context, e *env, cl client.Client, id, runID string) error {
	w := e.out
	if e.c.Starter.JSON {
		w = io.Discard
	}
	fmt.Fprintf(w, "%s  (%s/namespaces/%s/workflows/%s)\n", id, e.c.Temporal.UI, e.c.Temporal.Namespace, url.PathEscape(id))
	res, err := app.Watch(ctx, cl, id, runID, w, e.terminal())
	if app.RunFailed(err) {
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
	app.PrintResult(e.out, res)
	return nil
}

func cancel(ctx context.Context, e *env) error {
	cl, err := app.Dial(ctx, e.c, e.log)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := cl.CancelWorkflow(ctx, workflows.RetrainID(e.line()), ""); err != nil {
		return err
	}
	fmt.Fprintln(e.out, "asked it to stop; starter watch shows how it ends")
	return nil
}
