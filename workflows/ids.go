package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
)

// The task queues. A worker polls those it is told to.
const (
	QueueControl = "control" // workflows and light activities
	QueueIO      = "io"      // fetch, load, clean
	QueueTrain   = "train"   // fits and comparisons
)

// RetrainID is the one workflow id of a line's retrains.
func RetrainID(line string) string { return "retrain " + line }

// PromoteID is the workflow id of one promotion: by version and the revision
// that it was decided from, so that the same decision is made once.
func PromoteID(line, version string, revision int64) string {
	return fmt.Sprintf("promote %s %s after revision %d", line, version, revision)
}

// BackfillID is the workflow id of the backfills of one origin's rows: one at a
// time, as each takes all that the training machines have.
func BackfillID(origin lfb.Origin) string { return "backfill " + string(origin) }

// GCID is the workflow id of removing what nothing needs, or of saying what would go:
// one of each at a time.
func GCID(dryRun bool) string {
	if dryRun {
		return "gc dry run"
	}
	return "gc"
}

// BackfillMonthID is the workflow id of one month of a backfill.
func BackfillMonthID(id, month string) string { return "backfill " + id + " as of " + month }

// ReproduceID is the workflow id of making one version again.
func ReproduceID(line, version string) string { return "reproduce " + line + " " + version }

// JudgeID is the workflow id of holding one version against what serves.
func JudgeID(line, version string) string { return "judge " + line + " " + version }

// MonitorID is the one workflow id of the looks at a line that are not on schedule.
func MonitorID(line string) string { return "monitor " + line }

// PlacesID is the workflow id of refreshing the places of an origin.
func PlacesID(origin lfb.Origin) string { return "places " + string(origin) }

// ScheduleID is the id of a line's retraining schedule.
func ScheduleID(line string) string { return "schedule retrain " + line }

// MonitorScheduleID is the id of a line's monitoring schedule.
func MonitorScheduleID(line string) string { return "schedule monitor " + line }

// PlacesScheduleID is the id of a line's schedule of refreshing the places.
func PlacesScheduleID(line string) string { return "schedule places " + line }

// RunID is the registry's id of an execution: when it was started, and enough of
// Temporal's run id to be unique. It sorts by time, to the second. A reset keeps the
// time of the execution that was reset, and has a run id of its own.
func RunID(started time.Time, runID string) string {
	runID = runID[max(len(runID)-runIDDigits, 0):] // its first digits are a clock's
	return started.UTC().Format("20060102-150405") + "-" + runID
}

// executionID is RunID of this execution.
func executionID(ctx workflow.Context) string {
	info := workflow.GetInfo(ctx)
	return RunID(info.WorkflowStartTime, info.WorkflowExecution.RunID)
}

// runIDDigits is how much of Temporal's run id stands in a registry's.
const runIDDigits = 8

// MemoContract is the memo that every execution carries; its value is the version of
// the contracts (names, JSON and commands) that it was started under. An execution
// without it was started before 0.1.0.
const MemoContract = "lfb_contract"

// memoRun is the memo of an execution's id in the registry.
const memoRun = "lfb_run"

// The contracts. What an execution does that one of an older contract did not must ask for
// its own: a start cannot be replayed otherwise.
const (
	contractMemoRun = 2 // memoRun is set
	contractNow     = contractMemoRun
)

// ContractMemo is what a start carries as its memo.
func ContractMemo() map[string]any { return map[string]any{MemoContract: contractNow} }

// contractOf is the contract that this execution was started under; 0 without one.
func contractOf(ctx workflow.Context) (version int) {
	// not ours: 0
	_ = converter.GetDefaultDataConverter().FromPayload(workflow.GetInfo(ctx).Memo.GetFields()[MemoContract], &version)
	return version
}

// noteRun marks an execution with its id in the registry, and with attributes.
func noteRun(ctx workflow.Context, id string, attributes ...temporal.SearchAttributeUpdate) error {
	if contractOf(ctx) >= contractMemoRun {
		if err := workflow.UpsertMemo(ctx, map[string]any{memoRun: id}); err != nil {
			return err
		}
	}
	return workflow.UpsertTypedSearchAttributes(ctx, append(attributes, attrRun.ValueSet(id))...)
}

// HowToStop is the static details of everything that is started.
const HowToStop = "To stop it, **Cancel** it: it then writes down how far it came. Terminate cuts it off in the " +
	"middle, and a minute may " +
	"pass until its record says so. The attribute `LfbRun`, as the memo `lfb_run`, is its id in the web UI, under Runs."

// The search attributes by which runs are found in the Temporal Web UI.
var (
	attrRun     = temporal.NewSearchAttributeKeyKeyword(activities.AttrRun)
	attrLine    = temporal.NewSearchAttributeKeyKeyword(activities.AttrLine)
	attrDataSet = temporal.NewSearchAttributeKeyKeyword(activities.AttrDataSet)
	attrVersion = temporal.NewSearchAttributeKeyKeyword(activities.AttrVersion)
	attrOutcome = temporal.NewSearchAttributeKeyKeyword(activities.AttrOutcome)
	attrAsOf    = temporal.NewSearchAttributeKeyTime(activities.AttrAsOf)
	attrTrigger = temporal.NewSearchAttributeKeyKeyword(activities.AttrTrigger)
)
