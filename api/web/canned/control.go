package canned

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// logChange is what every change begins with.
func (s *Store) logChange(by control.Actor, action, detail string) {
	s.audit = append(s.audit, registry.AuditEntry{Who: by.Name, From: by.Address, Action: action, Detail: detail})
}

// Changes is what was changed so far, oldest first.
func (s *Store) Changes() []registry.AuditEntry {
	defer s.lock()()
	return slices.Clone(s.audit)
}

// Promote makes the ledger entry at once.
func (s *Store) Promote(ctx context.Context, by control.Actor,
	r control.PromotionRequest,
) (control.PromotionResult, error) {
	if _, err := s.Version(ctx, r.Line, r.Version); err != nil {
		return control.PromotionResult{}, err
	}
	defer s.lock()()
	return s.appendEntry(by, r)
}

func (s *Store) appendEntry(by control.Actor, r control.PromotionRequest) (control.PromotionResult, error) {
	now := s.ledger[0]
	switch {
	case now.Revision != r.Seen:
		return control.PromotionResult{}, &control.StaleError{Line: r.Line, Seen: r.Seen, Now: now.Revision}
	case now.To == r.Version:
		return control.PromotionResult{}, fmt.Errorf("version %s serves already: %w", r.Version, lfb.ErrConflict)
	}
	s.logChange(by, r.Kind, r.Why)
	p := registry.Promotion{
		Line: r.Line, Revision: now.Revision + 1, From: now.To, To: r.Version, Kind: r.Kind, Who: by.Name, Why: r.Why,
		At: Now().UTC(),
	}
	s.ledger = append([]registry.Promotion{p}, s.ledger...)
	return control.PromotionResult{
		Run: control.Run{WorkflowID: "promote " + r.Line}, Version: r.Version, Outcome: control.OutcomePromoted,
		Revision: p.Revision,
	}, nil
}

// Retrain adds a run that has just begun; there is none more while it runs.
func (s *Store) Retrain(_ context.Context, by control.Actor, r control.RetrainRequest) (control.Run, error) {
	defer s.lock()()
	s.logChange(by, "retrain", r.Why)
	run := s.runs[0]
	if run.Trigger == by.Name {
		return control.Run{}, fmt.Errorf("a retrain of this line runs already: %w", lfb.ErrConflict)
	}
	run.ID, run.WorkflowRunID, run.StartedAt, run.Trigger = "20170403-091200-4f1c9a2b",
		"4f1c9a2b-0000-4000-8000-000000000099", Now().UTC(), by.Name
	if r.Train != nil {
		run.Seed = r.Train.Seed
		run.Config, _ = json.Marshal(map[string]any{"train": r.Train}) // plain values can be written
	}
	s.runs = append([]registry.Run{run}, s.runs...)
	return control.Run{WorkflowID: run.WorkflowID, RunID: run.WorkflowRunID}, nil
}

// RefreshPlaces starts nothing, and is logged.
func (s *Store) RefreshPlaces(_ context.Context, by control.Actor, why string) (control.Run, error) {
	defer s.lock()()
	s.logChange(by, "refresh places", why)
	return control.Run{WorkflowID: "places synthetic", RunID: "p1"}, nil
}

// Cancel asks a running run to stop.
func (s *Store) Cancel(_ context.Context, by control.Actor, r registry.Run, why string) (control.Run, error) {
	defer s.lock()()
	i := slices.IndexFunc(s.runs, func(x registry.Run) bool { return x.ID == r.ID })
	if s.runs[i].State == registry.Cancelling {
		return control.Run{}, fmt.Errorf("run %s is being cancelled already by %s: %s: %w", r.ID, s.runs[i].EndedBy,
			s.runs[i].EndedFor, lfb.ErrConflict)
	}
	if s.runs[i].State != registry.Running {
		return control.Run{}, fmt.Errorf("run %s is over: %s: %w", r.ID, s.runs[i].State, lfb.ErrConflict)
	}
	s.logChange(by, "cancel run", why)
	s.runs[i].State, s.runs[i].EndedBy, s.runs[i].EndedFor = registry.Cancelling, by.Name, why
	return control.Run{WorkflowID: r.WorkflowID, RunID: r.WorkflowRunID}, nil
}

// TrainSpec is what is configured.
func (s *Store) TrainSpec() control.TrainSpec {
	return control.TrainSpec{
		Candidates: []string{"baseline", "gbdt", "linear"}, Seed: 1, ValidDays: 60, CalibDays: 30,
		HoldoutDays: 60, MaxMonths: 24,
	}
}

// StepEvents is what happened to a fit that was tried twice.
func (s *Store) StepEvents(_ context.Context, _, _, step string) ([]control.StepEvent, error) {
	if step != "train gbdt" {
		return []control.StepEvent{
			{At: atHour(9), What: "queued"},
			{At: atHour(9), What: "taken", Detail: "by 4711@worker-1"},
		}, nil
	}
	return []control.StepEvent{
		{At: atHour(9.02), Part: "gbdt", What: "queued"},
		{At: atHour(9.04), Part: "gbdt", What: "attempt 1 failed", Detail: "the worker was stopped" + s.note},
		{At: atHour(9.05), Part: "gbdt", What: "taken, attempt 2", Detail: "by 4711@worker-2"},
		{At: atHour(9.19), Part: "gbdt", What: "heartbeat", Detail: "212 of 400 rounds"},
	}, nil
}

// Judge puts a verdict beside the version.
func (s *Store) Judge(_ context.Context, by control.Actor, line, version string) (bool, error) {
	defer s.lock()()
	s.logChange(by, "judge", version)
	v := makeVerdict(version)
	v.Evidence.Champion.Version = s.ledger[0].To
	s.notes = append([]registry.VersionNote{{
		Line: line, Version: version, At: Now().UTC(), Who: by.Name, Text: v.Summary,
		Verdict: &v,
	}}, s.notes...)
	return true, nil
}

// AddNote writes a note beside the version.
func (s *Store) AddNote(_ context.Context, by control.Actor, line, version, text string) error {
	if text == "" {
		return fmt.Errorf("a note is needed: %w", lfb.ErrInvalid)
	}
	defer s.lock()()
	s.logChange(by, "note", text)
	s.notes = append([]registry.VersionNote{{Line: line, Version: version, At: Now().UTC(), Who: by.Name, Text: text}},
		s.notes...)
	return nil
}

// AcknowledgeAlarm notes that somebody has seen an alarm.
func (s *Store) AcknowledgeAlarm(_ context.Context, by control.Actor, _, name string, _ int64, note string) error {
	if note == "" {
		return fmt.Errorf("a note is needed: %w", lfb.ErrInvalid)
	}
	defer s.lock()()
	s.logChange(by, "acknowledge alarm", name+": "+note)
	s.seen = &registry.Acknowledgement{Who: by.Name, Note: note, At: Now().UTC()}
	return nil
}

// Approvals are the promotions that wait for a person.
func (s *Store) Approvals(context.Context) ([]control.Approval, error) {
	defer s.lock()()
	return keepAsked(s.approvals, func(a control.Approval) bool { return a.Waiting }), nil
}

// Approval says how one stands.
func (s *Store) Approval(_ context.Context, id string) (control.Approval, error) {
	defer s.lock()()
	return findOne(s.approvals, func(a control.Approval) bool { return a.ID == id })
}

// Decide ends the waiting; an approval enters the ledger.
func (s *Store) Decide(ctx context.Context, by control.Actor, d control.Decision) (string, error) {
	a, err := s.Approval(ctx, d.ID)
	switch {
	case err != nil:
		return "", err
	case a.Revision != d.Seen:
		return "", &control.StaleError{Line: a.Line, Seen: d.Seen, Now: a.Revision}
	case !a.Waiting:
		return "", fmt.Errorf("%s no longer waits for a decision: %w", d.ID, lfb.ErrConflict)
	}
	defer s.lock()()
	s.approvals[0].Waiting = false
	if d.Update == control.DecideReject {
		s.logChange(by, d.Update, d.Why)
		return "the champion stays", nil
	}
	_, err = s.appendEntry(by, control.PromotionRequest{
		Line: a.Line, Version: a.Version, Seen: a.Revision, Kind: a.Kind,
		Why: d.Why,
	})
	return "version " + a.Version + " serves", err
}

// Schedules lists the one there is, if any.
func (s *Store) Schedules(context.Context) ([]registry.ScheduleState, error) {
	defer s.lock()()
	if s.schedule.ID == "" {
		return nil, nil
	}
	return []registry.ScheduleState{s.schedule}, nil
}

// ChangeSchedule pauses, resumes or triggers it.
func (s *Store) ChangeSchedule(_ context.Context, by control.Actor, id, action, note string) error {
	defer s.lock()()
	if id != s.schedule.ID {
		return lfb.ErrNotFound
	}
	s.logChange(by, action+" schedule", note)
	if action == control.TriggerSchedule {
		s.schedule.Recent = append(s.schedule.Recent, Now().UTC())
		return nil
	}
	s.schedule.Paused, s.schedule.Note = action == control.PauseSchedule, note
	return nil
}

// nightlySchedule is a schedule as it stands in the morning.
func nightlySchedule(note string) registry.ScheduleState {
	return registry.ScheduleState{
		ID: "retrain-lfb-attendance-synthetic", Cron: []string{"0 6 * * *"}, Zone: "Europe/London", Note: "as configured" +
			note,
		Next: []time.Time{atHour(29), atHour(53), atHour(77)}, Recent: []time.Time{atHour(-19), atHour(5)},
	}
}

// director is the store as it is told what to do.
type director struct{ *Store }

// Backfill notes it, and starts nothing.
func (s director) Backfill(_ context.Context, by control.Actor, from, to, why string) (control.Run, error) {
	defer s.lock()()
	s.logChange(by, "backfill", from+" to "+to+": "+why)
	return control.Run{WorkflowID: "backfill", RunID: "r"}, nil
}
