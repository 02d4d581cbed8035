package registry

import (
	"context"
	"time"

	"lfb/internal/lfb"
)

// RunState is where a run, a monitor run or a backfill stands.
type RunState string

// The states of a run. The last four are how Temporal says that its execution ended
// when the workflow itself could no longer write it down.
const (
	Running    RunState = "running"
	Cancelling RunState = "cancelling" // asked to end, and not over yet
	Succeeded  RunState = "succeeded"  // candidates were trained and compared
	Unchanged  RunState = "unchanged"  // nothing new to train on
	Failed     RunState = "failed"
	Cancelled  RunState = "cancelled"
	Terminated RunState = "terminated"
	TimedOut   RunState = "timed out"
	Superseded RunState = "superseded" // another execution goes on in its place
	Lost       RunState = "lost"       // Temporal knows no such execution
)

// RunStates is all of them.
func RunStates() []RunState {
	return []RunState{Running, Cancelling, Succeeded, Unchanged, Failed, Cancelled, Terminated, TimedOut, Superseded, Lost}
}

// IsOpen says whether what is in that state is not over.
func (s RunState) IsOpen() bool { return s == Running || s == Cancelling }

// Execution is what is known of the workflow execution behind a record.
type Execution struct {
	Namespace string `json:"namespace,omitempty"` // Temporal's id of the namespace: names alone repeat between servers
	StartedBy string `json:"started_by,omitempty"`
	// StartedByVerified says that StartedBy signed in, or is the system itself; a name
	// without it is what a command was told, or what a client of Temporal calls itself.
	StartedByVerified bool   `json:"started_by_verified,omitempty"`
	EndedBy           string `json:"ended_by,omitempty"`      // who ended it from outside, where that is known
	EndedFor          string `json:"ended_for,omitempty"`     // why, where they said it
	NoWorker          bool   `json:"no_worker,omitempty"`     // it is open, and no worker asks its queue for work
	SupersededBy      string `json:"superseded_by,omitempty"` // id of the run that goes on in its place
}

// RecordKind is which table a record is in.
type RecordKind string

// The kinds of record that an execution stands behind.
const (
	RunRecord      RecordKind = "run"
	MonitorRecord  RecordKind = "monitor run"
	BackfillRecord RecordKind = "backfill"
)

// Record is a run, a monitor run or a backfill, as far as its execution goes.
type Record struct {
	Kind          RecordKind
	ID            string
	Origin        lfb.Origin
	State         RunState
	Outcome       string
	Reason        string
	WorkflowID    string // empty in backfills of before this was kept
	WorkflowRunID string
	StartedAt     time.Time
	EndedAt       time.Time
	Execution
	Body []byte // of the row as it was read, to compare with; nil where columns hold all
}

// Record is the run, as far as its execution goes.
func (r Run) Record() Record {
	return Record{
		Kind: RunRecord, ID: r.ID, Origin: r.Origin, State: r.State, Outcome: r.Outcome, Reason: r.Reason,
		WorkflowID: r.WorkflowID, WorkflowRunID: r.WorkflowRunID, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		Execution: r.Execution,
	}
}

// Executions keeps what records say of their executions. mysql.DB is one.
type Executions interface {
	// OpenRecords returns the records that are not over.
	OpenRecords(ctx context.Context) ([]Record, error)
	// SwapRecord replaces state, outcome, reason, end and Execution of an open record
	// where it still is as it was; false where somebody else was faster.
	SwapRecord(ctx context.Context, was, now Record) (bool, error)
	// AdoptRun inserts a run that Temporal knows and the registry does not; of one that
	// is there it replaces the start and the Execution.
	AdoptRun(ctx context.Context, r Run) error
}
