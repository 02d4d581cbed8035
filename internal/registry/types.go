package registry

import (
	"encoding/json"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Run is one retrain.
type Run struct {
	ID            string          `json:"id"`   // the workflow id and run id in one: unique and stable over retries
	Line          string          `json:"line"` // line of models
	Origin        lfb.Origin      `json:"origin"`
	State         RunState        `json:"state"`
	Outcome       string          `json:"outcome"` // promoted | kept | refused | awaiting approval | …; empty while it is open
	Reason        string          `json:"reason"`  // one sentence: the verdict or the error
	Trigger       string          `json:"trigger"` // manual | schedule | monitor | backfill | first start
	DataSet       string          `json:"data_set,omitempty"`
	Seed          uint64          `json:"seed"`
	Config        json.RawMessage `json:"config,omitempty"` // what the run was asked to do
	WorkflowID    string          `json:"workflow_id"`
	WorkflowRunID string          `json:"workflow_run_id"`
	StartedAt     time.Time       `json:"started_at"`
	EndedAt       time.Time       `json:"ended_at,omitzero"`
	Execution
}

// Outcomes are how runs end, as people look for them.
func Outcomes() []string {
	return []string{
		"promoted", "provisional", "kept", "refused", "awaiting approval", "rejected", "expired", "stale",
		"unchanged", "failed", "cancelled",
	}
}

// Triggers are what starts runs.
func Triggers() []string { return []string{"manual", "schedule", "monitor", "first start", "backfill"} }

// LogLine is what an activity logged while it ran.
type LogLine struct {
	At    time.Time `json:"at"`
	Level string    `json:"level"` // info | warning | error
	Text  string    `json:"text"`
}

// StepLog is the last lines that an attempt of an activity logged.
type StepLog struct {
	WorkflowRunID string
	ActivityID    string
	Attempt       int
	Lines         []LogLine
}

// Candidate is one row of a run's leaderboard.
type Candidate struct {
	RunID     string          `json:"run_id"`
	Name      string          `json:"name"`  // of package catalog, or champion
	State     string          `json:"state"` // trained | failed
	Error     string          `json:"error,omitempty"`
	Version   string          `json:"version,omitempty"` // of the bundle
	Bundle    lfb.Ref         `json:"bundle,omitzero"`
	Recipe    json.RawMessage `json:"recipe,omitempty"`
	Valid     ml.Report       `json:"valid"`   // what it was ranked by
	Holdout   ml.Report       `json:"holdout"` // shown; used for the winner only
	Rank      int             `json:"rank"`    // 1 = winner; 0 = not ranked
	FitTime   time.Duration   `json:"fit_time"`
	TrainedTo time.Time       `json:"trained_to,omitzero"`
	// ValidSent and HoldoutSent are the first engines with the station known that
	// arrived: upper bounds, shown and never used. Nil where no head takes it.
	ValidSent   *ml.Metrics  `json:"valid_sent,omitempty"`
	HoldoutSent *ml.Metrics  `json:"holdout_sent,omitempty"`
	Search      lfb.Ref      `json:"search,omitzero"`    // the trials by which its recipe was found, as JSON
	Relevance   lfb.Ref      `json:"relevance,omitzero"` // which columns help more than chance, as JSON
	Curve       []CurvePoint `json:"curve,omitempty"`    // how its fit went; empty where it has no rounds
	// The RMSE on the hold-out less that of the champion and of the best baseline, first
	// engine, seconds. Nil where there is none, and in runs of older releases.
	VsChampion *ml.Interval `json:"vs_champion,omitempty"`
	VsBaseline *ml.Interval `json:"vs_baseline,omitempty"`
	Verdict    lfb.Ref      `json:"verdict,omitzero"` // of the gate on the winner, as JSON
	// RefitOf is the version of the same run that this is a refit of: Holdout is that version's. Empty for others.
	RefitOf string `json:"refit_of,omitempty"`
}

// CurvePoint is how far a fit had come: the least loss on validation by then, in
// the measure that the fit minimises.
type CurvePoint struct {
	Done  int     `json:"done"` // rounds
	Valid float64 `json:"valid"`
}

// Version is a model bundle that the registry knows.
type Version struct {
	ID        string     `json:"id"` // first 12 hex digits of the bundle's SHA-256
	Line      string     `json:"line"`
	Origin    lfb.Origin `json:"origin"`
	Bundle    lfb.Ref    `json:"bundle"`
	RunID     string     `json:"run_id"`
	Candidate string     `json:"candidate"`
	DataSet   string     `json:"data_set"`
	TrainedTo time.Time  `json:"trained_to"` // no row later than this was learned from, calibration included
	Holdout   ml.Report  `json:"holdout"`
	CreatedAt time.Time  `json:"created_at"`
	Rank      int        `json:"rank,omitempty"` // in its run; 1 = winner, 0 not known
	Code      string     `json:"code,omitempty"` // git revision of the program that compared it
	// Explanation says what moves its answers and where they are wrong; zero in versions
	// that were not explained when they were made.
	Explanation lfb.Ref `json:"explanation,omitzero"`
	// RefitOf is the version that passed the gate, of which this is the recipe fitted again on every row up to the end
	// of the hold-out: Holdout is that version's, which was judged. Empty for others.
	RefitOf string `json:"refit_of,omitempty"`
	// Provisional says why it serves only until another passes the gate; nil where it may serve for good.
	Provisional *Provisional `json:"provisional,omitempty"`
}

// Promotion is one entry of the ledger. The champion of a line is To of the
// entry with the highest Revision; there is no second truth.
type Promotion struct {
	Line     string          `json:"line"`
	Revision int64           `json:"revision"` // 1, 2, …; key with Line
	From     string          `json:"from"`     // version that served before; empty for the first
	To       string          `json:"to"`
	Kind     string          `json:"kind"` // promote | rollback | refit
	Who      string          `json:"who"`
	Why      string          `json:"why"`
	RunID    string          `json:"run_id,omitempty"`
	At       time.Time       `json:"at"`
	Token    string          `json:"token"`              // of the request: asking again with it finds this entry
	Evidence json.RawMessage `json:"evidence,omitempty"` // the gate's Verdict
}

// Query selects runs.
type Query struct {
	Line    string // empty: all but those of backfills
	State   RunState
	Outcome string    // promoted, refused, …; empty: any
	Trigger string    // manual, schedule, …; empty: any
	Sort    string    // started (default) | duration | state
	Reverse bool      // oldest first
	After   string    // id of the last run of the page before
	Before  time.Time // those that started earlier only; zero: all
	Limit   int       // 0 = 50
}
