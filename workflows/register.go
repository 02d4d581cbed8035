package workflows

import "go.temporal.io/sdk/worker"

// Register tells w every workflow.
// It takes the SDK's registry interface, so that test environments and replayers fit too.
func Register(w worker.WorkflowRegistry) {
	w.RegisterWorkflow(Retrain)
	w.RegisterWorkflow(Promote)
	w.RegisterWorkflow(ScheduledRetrain)
	w.RegisterWorkflow(Monitor)
	w.RegisterWorkflow(Reproduce)
	w.RegisterWorkflow(Judge)
	w.RegisterWorkflow(Backfill)
	w.RegisterWorkflow(BackfillMonth)
	w.RegisterWorkflow(CollectGarbage)
	w.RegisterWorkflow(RefreshPlaces)
}
