package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

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
	if left, err := e.leaveDetached(h, err, "a retrain of "+e.lineName()+" is running already; "+program()+
		" watch shows it"); left || err != nil {
		return err
	}
	return followRetrain(ctx, e, cl, h.GetID(), h.GetRunID())
}

func watchRetrain(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	id, runID := cmp.Or(e.argAt(0), workflows.RetrainID(e.lineName())), ""
	if runIDText.MatchString(id) {
		db, err := e.openRecords(ctx)
		if err != nil {
			return err
		}
		r, _, err := db.Run(ctx, id)
		if err != nil {
			return err
		}
		id, runID = r.WorkflowID, r.WorkflowRunID
	}
	return followRetrain(ctx, e, cl, id, runID)
}

// runIDText is a run's id in the registry, as workflows.RunID makes it: no workflow's.
var runIDText = regexp.MustCompile(`^\d{8}-\d{6}-[0-9a-f]+$`)

// stateOf is the state of a run that ended with err, as its record has it.
func stateOf(err error) registry.RunState {
	var (
		cancelled  *temporal.CanceledError
		terminated *temporal.TerminatedError
		late       *temporal.TimeoutError
		app        *temporal.ApplicationError
		child      *temporal.ChildWorkflowExecutionError
	)
	switch {
	case errors.As(err, &app), errors.As(err, &child): // what ended below it made it fail
		return registry.Failed
	case errors.As(err, &cancelled):
		return registry.Cancelled
	case errors.As(err, &terminated):
		return registry.Terminated
	case errors.As(err, &late):
		return registry.TimedOut
	}
	return registry.Failed
}

// followRetrain watches to the end. A failed run is exit code 3.
func followRetrain(ctx context.Context, e *env, cl client.Client, id, runID string) error {
	w := e.progressWriter()
	fmt.Fprintf(w, "%s  (%s/namespaces/%s/workflows/%s)\n", id, e.c.Temporal.UI, e.c.Temporal.Namespace,
		url.PathEscape(id))
	var res workflows.RetrainResult
	err := followProgress(ctx, cl, id, runID, w, e.onTerminal(), &res)
	if err := e.sayEnded("run", err); err != nil {
		return err
	}
	return e.print(&res, func() { printResult(e.out, &res) })
}

func cancelRetrain(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	if err := control.CancelWorkflow(ctx, cl, workflows.RetrainID(e.lineName()), "",
		e.callerName()+", by the starter"); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "asked it to stop; %s watch shows how it ends\n", program())
	return nil
}
