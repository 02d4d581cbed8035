package canned

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lfb/api/admin"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// Promote makes the ledger entry at once.
func (s *Store) Promote(_ context.Context, in workflows.PromoteInput) (admin.Started, *workflows.PromoteResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return admin.Started{WorkflowID: "promote " + in.Line}, s.enter(in), nil
}

func (s *Store) enter(in workflows.PromoteInput) *workflows.PromoteResult {
	now := s.ledger[0]
	if now.Revision != in.Seen {
		return &workflows.PromoteResult{Outcome: workflows.OutcomeStale, Champion: now.To, Revision: now.Revision}
	}
	p := registry.Promotion{
		Line: in.Line, Revision: now.Revision + 1, From: now.To, To: in.Version, Kind: in.Kind, Who: in.Who, Why: in.Why, At: Now().UTC(),
	}
	s.ledger = append([]registry.Promotion{p}, s.ledger...)
	return &workflows.PromoteResult{Outcome: workflows.OutcomePromoted, Champion: p.To, Revision: p.Revision}
}

// Retrain adds a run that has just begun; there is none more while it runs.
func (s *Store) Retrain(_ context.Context, ask admin.RetrainAsk) (admin.Started, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[0].Trigger == ask.Who {
		return admin.Started{}, fmt.Errorf("a retrain of this line runs already: %w", lfb.ErrConflict)
	}
	r := s.runs[0]
	r.ID, r.WorkflowRunID, r.StartedAt, r.Trigger = "20170403-091200-4f1c9a2b", "4f1c9a2b-0000-4000-8000-000000000099", Now().UTC(), ask.Who
	s.runs = append([]registry.Run{r}, s.runs...)
	return admin.Started{WorkflowID: r.WorkflowID, RunID: r.WorkflowRunID}, nil
}

// Waiting are the promotions that wait for a person.
func (s *Store) Waiting(context.Context) ([]admin.Waiting, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(s.waiting), func(w admin.Waiting) bool { return !w.Promotion.Waiting }), nil
}

// Waits says where one stands.
func (s *Store) Waits(_ context.Context, id string) (admin.Waiting, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, w := range s.waiting {
		if w.ID == id {
			return w, nil
		}
	}
	return admin.Waiting{}, fmt.Errorf("promotion %.80q: %w", id, lfb.ErrNotFound)
}

// Decide ends the waiting; an approval enters the ledger.
func (s *Store) Decide(_ context.Context, id, update string, d workflows.Decision) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.waiting {
		w := &s.waiting[i]
		if w.ID != id {
			continue
		}
		w.Promotion.Waiting = false
		if update == workflows.UpdateReject {
			return "the champion stays", nil
		}
		s.enter(workflows.PromoteInput{Line: w.Line, Version: w.Version, Seen: w.Seen, Kind: w.Kind, Who: d.Who, Why: d.Why})
		return "version " + w.Version + " serves", nil
	}
	return "", fmt.Errorf("promotion %.80q: %w", id, lfb.ErrNotFound)
}

// AppendAudit keeps the entry.
func (s *Store) AppendAudit(_ context.Context, e registry.AuditEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.audit = append(s.audit, e)
	return nil
}

// Audit is what was changed so far.
func (s *Store) Audit() []registry.AuditEntry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.audit)
}

// clockwork is one schedule.
type clockwork struct{ *Store }

// Schedules lists it.
func (c clockwork) Schedules(context.Context) ([]admin.Schedule, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return []admin.Schedule{c.schedule}, nil
}

// Pause stops it, or lets it go on.
func (c clockwork) Pause(_ context.Context, id string, paused bool, note string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != c.schedule.ID {
		return fmt.Errorf("schedule %.80q: %w", id, lfb.ErrNotFound)
	}
	c.schedule.Paused, c.schedule.Note = paused, note
	return nil
}

// Trigger counts as a start.
func (c clockwork) Trigger(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != c.schedule.ID {
		return fmt.Errorf("schedule %.80q: %w", id, lfb.ErrNotFound)
	}
	c.schedule.Recent = append(c.schedule.Recent, Now().UTC())
	return nil
}

// nightly is a schedule as it stands in the morning.
func nightly(note string) admin.Schedule {
	return admin.Schedule{
		ID: "retrain-lfb-attendance-synthetic", Cron: []string{"0 6 * * *"}, Zone: "Europe/London", Note: "as configured" + note,
		Next: []time.Time{hour(29), hour(53), hour(77)}, Recent: []time.Time{hour(-19), hour(5)},
	}
}
