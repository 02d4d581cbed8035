package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"go.temporal.io/sdk/client"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/registry"
	"lfb/workflows"
)

func startRetrain(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartRetrain(ctx, cl, control.RetrainInput(e.c, "manual", e.callerName()))
	if left, err := e.leaveDetached(h, err, "a retrain of "+e.lineName()+" is running already; "+program()+" watch shows it"); left || err != nil {
		return err
	}
	return followRetrain(ctx, e, cl, h.GetID(), h.GetRunID())
}

func watchRetrain(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	return followRetrain(ctx, e, cl, cmp.Or(e.argAt(0), workflows.RetrainID(e.lineName())), "")
}

// followRetrain watches to the end. A failed run is exit code 3.
func followRetrain(ctx context.Context, e *env, cl client.Client, id, runID string) error {
	w := e.progressWriter()
	fmt.Fprintf(w, "%s  (%s/namespaces/%s/workflows/%s)\n", id, e.c.Temporal.UI, e.c.Temporal.Namespace, url.PathEscape(id))
	var res workflows.RetrainResult
	err := followProgress(ctx, cl, id, runID, w, e.onTerminal(), &res)
	if control.RunFailed(err) {
		return errors.Join(app.ExitError{Code: 3}, e.print(map[string]any{"state": registry.Failed, "error": control.Cause(err)}, func() {
			fmt.Fprintf(w, "\nthe run failed; what served before still serves\n")
		}))
	}
	if err != nil {
		return err
	}
	return e.print(&res, func() { printResult(e.out, &res) })
}

func cancelRetrain(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	if err := control.CancelWorkflow(ctx, cl, workflows.RetrainID(e.lineName()), "", e.callerName()+", by the starter"); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "asked it to stop; %s watch shows how it ends\n", program())
	return nil
}
