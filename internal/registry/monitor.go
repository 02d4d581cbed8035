package registry

import (
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Monitoring is one monitor run: how it did on what has been published
// since it learned, how far the world has moved, and what follows from it.
type Monitoring struct {
	ID            string          `json:"id"` // sorts by time
	Line          string          `json:"line"`
	Origin        lfb.Origin      `json:"origin"`
	Trigger       string          `json:"trigger"` // manual | schedule
	State         RunState        `json:"state"`
	Outcome       string          `json:"outcome"` // one of the Monitor… constants; empty while running
	Reason        string          `json:"reason"`  // one sentence
	Version       string          `json:"version,omitempty"`
	Revision      int64           `json:"revision,omitempty"`
	TrainedTo     time.Time       `json:"trained_to,omitzero"`   // of the champion: later rows only are scored
	Provisional   *Provisional    `json:"provisional,omitempty"` // of the champion; nil where it passed the gate
	DataSet       string          `json:"data_set,omitempty"`
	LastCall      time.Time       `json:"last_call,omitzero"` // of the data set
	Months        []Realised      `json:"months"`             // of this monitor run, oldest first, without slices
	Drift         []Drift         `json:"drift"`              // worst first
	Verdict       *MonitorVerdict `json:"verdict,omitempty"`  // nil where nothing was judged
	Retrain       *StartedRetrain `json:"retrain,omitempty"`  // what it started
	Schedules     []ScheduleState `json:"schedules"`
	Alarms        []string        `json:"alarms"` // names of the alarms that are open after it
	WorkflowID    string          `json:"workflow_id"`
	WorkflowRunID string          `json:"workflow_run_id"`
	StartedAt     time.Time       `json:"started_at"`
	EndedAt       time.Time       `json:"ended_at,omitzero"`
	Execution
}

// How a monitor run ended.
const (
	MonitorUnchanged  = "unchanged"       // nothing new since the last monitor run
	MonitorNoChampion = "no champion"     // nothing serves yet
	MonitorFine       = "fine"            // the rule does not ask for a retrain
	MonitorHeld       = "held back"       // it does, but not now: Reason says why
	MonitorStarted    = "retrain started" //
)

// Basis says which answers were scored.
type Basis string

// The bases.
const (
	Logged Basis = "logged" // what was answered at the time, joined to what happened
	Afresh Basis = "afresh" // the champion's answer to every published row
)

// Realised is how one version did in one month that it had not learned from.
type Realised struct {
	Line         string    `json:"line"`
	Version      string    `json:"version"`
	Month        string    `json:"month"` // 2017-04, London
	Basis        Basis     `json:"basis"`
	Report       ml.Report `json:"report"`         // overall, first engine, slices
	Join         *Join     `json:"join,omitempty"` // for Logged
	DataSet      string    `json:"data_set"`
	MonitoringID string    `json:"monitoring_id"`
	ScoredAt     time.Time `json:"scored_at"`
}

// Join counts what became of the logged predictions of a month.
type Join struct {
	Predictions int `json:"predictions"` // logged for calls of the month
	ByIncident  int `json:"by_incident"` // joined by the incident's number
	ByPlace     int `json:"by_place"`    // joined by place and time
	Repeated    int `json:"repeated"`    // asked again for an outcome that is counted already
	NoOutcome   int `json:"no_outcome"`  // nothing published fits
	Learned     int `json:"learned"`     // the version had learned from that time: not scored
}

// Matched is how many were scored.
func (j Join) Matched() int { return j.ByIncident + j.ByPlace }

// Drift is how far one feature's values moved from those that the champion was
// trained on. Shares are in [0, 1].
type Drift struct {
	Feature     string  `json:"feature"`
	Kind        string  `json:"kind"`        // number | category
	PSI         float64 `json:"psi"`         // population stability index
	Noise       float64 `json:"noise"`       // the PSI that chance alone gives
	Wasserstein float64 `json:"wasserstein"` // distance in standard deviations of training; 0 for a category
	MissingRef  float64 `json:"missing_ref"` // share missing in training
	Missing     float64 `json:"missing"`     // share missing now
	NewShare    float64 `json:"new_share"`   // share of rows with a category unseen in training
	NewValues   int     `json:"new_values"`  // such categories
	RowsRef     int64   `json:"rows_ref"`
	Rows        int64   `json:"rows"`
	Judged      bool    `json:"judged"` // false: shown, but no part of the rule
	Beyond      bool    `json:"beyond"` // a bound is passed
	// Then and Now are shares of the rows by bin, of the features that moved most; Edges
	// are the bins of a number, one more than there are, Words those of a category.
	Edges []float64 `json:"edges,omitempty"`
	Words []string  `json:"words,omitempty"`
	Then  []float64 `json:"then,omitempty"`
	Now   []float64 `json:"now,omitempty"`
}

// MonitorCheck is one part of the rule.
type MonitorCheck struct {
	Name   string  `json:"name"` // rmse | coverage_p90 | psi | wasserstein
	Fired  bool    `json:"fired"`
	Value  float64 `json:"value"`
	Bound  string  `json:"bound"`
	Detail string  `json:"detail"`         // one sentence with the figures
	Low    float64 `json:"low,omitempty"`  // the bound as numbers: Value is to be at least Low
	High   float64 `json:"high,omitempty"` // and at most High; 0 in monitor runs of before these were kept
}

// MonitorVerdict is what the rule says of one monitor run.
type MonitorVerdict struct {
	Retrain bool           `json:"retrain"` // a check fired
	Rows    int            `json:"rows"`    // first engines that it was judged on
	From    string         `json:"from"`    // first month that it was judged on
	To      string         `json:"to"`
	Checks  []MonitorCheck `json:"checks"`
	Summary string         `json:"summary"`
}

// StartedRetrain is the retrain that a monitor run started.
type StartedRetrain struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
}

// Claim is the right to start one retrain for one data set.
type Claim struct {
	Line    string    `json:"line"`
	DataSet string    `json:"data_set"`
	Token   string    `json:"token"` // of the monitor run that claimed it
	At      time.Time `json:"at"`
}

// ScheduleState is what is known of a schedule.
type ScheduleState struct {
	ID         string      `json:"id"`
	Paused     bool        `json:"paused"`
	Note       string      `json:"note"`
	Cron       []string    `json:"cron"`
	Zone       string      `json:"time_zone"`
	Next       []time.Time `json:"next"`
	Recent     []time.Time `json:"recent"` // when it started something, oldest first
	Started    int         `json:"started"`
	Missed     int         `json:"missed"`  // starts that were later than the catch-up window
	Skipped    int         `json:"skipped"` // starts left out as the one before still ran
	LastStatus string      `json:"last_status,omitempty"`
	LastID     string      `json:"last_id,omitempty"` // workflow id of the last start
}

// AlarmState is where an alarm stands.
type AlarmState string

// The states of an alarm.
const (
	AlarmOpened  AlarmState = "opened"
	AlarmStill   AlarmState = "still"
	AlarmCleared AlarmState = "cleared"
)

// Alarm is one episode of one thing that is wrong. It opens once, however often
// it is found, and clears when it is no longer found.
type Alarm struct {
	Line      string     `json:"line"`
	Name      string     `json:"name"`    // rmse | coverage_p90 | drift | data_stale | schedule_missed:… | …
	Episode   int64      `json:"episode"` // 1, 2, …; key with Line and Name
	State     AlarmState `json:"state"`
	Title     string     `json:"title"`
	Detail    string     `json:"detail"` // as it was last found
	Times     int        `json:"times"`  // monitor runs that found it
	OpenedAt  time.Time  `json:"opened_at"`
	LastAt    time.Time  `json:"last_at"`
	ClearedAt time.Time  `json:"cleared_at,omitzero"`
	// Told is, by channel, the state that was last sent there.
	Told map[string]AlarmState `json:"told"`
	// Acknowledged says who has taken note of this episode; nil while nobody has.
	Acknowledged *Acknowledgement `json:"acknowledged,omitempty"`
}

// Acknowledgement is a person's word on an alarm: it is seen, and why it may stay open.
type Acknowledgement struct {
	Who  string    `json:"who"`
	Note string    `json:"note"`
	At   time.Time `json:"at"`
}

// LoggedPrediction is what scoring needs of a logged prediction.
type LoggedPrediction struct {
	Version           string
	CallAt            time.Time
	Easting, Northing float64 // metres; 0 unknown
	PumpOrder         int
	IncidentNumber    string // empty unknown
	Answer            ml.Answer
	// Usual is what it would have been without what was known of who is out; nil where that did not matter.
	Usual *ml.Answer
}
