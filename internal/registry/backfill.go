package registry

import (
	"context"
	"encoding/json"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// BackfillLine is the line of models in whose own ledger a backfill promotes. No listener
// ever asks for one of these.
func BackfillLine(id string) string { return "backfill/" + id }

// Backfill is a replay of past months: what the promotion policy would have
// done, knowing only what had been published by then.
type Backfill struct {
	ID        string          `json:"id"`
	Origin    lfb.Origin      `json:"origin"`
	State     RunState        `json:"state"`
	Reason    string          `json:"reason,omitempty"` // one sentence
	DataSet   string          `json:"data_set"`
	From      string          `json:"from"` // first month that was decided for, as 2016-01
	To        string          `json:"to"`   // last month
	LagDays   int             `json:"lag_days"`
	Config    json.RawMessage `json:"config,omitempty"`
	Report    lfb.Ref         `json:"report,omitzero"` // a page
	Plot      lfb.Ref         `json:"plot,omitzero"`   // its drawing alone, SVG
	Who       string          `json:"who"`
	StartedAt time.Time       `json:"started_at"`
	EndedAt   time.Time       `json:"ended_at,omitzero"`

	WorkflowID    string `json:"workflow_id,omitempty"`
	WorkflowRunID string `json:"workflow_run_id,omitempty"`
	Execution
}

// Line is the line in whose ledger this backfill promotes.
func (b Backfill) Line() string { return BackfillLine(b.ID) }

// How a month of a backfill went.
const (
	MonthDecided = "decided" // trained, compared, judged
	MonthSkipped = "skipped" // too little had been published to train on
	MonthFailed  = "failed"  // nothing could be trained; what served before served on
)

// BackfillMonth is one decision: at the start of Month, on what had been
// published by then, and how what served after it did during Month.
type BackfillMonth struct {
	Month     string `json:"month"`
	KnownTo   string `json:"known_to"` // last month that had been published
	State     string `json:"state"`
	Reason    string `json:"reason"` // the verdict's summary, or why there is none
	TrainRows int    `json:"train_rows"`
	Winner    string `json:"winner,omitempty"` // version
	WinnerBy  string `json:"winner_by,omitempty"`
	Passed    bool   `json:"passed"`
	// Provisional: nothing that passed served, so what the gate refused does from now on.
	Provisional bool `json:"provisional,omitempty"`

	Checks   []Check         `json:"checks,omitempty"`
	Verdict  lfb.Ref         `json:"verdict,omitzero"`
	Champion string          `json:"champion,omitempty"` // version that served during Month
	ChampBy  string          `json:"champion_by,omitempty"`
	Since    string          `json:"since,omitempty"` // month from which it served
	Revision int64           `json:"revision"`
	Realised []RealisedScore `json:"realised,omitempty"`
}

// Whose realised error a score is.
const (
	RoleChampion = "champion" // as the policy would have had it
	RoleFirst    = "first"    // the first champion, had it never been replaced
	RoleNewest   = "newest"   // the month's winner, had every winner been promoted
	RoleBaseline = "baseline" // the month's best baseline
)

// RealisedScore is how one version did on the month that followed its decision:
// first engine, attendance time.
type RealisedScore struct {
	Role      string     `json:"role"`
	Version   string     `json:"version"`
	Candidate string     `json:"candidate"`
	Metrics   ml.Metrics `json:"metrics"`
}

// Score is the score of one role.
func (m BackfillMonth) Score(role string) (RealisedScore, bool) {
	for _, s := range m.Realised {
		if s.Role == role {
			return s, s.Metrics.Rows > 0
		}
	}
	return RealisedScore{}, false
}

// Backfills keeps backfills. Every write may be sent again and then changes
// nothing.
type Backfills interface {
	// SaveBackfill inserts the backfill, or replaces everything but its start.
	SaveBackfill(ctx context.Context, b Backfill) error
	// SaveBackfillMonth inserts or replaces one month.
	SaveBackfillMonth(ctx context.Context, id string, m BackfillMonth) error
	// Backfill returns one with its months in order; lfb.ErrNotFound.
	Backfill(ctx context.Context, id string) (Backfill, []BackfillMonth, error)
	// Backfills returns the newest first; limit 0 is all.
	Backfills(ctx context.Context, limit int) ([]Backfill, error)
}
