package verb

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"go.temporal.io/sdk/client"

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
	if left, err := e.leave(h, err, "a retrain of "+e.line()+" is running already; starter watch shows it"); left || err != nil {
		return err
	}
	return followRetrain(ctx, e, cl, h.GetID(), h.GetRunID())
}

func watch(ctx context.Context, e *env) error {
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	return followRetrain(ctx, e, cl, cmp.Or(e.arg(0), workflows.RetrainID(e.line())), "")
}

// followRetrain watches to the end. A failed run is exit code 3.
func followRetrain(ctx context.Context, e *env, cl client.Client, id, runID string) error {
	w := e.progress()
	fmt.Fprintf(w, "%s  (%s/namespaces/%s/workflows/%s)\n", id, e.c.Temporal.UI, e.c.Temporal.Namespace, url.PathEscape(id))
	var res workflows.RetrainResult
	err := follow(ctx, cl, id, runID, w, e.terminal(), &res)
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
	if done, err := e.json(&res); done {
		return err
	}
	printResult(e.out, &res)
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
