package control

import (
	"context"
	"encoding/json"
	"time"

	"lfb/internal/registry"
)

// Commands is what people ask for on the pages and by the admin API alike; Control is one. It
// starts, stops and decides what Temporal runs, checks it against the ledger and writes it
// into the audit log. A start gives lfb.ErrConflict while another of the kind runs; what was
// decided from a revision that is past gives a StaleError.
type Commands interface {
	Retrain(ctx context.Context, by Actor, r RetrainRequest) (Run, error)
	// Backfill replays the months from one to another, as 2017-01.
	Backfill(ctx context.Context, by Actor, from, to, why string) (Run, error)
	// RefreshPlaces starts a refresh of the places, or joins the one that runs.
	RefreshPlaces(ctx context.Context, by Actor, why string) (Run, error)
	// Cancel asks a run to end; lfb.ErrConflict where it is over.
	Cancel(ctx context.Context, by Actor, r registry.Run, why string) (Run, error)
	// Progress says how far a run has come.
	Progress(ctx context.Context, workflowID, runID string) (Progress, error)
	// Promote makes one ledger entry; the result has no outcome while it goes on.
	Promote(ctx context.Context, by Actor, r PromotionRequest) (PromotionResult, error)
	// Approvals lists the promotions that wait for a person.
	Approvals(ctx context.Context) ([]Approval, error)
	Decide(ctx context.Context, by Actor, d Decision) (string, error)
	// Judge holds a version against what serves; false while that goes on.
	Judge(ctx context.Context, by Actor, line, version string) (bool, error)
	// AddNote writes a person's words beside a version; lfb.ErrNotFound.
	AddNote(ctx context.Context, by Actor, line, version, text string) error
	// AcknowledgeAlarm says that somebody has seen an open alarm; lfb.ErrNotFound.
	AcknowledgeAlarm(ctx context.Context, by Actor, line, name string, episode int64, note string) error
	// AssumeCallHandling sets what answers assume; lfb.ErrConflict where it was set since revision seen.
	AssumeCallHandling(ctx context.Context, by Actor, d time.Duration, seen int64, why string) error
	// SetAvailability says who is out, from revision seen on; lfb.ErrConflict where another was set since.
	SetAvailability(ctx context.Context, by Actor, a *registry.Availability, seen int64, why string) error
	// SaveCoverScenario and DeleteCoverScenario change the scenarios of the cover planner, for all.
	// Saved is in place of the revision seen; 0: where there is none of that name, however it is written.
	SaveCoverScenario(ctx context.Context, by Actor, name string, scenario json.RawMessage, seen int64) error
	DeleteCoverScenario(ctx context.Context, by Actor, name string) error
	Schedules(ctx context.Context) ([]registry.ScheduleState, error)
	// ChangeSchedule pauses, resumes, triggers or deletes one; lfb.ErrNotFound.
	ChangeSchedule(ctx context.Context, by Actor, id, action, note string) error
}
