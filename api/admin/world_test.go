package admin_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

var clock = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// store is the database in memory: runs, data sets and the audit log beside what
// servetest has.
type store struct {
	*servetest.World
	servetest.Scenarios
	mu        sync.Mutex
	runs      []registry.Run // newest first
	boards    map[string][]registry.Candidate
	versions  []registry.Version
	dataSets  []registry.DataSet
	backfills []registry.Backfill
	people    []string
	keys      []registry.APIKey
	audit     []registry.AuditEntry
	noAudit   bool
	real      int // rows of real data
	listed    lfb.Origin
	holds     lfb.Origin // of the only data; empty: both
	attempts  map[string]registry.Attempt
	results   map[string][]registry.AttemptFile
}

func (s *store) OpenAttempt(_ context.Context, a registry.Attempt) error {
	s.attempts[a.ID] = a
	return nil
}

func (s *store) Attempt(_ context.Context, id string) (registry.Attempt, []registry.AttemptFile, error) {
	a, ok := s.attempts[id]
	if !ok {
		return a, nil, fmt.Errorf("attempt %s: %w", id, lfb.ErrNotFound)
	}
	return a, s.results[id], nil
}

func (s *store) SaveAttemptResult(_ context.Context, id string, r registry.AttemptFile, _ time.Time) error {
	s.results[id] = append(s.results[id], r)
	return nil
}

func (s *store) CloseAttempt(context.Context, string, time.Time) error { return nil }

func (s *store) SaveRun(context.Context, registry.Run) error                 { return nil }
func (s *store) SaveRunSteps(context.Context, string, json.RawMessage) error { return nil }
func (s *store) SaveCandidates(context.Context, []registry.Candidate) error  { return nil }

func (s *store) VersionNotes(_ context.Context, line, version string) ([]registry.VersionNote, error) {
	return []registry.VersionNote{{Line: line, Version: version, At: clock, Who: "ann", Text: "watch Barnet"}}, nil
}

// SwapAccount has one-time passwords end by the clock of whoever checks them, as the one by
// which they are made stands still.
func (s *store) SwapAccount(ctx context.Context, was, next registry.Account) error {
	if !next.OneTimeUntil.IsZero() && next.OneTimeUntil != was.OneTimeUntil {
		next.OneTimeUntil = next.OneTimeUntil.Add(time.Since(clock))
	}
	return s.World.SwapAccount(ctx, was, next)
}

func (s *store) Run(_ context.Context, id string) (registry.Run, []registry.Candidate, error) {
	for _, r := range s.runs {
		if r.ID == id {
			return r, s.boards[id], nil
		}
	}
	return registry.Run{}, nil, fmt.Errorf("run %s: %w", id, lfb.ErrNotFound)
}

func (s *store) ListRuns(_ context.Context, q registry.Query) ([]registry.Run, error) {
	runs := slices.Clone(s.runs)
	if q.Reverse {
		slices.Reverse(runs)
	}
	var out []registry.Run
	skip := q.After != ""
	for _, r := range runs {
		match := (q.Line == "" || q.Line == r.Line) && (q.State == "" || q.State == r.State)
		if match && !skip && len(out) < q.Limit {
			out = append(out, r)
		}
		skip = skip && r.ID != q.After
	}
	return out, nil
}

// listBehind is up to n elements behind the one that key names after.
func listBehind[T any](all []T, after string, n int, key func(T) string) ([]T, error) {
	i := 0
	if after != "" {
		if i = slices.IndexFunc(all, func(v T) bool { return key(v) == after }) + 1; i == 0 {
			return nil, fmt.Errorf("after %s: %w", after, lfb.ErrInvalid)
		}
	}
	return all[i:min(i+n, len(all))], nil
}

func (s *store) VersionPage(_ context.Context, _, after string, limit int) ([]registry.Version, error) {
	return listBehind(s.versions, after, limit, func(v registry.Version) string { return v.ID })
}

func (s *store) PromotionPage(ctx context.Context, line string, before int64, limit int) ([]registry.Promotion, error) {
	all, err := s.Promotions(ctx, line, 0)
	all = slices.DeleteFunc(slices.Clone(all), func(p registry.Promotion) bool { return p.Revision >= before })
	return all[:min(limit, len(all))], err
}

func (s *store) Backfill(_ context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error) {
	for _, b := range s.backfills {
		if b.ID == id {
			return b, []registry.BackfillMonth{{Month: "2016-01"}}, nil
		}
	}
	return registry.Backfill{}, nil, fmt.Errorf("backfill %s: %w", id, lfb.ErrNotFound)
}

func (s *store) BackfillPage(_ context.Context, after string, limit int) ([]registry.Backfill, error) {
	return listBehind(s.backfills, after, limit, func(b registry.Backfill) string { return b.ID })
}

func (s *store) DataSet(_ context.Context, id string) (registry.DataSet, error) {
	for _, d := range s.dataSets {
		if d.ID == id {
			return d, nil
		}
	}
	return registry.DataSet{}, fmt.Errorf("data set %s: %w", id, lfb.ErrNotFound)
}

func (s *store) DataSets(_ context.Context, o lfb.Origin) ([]registry.DataSet, error) {
	s.listed = o
	if s.holds != "" && o != s.holds {
		return nil, nil
	}
	return s.dataSets, nil
}

func (s *store) Sample(_ context.Context, origin lfb.Origin, n int) ([][]any, error) {
	if origin == lfb.Real && s.real == 0 {
		return nil, nil
	}
	out := make([][]any, n)
	for i := range out {
		out[i] = []any{"2017-01-01", int64(i)}
	}
	return out, nil
}

func (s *store) Files(_ context.Context, o lfb.Origin) ([]lfb.SourceFile, error) {
	s.listed = o
	if s.holds != "" && o != s.holds {
		return nil, nil
	}
	return []lfb.SourceFile{{Name: "incidents.csv", SHA256: strings.Repeat("a", 64)}}, nil
}

func (s *store) PlaceSets(_ context.Context, o lfb.Origin, _ int) ([]registry.PlaceSet, error) {
	s.listed = o
	return []registry.PlaceSet{
		{Origin: o, Revision: 2, MadeAt: clock},
		{Origin: o, Revision: 1, MadeAt: clock.AddDate(0, -3, 0)},
	}, nil
}

func (s *store) RejectCounts(context.Context, string) ([]registry.RejectCount, error) {
	return []registry.RejectCount{{Effect: "rejected", Column: "HourOfCall", Reason: "not a number", Rows: 3}}, nil
}

func (s *store) Rejects(context.Context, string, int) ([]lfb.Reject, error) { return nil, nil }

func (s *store) Accounts(ctx context.Context) ([]registry.Account, error) {
	var out []registry.Account
	for _, name := range s.people {
		a, err := s.Account(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (s *store) EndSessions(context.Context, string) (int64, error) { return 2, nil }

func (s *store) SaveAPIKey(ctx context.Context, k registry.APIKey) error {
	s.keys = append(s.keys, k)
	return s.World.SaveAPIKey(ctx, k)
}

func (s *store) APIKeys(context.Context) ([]registry.APIKey, error) { return s.keys, nil }

func (s *store) RevokeAPIKey(ctx context.Context, id string, at time.Time) error {
	for i, k := range s.keys {
		if k.ID == id {
			s.keys[i].RevokedAt = at
			return s.World.SaveAPIKey(ctx, s.keys[i])
		}
	}
	return fmt.Errorf("API key %s: %w", id, lfb.ErrNotFound)
}

func (s *store) RotateAPIKey(ctx context.Context, id, hash string) (registry.APIKey, error) {
	for i, k := range s.keys {
		if k.ID == id {
			s.keys[i].Hash = hash
			return s.keys[i], s.World.SaveAPIKey(ctx, s.keys[i])
		}
	}
	return registry.APIKey{}, fmt.Errorf("API key %s: %w", id, lfb.ErrNotFound)
}

func (s *store) AppendAudit(_ context.Context, e registry.AuditEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noAudit {
		return fmt.Errorf("audit: %w", lfb.ErrUnavailable)
	}
	e.ID = int64(len(s.audit) + 1)
	s.audit = append(s.audit, e)
	return nil
}

func (s *store) Audit(_ context.Context, q registry.AuditQuery) ([]registry.AuditEntry, error) {
	var out []registry.AuditEntry
	for _, e := range slices.Backward(s.audit) {
		if (q.Before == 0 || e.ID < q.Before) && (q.Who == "" || e.Who == q.Who) && len(out) < q.Limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// temporal is an admin.Control that answers as told, and remembers what it was
// asked and by whom.
type temporal struct {
	asked   []string
	by      control.Actor
	err     error
	outcome control.PromotionResult
	world   *servetest.World
}

// SetAvailability sets it as control.Control does.
func (t *temporal) SetAvailability(ctx context.Context, by control.Actor, a *registry.Availability, seen int64,
	why string,
) error {
	if err := a.Settle(clock); err != nil {
		return err
	}
	value, err := json.Marshal(a)
	if err != nil {
		return err
	}
	s := registry.Setting{
		Name: registry.SettingAvailability, Revision: seen + 1, Value: string(value), Who: by.Name,
		Why: why, At: clock,
	}
	return cmp.Or(t.note(by, "set availability by %s", by.Name), t.world.AppendSetting(ctx, s))
}

// checkStations knows Soho and Euston.
func checkStations(a registry.Availability) error {
	for i, e := range a.Engines {
		if e.Station != "Soho" && e.Station != "Euston" {
			return &lfb.PartError{Pointer: fmt.Sprintf("/engines/%d/station", i), Reason: "no open station"}
		}
	}
	return nil
}

func (t *temporal) note(by control.Actor, format string, args ...any) error {
	t.by = by
	t.asked = append(t.asked, fmt.Sprintf(format, args...))
	return t.err
}

func (t *temporal) Retrain(_ context.Context, by control.Actor, r control.RetrainRequest) (control.Run, error) {
	approval := ""
	if r.Approval != nil {
		approval = fmt.Sprintf(", approval %v", *r.Approval)
	}
	return control.Run{WorkflowID: "retrain lfb-attendance", RunID: "r1"},
		t.note(by, "retrain %v, seed %d, force %v%s by %s: %s", r.Candidates, r.Seed, r.Force, approval, by.Name, r.Why)
}

func (t *temporal) Backfill(_ context.Context, by control.Actor, from, to, why string) (control.Run, error) {
	return control.Run{WorkflowID: "backfill", RunID: "r"}, t.note(by, "backfill %s to %s by %s: %s", from, to, by.Name,
		why)
}

func (t *temporal) Monitor(_ context.Context, by control.Actor, force bool, why string) (control.Run, error) {
	return control.Run{WorkflowID: "monitor lfb-attendance", RunID: "m1"}, t.note(by, "monitor by %s, force %v: %s",
		by.Name, force, why)
}

func (t *temporal) SaveCoverScenario(_ context.Context, by control.Actor, name string, scenario json.RawMessage,
	seen int64,
) error {
	if strings.HasPrefix(name, "Night") && seen != 1 {
		return fmt.Errorf("ann saved a scenario of the name %q, revision 1: %w", name, lfb.ErrConflict)
	}
	return t.note(by, "save %s by %s: %s", name, by.Name, scenario)
}

func (t *temporal) DeleteCoverScenario(_ context.Context, by control.Actor, name string) error {
	return t.note(by, "delete %s by %s", name, by.Name)
}

func (t *temporal) RefreshPlaces(_ context.Context, by control.Actor, why string) (control.Run, error) {
	return control.Run{WorkflowID: "places real", RunID: "p1"}, t.note(by, "refresh places by %s: %s", by.Name, why)
}

func (t *temporal) Cancel(_ context.Context, by control.Actor, r registry.Run, why string) (control.Run, error) {
	if r.State != registry.Running {
		return control.Run{}, lfb.ErrConflict
	}
	return control.Run{WorkflowID: r.WorkflowID, RunID: r.WorkflowRunID}, t.note(by, "cancel %s: %s", r.ID, why)
}

func (t *temporal) Progress(_ context.Context, id, _ string) (control.Progress, error) {
	return control.Progress{Steps: []control.Step{{Name: "fetch of " + id, State: control.StepRunning, Started: clock}}},
		t.err
}

func (t *temporal) Approvals(context.Context) ([]control.Approval, error) {
	return []control.Approval{{
		ID: "p", Line: "lfb-attendance", Version: "v3", Revision: 2, Kind: control.KindPromote, Who: "retrain", Why: "better",
		RunID: "run-5", Waiting: true, Deadline: clock.Add(time.Hour),
	}}, t.err
}

func (t *temporal) IssueCode(_ context.Context, by control.Actor, id string) (string, time.Time, error) {
	return "ABCD-EFGH-IJKL-MNOP", clock.Add(10 * time.Minute), t.note(by, "code for %s: %s", by.Name, id)
}

func (t *temporal) Promote(_ context.Context, by control.Actor,
	r control.PromotionRequest,
) (control.PromotionResult, error) {
	switch { // the ledger is at revision 2, where v2 serves
	case r.Seen != 2:
		return t.outcome, &control.StaleError{Line: r.Line, Seen: r.Seen, Now: 2}
	case r.Version == "v2":
		return t.outcome, fmt.Errorf("version v2 serves already: %w", lfb.ErrConflict)
	}
	return t.outcome, t.note(by, "%s %s from %d by %s: %s", r.Kind, r.Version, r.Seen, by.Name, r.Why)
}

func (t *temporal) Decide(_ context.Context, by control.Actor, d control.Decision) (string, error) {
	return "noted: " + d.Update, t.note(by, "%s %s from %d by %s: %s", d.Update, d.ID, d.Seen, by.Name, d.Why)
}

func (t *temporal) Judge(_ context.Context, by control.Actor, line, version string) (bool, error) {
	return version != "v3", t.note(by, "judge %s of %s by %s", version, line, by.Name)
}

func (t *temporal) AddNote(_ context.Context, by control.Actor, line, version, text string) error {
	return t.note(by, "note on %s of %s by %s: %s", version, line, by.Name, text)
}

func (t *temporal) AssumeCallHandling(ctx context.Context, by control.Actor, d time.Duration, seen int64,
	why string,
) error {
	s := registry.Setting{
		Name: registry.SettingCallHandling, Revision: seen + 1, Value: d.String(), Who: by.Name,
		Why: why, At: clock,
	}
	return cmp.Or(t.note(by, "call handling %v from %d by %s: %s", d, seen, by.Name, why), t.world.AppendSetting(ctx, s))
}

func (t *temporal) Schedules(context.Context) ([]registry.ScheduleState, error) {
	return []registry.ScheduleState{{ID: "schedule retrain lfb-attendance", Cron: []string{"0 4 * * *"}}}, t.err
}

func (t *temporal) Schedule(_ context.Context, id string) (registry.ScheduleState, error) {
	if id != "s" {
		return registry.ScheduleState{}, lfb.ErrNotFound
	}
	return registry.ScheduleState{ID: id, Missed: 2, Skipped: 3}, t.err
}

func (t *temporal) SetSchedule(_ context.Context, by control.Actor,
	c control.ScheduleChange,
) (registry.ScheduleState, error) {
	return registry.ScheduleState{ID: "schedule " + c.Kind, Cron: []string{c.Cron}}, t.note(by, "set %s %s: %s", c.Kind,
		c.Cron, c.Note)
}

func (t *temporal) AcknowledgeAlarm(_ context.Context, by control.Actor, line, name string, episode int64,
	note string,
) error {
	return t.note(by, "acknowledge %s %s %d: %s", line, name, episode, note)
}

func (t *temporal) ChangeSchedule(_ context.Context, by control.Actor, id, action, note string) error {
	return t.note(by, "%s %s: %s", action, id, note)
}
