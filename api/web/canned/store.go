package canned

import (
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

const (
	line     = "lfb-attendance-synthetic"
	dataSet  = "5c1f2be09a77"
	version  = "9e3b41c07d52"
	previous = "41d09c8ae6f3"
	fresh    = "77aa01b2c3d4" // waits for approval
)

// Waits is the promotion that waits for a person.
const Waits = "promote lfb-attendance-synthetic 3"

// atHour is h hours into the day of the canned runs.
func atHour(h float64) time.Time {
	return time.Date(2017, 4, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
}

// Store is a registry with fixed content, to which changes by hand are added.
type Store struct {
	servetest.Scenarios
	note       string
	mu         sync.Mutex
	approvals  []control.Approval
	audit      []registry.AuditEntry
	seen       *registry.Acknowledgement // of the alarm that is open
	schedule   registry.ScheduleState
	runs       []registry.Run // newest first
	candidates map[string][]registry.Candidate
	versions   []registry.Version
	notes      []registry.VersionNote // newest first
	ledger     []registry.Promotion
	sets       []registry.DataSet
	files      []lfb.SourceFile
	places     []registry.PlaceSet
	rejects    []registry.RejectCount
	settings   map[string]registry.Setting // by name
	answers    map[string]registry.Prediction
	accounts   []registry.Account
	keys       []registry.APIKey
}

// lock is held by every query and change until its unlock.
func (s *Store) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// NewStore is the city's registry, with note in every text that comes from outside.
func NewStore(note string) (*Store, error) {
	s := &Store{note: note, candidates: map[string][]registry.Candidate{}, answers: map[string]registry.Prediction{}}
	s.accounts, s.keys = newDirectory(note)
	kept := registry.CoverScenario{Name: "Two out, day" + note, Revision: 1, Who: "olga" + note, At: atHour(8), Scenario: json.RawMessage(`{"out":[{"station":"Soho"},{"station":"Lambeth","engines":1}],"from":8,"to":20}`)}
	if err := s.Scenarios.SaveCoverScenario(context.Background(), kept); err != nil {
		return nil, err
	}
	run := func(h float64, state registry.RunState, outcome, trigger, reason string, minutes float64) registry.Run {
		started := atHour(h)
		r := registry.Run{
			ID: started.Format("20060102-150405") + "-4f1c9a2b", Line: line, Origin: lfb.Synthetic, State: state,
			Outcome: outcome,
			Trigger: trigger, Reason: strings.TrimSpace(reason + note), DataSet: dataSet, Seed: 7, WorkflowID: "retrain " + line,
			Config:        json.RawMessage(fmt.Sprintf(`{"train":{"candidates":["baseline","forest","gbdt","linear","randomforest"],"seed":%d,"holdout_days":60},"force":%t}`, 7+int(h)%2, h == 6)),
			WorkflowRunID: "4f1c9a2b-0000-4000-8000-00000000000" + fmt.Sprint(int(h)%10), StartedAt: started,
		}
		if minutes > 0 {
			r.EndedAt = started.Add(time.Duration(minutes * float64(time.Minute)))
		}
		return r
	}
	s.runs = []registry.Run{
		run(9, registry.Running, "", "manual", "", 0),
		run(6, registry.Succeeded, "promoted", "schedule", "passed: better than the champion "+previous+
			" (RMSE of the first engine −2.31 s, 95 % −3.02 to −1.61)", 7.4),
		run(4, registry.Failed, "", "manual", "file incidents.csv line 1042: column DateOfCall \"31/02/2017\" is no date",
			0.3),
		run(3, registry.Unchanged, "unchanged", "schedule", "nothing new since data set "+dataSet, 0.1),
		run(1, registry.Succeeded, "promoted", "first start", "passed: there is no champion yet", 8.2),
	}
	waiting := run(8, registry.Running, "awaiting approval", "schedule",
		"version "+fresh+" awaits approval until Thursday", 0)
	s.runs[0].StartedBy = "root" // as the command was told
	s.runs[1].StartedBy, s.runs[1].StartedByVerified = "schedule", true
	s.candidates[s.runs[1].ID] = makeLeaderboard(s.runs[1].ID, note, 0)
	s.candidates[s.runs[4].ID] = makeLeaderboard(s.runs[4].ID, note, 2.3)
	ref := lfb.Ref{Key: "bundle/" + version, SHA256: strings.Repeat(version[:8], 8), Bytes: 2_421_764}
	for i, id := range []string{version, previous} {
		s.versions = append(s.versions, registry.Version{
			ID: id, Line: line, Origin: lfb.Synthetic, Bundle: ref, RunID: s.runs[1+3*i].ID,
			Candidate: "gbdt", DataSet: dataSet, TrainedTo: time.Date(2017, 2, 11, 15, 50, 0, 0, time.UTC),
			CreatedAt: atHour(6.1 - 5*float64(i)),
			Holdout:   makeReport(98.2+2.3*float64(i), note),
		})
	}
	s.versions = append([]registry.Version{{
		ID: fresh, Line: line, Origin: lfb.Synthetic, Bundle: ref, RunID: waiting.ID, Candidate: "gbdt-tuned",
		DataSet:   dataSet,
		TrainedTo: time.Date(2017, 2, 11, 15, 50, 0, 0, time.UTC), CreatedAt: atHour(8), Holdout: makeReport(96.9, note),
		Provisional: makeVerdict(fresh).Provisional,
	}}, s.versions...)
	s.versions[1].Explanation, s.versions[1].Code, s.versions[1].Rank = lfb.Ref{Key: "explanation/" + version, Bytes: 1},
		"0123456789abcdef", 1
	s.notes = []registry.VersionNote{{
		Line: line, Version: version, At: atHour(8.5), Who: "analyst",
		Text: "Keep an eye on Greenwich." + note,
	}}
	s.approvals = []control.Approval{{
		ID: Waits, Line: line, Version: fresh, Revision: 2, Kind: control.KindPromote, Who: "schedule",
		Why:   "better than the champion" + note,
		RunID: waiting.ID, Waiting: true, Deadline: atHour(80),
	}}
	s.schedule = nightlySchedule(note)
	evidence, err := json.Marshal(makeVerdict(version))
	if err != nil {
		return nil, err
	}
	s.ledger = []registry.Promotion{
		{
			Line: line, Revision: 2, From: previous, To: version, Kind: "promote", Who: "schedule",
			Why:   "better than the champion" + note,
			RunID: s.runs[1].ID, At: atHour(6.13), Evidence: evidence,
		},
		{
			Line: line, Revision: 1, To: previous, Kind: "promote", Who: "first start", Why: "there was no champion",
			RunID: s.runs[4].ID, At: atHour(1.15),
		},
	}
	s.sets = []registry.DataSet{{
		ID: dataSet, Origin: lfb.Synthetic, Summary: lfb.Ref{Key: "summary/" + dataSet, SHA256: strings.Repeat("2", 64)},
		Report: lfb.Ref{Key: "report/" + dataSet + ".html", Bytes: 9000}, Rows: 31_204,
		FirstCall: time.Date(2017, 1, 1, 0, 3, 0, 0, time.UTC), LastCall: time.Date(2017, 3, 31, 22, 51, 0, 0, time.UTC),
		CreatedAt: atHour(6.02),
	}}
	s.places = []registry.PlaceSet{{
		Origin: lfb.Synthetic, Revision: 3, File: lfb.Ref{Key: "places/3"}, MadeAt: atHour(6.2), MadeBy: "load",
		Products: []registry.PlaceProduct{
			{Name: "codepo_gb.zip", Kind: lfb.CodePointFile, Edition: "2017-02"},
			{Name: "opname_csv_gb.zip", Kind: lfb.OpenNamesFile, Edition: "2017-01" + note},
		},
		Counts:      []registry.PlaceCount{{Kind: "postcode", Places: 203_114}, {Kind: "road", Places: 88_206}},
		Attribution: "Contains OS data © Crown copyright and database right 2017." + note,
	}}
	for i, kind := range []lfb.Kind{lfb.IncidentFile, lfb.MobilisationFile} {
		s.files = append(s.files, lfb.SourceFile{
			SHA256: strings.Repeat(fmt.Sprintf("%d7", i), 32), Name: string(kind) + " data 2017" + note + ".csv",
			Source: "synthetic", Kind: kind, Origin: lfb.Synthetic, Ref: lfb.Ref{Key: "raw/" + string(kind), Bytes: 8_412_112},
			StoredAt: atHour(6),
		})
	}
	s.rejects = []registry.RejectCount{
		{
			Effect: "rejected", Column: "DateOfCall", Reason: "no date", Rows: 3,
			Example: lfb.Reject{Line: 1042, Column: "DateOfCall", Value: "31/02/2017" + note},
		},
		{
			Effect: "repaired", Column: "IncGeo_WardCode", Reason: "NULL taken as missing", Rows: 812,
			Example: lfb.Reject{Line: 7, Column: "IncGeo_WardCode", Value: "NULL"},
		},
	}
	stopped := run(2, registry.Cancelled, "cancelled", "manual", "cancelled while it ran", 1.2)
	stopped.StartedBy, stopped.StartedByVerified, stopped.EndedBy = "admin", true, "jim"
	killed := run(0.5, registry.Terminated, "", "manual", "", 4)
	killed.EndedBy = "somebody in Temporal"
	s.runs = append(slices.Insert(slices.Insert(s.runs, 4, stopped), 1, waiting), killed)
	return s, nil
}

// findOne is the one that is asked for; lfb.ErrNotFound.
func findOne[T any](all []T, asked func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, asked); i >= 0 {
		return all[i], nil
	}
	return *new(T), lfb.ErrNotFound
}

// keepAsked is those that are asked for.
func keepAsked[T any](all []T, asked func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !asked(x) })
}

// Run returns the run and its leaderboard.
func (s *Store) Run(_ context.Context, id string) (registry.Run, []registry.Candidate, error) {
	defer s.lock()()
	r, err := findOne(s.runs, func(r registry.Run) bool { return r.ID == id })
	return r, s.candidates[id], err
}

// ListRuns returns one page.
func (s *Store) ListRuns(_ context.Context, q registry.Query) ([]registry.Run, error) {
	defer s.lock()()
	begin := slices.IndexFunc(s.runs, func(r registry.Run) bool { return r.ID == q.After }) + 1
	page := keepAsked(s.runs[begin:], func(r registry.Run) bool {
		return (q.State == "" || r.State == q.State) && (q.Outcome == "" || r.Outcome == q.Outcome) &&
			(q.Trigger == "" || r.Trigger == q.Trigger)
	})
	return page[:min(q.Limit, len(page))], nil
}

// Version returns one version.
func (s *Store) Version(_ context.Context, line, id string) (registry.Version, error) {
	return findOne(s.versions, func(v registry.Version) bool { return v.ID == id && v.Line == line })
}

// VersionNames are those of a line that have the text in their name.
func (s *Store) VersionNames(_ context.Context, q registry.VersionQuery) ([]registry.VersionName, error) {
	var out []registry.VersionName
	for i, v := range s.versions {
		n := registry.NameVersion(v, int64(len(s.versions)-i))
		if v.Line == q.Line && strings.Contains(n.String(), q.Text) && (q.Before == 0 || n.Number < q.Before) {
			out = append(out, n)
		}
	}
	return out, nil
}

// VersionNotes are what was added to a version.
func (s *Store) VersionNotes(_ context.Context, line, version string) ([]registry.VersionNote, error) {
	defer s.lock()()
	return keepAsked(s.notes, func(n registry.VersionNote) bool { return n.Line == line && n.Version == version }), nil
}

// LedgerEntries are the ledger without its evidence.
func (s *Store) LedgerEntries(ctx context.Context, line string, _ int) ([]registry.Promotion, error) {
	return s.Promotions(ctx, line, 0)
}

// VersionName is one of them.
func (s *Store) VersionName(ctx context.Context, line, id string) (registry.VersionName, error) {
	all, _ := s.VersionNames(ctx, registry.VersionQuery{Line: line})
	return findOne(all, func(n registry.VersionName) bool { return n.Version == id })
}

// Promotions returns a line's ledger.
func (s *Store) Promotions(_ context.Context, line string, _ int) ([]registry.Promotion, error) {
	defer s.lock()()
	return keepAsked(s.ledger, func(p registry.Promotion) bool { return p.Line == line }), nil
}

// Champion is the last entry of the ledger.
func (s *Store) Champion(_ context.Context, line string) (registry.Promotion, error) {
	defer s.lock()()
	return findOne(s.ledger, func(p registry.Promotion) bool { return p.Line == line })
}

// PromotionsTo are the entries by which a version came to serve.
func (s *Store) PromotionsTo(_ context.Context, _, version string) ([]registry.Promotion, error) {
	defer s.lock()()
	return keepAsked(s.ledger, func(p registry.Promotion) bool { return p.To == version }), nil
}

// PromotionOf is the entry that a run made.
func (s *Store) PromotionOf(_ context.Context, _, run string) (registry.Promotion, error) {
	defer s.lock()()
	return findOne(s.ledger, func(p registry.Promotion) bool { return p.RunID == run })
}

// DataSet returns one snapshot.
func (s *Store) DataSet(_ context.Context, id string) (registry.DataSet, error) {
	return findOne(s.sets, func(d registry.DataSet) bool { return d.ID == id })
}

// DataSets returns the snapshots of an origin.
func (s *Store) DataSets(_ context.Context, origin lfb.Origin) ([]registry.DataSet, error) {
	return keepAsked(s.sets, func(d registry.DataSet) bool { return d.Origin == origin }), nil
}

// Files returns the files of an origin.
func (s *Store) Files(_ context.Context, origin lfb.Origin) ([]lfb.SourceFile, error) {
	return keepAsked(s.files, func(f lfb.SourceFile) bool { return f.Origin == origin }), nil
}

// PlaceSets returns the sets of places of an origin.
func (s *Store) PlaceSets(_ context.Context, origin lfb.Origin, _ int) ([]registry.PlaceSet, error) {
	return keepAsked(s.places, func(p registry.PlaceSet) bool { return p.Origin == origin }), nil
}

// LoadedAt says what loading a file did.
func (s *Store) LoadedAt(_ context.Context, sha string) (lfb.LoadCount, bool, error) {
	return lfb.LoadCount{Rows: 20011, Inserted: 20008, Rejected: 3}, sha == s.files[0].SHA256, nil
}

// RejectCounts are what was wrong with a file.
func (s *Store) RejectCounts(_ context.Context, sha string) ([]registry.RejectCount, error) {
	if sha != s.files[0].SHA256 {
		return nil, nil
	}
	return s.rejects, nil
}

// ReadAll returns the city's bundle for every bundle, the one record of each kind,
// and the same few bytes for every other object.
func (s *Store) ReadAll(_ context.Context, ref lfb.Ref) ([]byte, error) {
	switch kind, id, _ := strings.Cut(ref.Key, "/"); kind {
	case "bundle":
		b, err := fitCity()
		if err != nil {
			return nil, err
		}
		return b.MarshalBinary()
	case "summary":
		return json.Marshal(makeSummary(s.note))
	case "search":
		return json.Marshal(makeSearch())
	case "explanation":
		return json.Marshal(makeExplanation(s.note))
	case "verdict":
		return json.Marshal(makeVerdict(id))
	case "relevance":
		return json.Marshal(makeRelevance())
	}
	return []byte("<!doctype html><title>report</title><p>" + ref.Key), nil
}

// endedProgress is that of the run that promoted.
func endedProgress() control.Progress {
	p := control.Progress{}
	for i, s := range []struct {
		name, detail string
		from, to     float64 // minutes into the run
	}{
		{"fetch", "2 files, 1 new", 0, 0.2},
		{"load", "20\u202f008 rows, 3 rejected", 0.2, 0.7},
		{"clean", "data set " + dataSet, 0.7, 1.3},
		{"plan", "trained to 11 February, judged on 60 days", 1.3, 1.4},
		{"train baseline-ground", "", 1.4, 1.5},
		{"train baseline-mean", "", 1.4, 1.5},
		{"train linear", "", 1.5, 2.1},
		{"train forest", "", 1.5, 4.4},
		{"train gbdt", "", 2.1, 6.2},
		{"train randomforest", "out of memory at tree 412", 4.4, 5.9},
		{"compare", "gbdt wins", 6.2, 7},
		{"promote", "revision 2", 7, 7.4},
	} {
		at := func(minutes float64) time.Time { return atHour(6 + minutes/60) }
		step := control.Step{
			Name: s.name, State: control.StepDone, Detail: s.detail, Queued: at(min(s.from, 1.4)),
			Started: at(s.from), Ended: at(s.to), Attempts: 1,
		}
		if i < 4 || i > 9 {
			step.Queued = step.Started
		}
		if s.name == "train randomforest" {
			step.State = control.StepFailed
		}
		p.Steps = append(p.Steps, step)
	}
	return p
}

// Progress is that of a run on its way.
func (s *Store) Progress(_ context.Context, _, workflowRunID string) (control.Progress, error) {
	switch workflowRunID[len(workflowRunID)-1] { // the hour of its start
	case '9':
	case '6':
		return endedProgress(), nil
	case '8':
		return control.Progress{Verdict: lfb.Ref{Key: "verdict/" + fresh, Bytes: 1}}, nil
	case '2':
		return control.Progress{Steps: []control.Step{
			{Name: "fetch", State: control.StepDone, Detail: "nothing new", Started: atHour(2), Ended: atHour(2.002)},
			{Name: "train gbdt", State: control.StepNotRun, Detail: "cancelled", Started: atHour(2.01), Ended: atHour(2.02)},
		}}, nil
	default:
		return control.Progress{}, lfb.ErrNotFound
	}
	return control.Progress{DataSet: dataSet, Steps: []control.Step{
		{Name: "fetch", State: "done", Detail: "2 files, 1 new", Started: atHour(9), Ended: atHour(9.002)},
		{Name: "load", State: "done", Detail: "20\u202f008 rows, 3 rejected", Started: atHour(9.002), Ended: atHour(9.01)},
		{Name: "clean", State: "done", Detail: "data set " + dataSet, Started: atHour(9.01), Ended: atHour(9.02)},
		{
			Name: "train baseline-mean", State: "done", Started: atHour(9.02), Ended: atHour(9.0201),
			ReusedFrom: "20170403-060000-4f1c9a2b",
		},
		{
			Name: "train gbdt", State: "running", Queued: atHour(9.02), Started: atHour(9.05), WaitedSeconds: 108, Attempts: 2,
			Done: 212, Total: 400, Unit: "rounds",
		},
		{Name: "train linear", State: "queued", Queued: atHour(9.02)},
		{
			Name: "train randomforest", State: "failed", Detail: "out of memory at tree 412", Started: atHour(9.02),
			Ended: atHour(9.03),
		},
	}}, nil
}
