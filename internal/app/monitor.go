package app

import (
	"context"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"lfb/internal/config"
	"lfb/internal/registry"
	"lfb/workflows"
)

// MonitorInput is the look at the champion that the configuration asks for.
func MonitorInput(c *config.Config, trigger, who string) workflows.MonitorInput {
	m := c.Monitor
	rule := registry.MonitorRule{
		RMSE: m.RMSE, CoverageLow: m.CoverageLow, CoverageTop: m.CoverageTop, PSI: m.PSI, Wasserstein: m.Wasserstein,
		Months: m.Months, MinRows: m.MinRows, CoolDown: m.CoolDown, StaleData: m.StaleData, StaleModel: m.StaleModel,
	}
	for name := range strings.SplitSeq(m.DriftIgnore, ",") {
		if name = strings.TrimSpace(name); name != "" {
			rule.Ignore = append(rule.Ignore, name)
		}
	}
	return workflows.MonitorInput{
		Source: sourceSpec(c.Source), Rule: rule, History: m.History, Retrain: RetrainInput(c, "monitor", "monitor"),
		Trigger: trigger, Who: who, Force: m.Force,
	}
}

// StartMonitor starts a look at the champion under the line's one id. While one
// runs, the error is Temporal's "already started".
func StartMonitor(ctx context.Context, cl client.Client, in workflows.MonitorInput) (client.WorkflowRun, error) {
	line := in.Source.Origin().Line()
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.MonitorID(line),
		TaskQueue:                                workflows.QueueControl,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "monitor of " + line + " (" + in.Trigger + ")",
	}, workflows.Monitor, in)
}
