package registry

import (
	"context"
	"encoding/json"
	"time"
)

// CoverScenario is a scenario of the cover planner that somebody saved for all.
type CoverScenario struct {
	Name     string          `json:"name"` // unlike any other
	Revision int64           `json:"revision" doc:"1, 2, …: send it as If-Match with what takes its place"`
	Who      string          `json:"who"`
	At       time.Time       `json:"at"`
	Scenario json.RawMessage `json:"scenario"` // of package cover
}

// CoverScenarios keeps them. mysql.DB is one.
type CoverScenarios interface {
	// SaveCoverScenario keeps s: of revision 1 where there is none of that name, else in place of the revision before
	// it. Where that is not so it is lfb.ErrConflict.
	SaveCoverScenario(ctx context.Context, s CoverScenario) error
	// DeleteCoverScenario removes one; lfb.ErrNotFound.
	DeleteCoverScenario(ctx context.Context, name string) error
	// CoverScenarios returns all by name.
	CoverScenarios(ctx context.Context) ([]CoverScenario, error)
}
