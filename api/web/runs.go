package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
)

// pageRuns is how many runs a page of the list has.
const pageRuns = 25

// csvRuns is how many runs a page of the list has that is asked for as CSV.
const csvRuns = 1000

type runsBody struct {
	Runs               []registry.Run
	State              string
	States             []registry.RunState
	Line               string
	Lines              []string
	Outcome, Trigger   string
	Outcomes, Triggers []string
	Before             string            // day up to which they started; empty: all
	Headers            []runHeader       // by which they can be sorted
	Filters            map[string]string // address of the list with a filter changed, by state
	Newest             string            // address of the first page; empty on it
	Older              string            // address of the next page; empty on the last
	Marked             []string          // ids to be compared
}

// runHeader is a heading of the list that sorts it.
type runHeader struct{ Text, Link, Sorted string }

// IsMarked says whether a run is to be compared.
func (b *runsBody) IsMarked(id string) bool { return slices.Contains(b.Marked, id) }

func (u *ui) listRuns(r *http.Request) (*view, error) {
	q := r.URL.Query()
	b := &runsBody{
		State: q.Get("state"), States: registry.RunStates(), Line: q.Get("line"), Lines: lfb.Lines(),
		Before: q.Get("before"), Filters: map[string]string{}, Marked: q["run"],
		Outcome: q.Get("outcome"), Outcomes: registry.Outcomes(), Trigger: q.Get("trigger"), Triggers: registry.Triggers(),
	}
	by, reverse := strings.CutPrefix(q.Get("sort"), "-")
	query := registry.Query{
		State: registry.RunState(b.State), Outcome: b.Outcome, Trigger: b.Trigger, Line: b.Line,
		Sort: by, Reverse: reverse, After: q.Get("after"), Limit: pageRuns + 1,
	}
	var err error
	if query.Before, err = parseDay(b.Before, 1); err != nil {
		return nil, err
	}
	if q.Get("format") == "csv" {
		query.Limit = csvRuns + 1
	}
	runs, err := u.Store.ListRuns(r.Context(), query)
	if err != nil {
		return nil, err
	}
	if len(runs) == query.Limit {
		runs = runs[:query.Limit-1]
		b.Older = linkTo(q, "after", runs[len(runs)-1].ID)
	}
	if query.After != "" {
		b.Newest = linkTo(q, "after", "")
	}
	for _, s := range append(b.States, "") {
		b.Filters[string(s)] = linkTo(q, "after", "", "state", string(s))
	}
	for _, h := range [][2]string{{"started", "started"}, {"state", "state"}, {"took", "duration"}} {
		x, next := runHeader{Text: h[0]}, h[1]
		if h[1] == cmp.Or(by, "started") {
			if x.Sorted = "ascending"; !reverse {
				x.Sorted, next = "descending", "-"+next
			}
		}
		x.Link = linkTo(q, "after", "", "sort", next)
		b.Headers = append(b.Headers, x)
	}
	b.Runs = runs
	return &view{Template: "runs", Title: "Runs", Section: "runs", Body: b}, nil
}

// runBody is one run with its leaderboard.
type runBody struct {
	Run        registry.Run
	Candidates []registry.Candidate
	Whiskers   []*whisker // of the candidates against Against; nil where there is none
	Against    string     // the champion, or where there is none the best baseline
	Progress   control.Progress
	Timeline   *runTimeline
	StepsNote  string // why it has no steps
	Verdict    *registry.Verdict
	Chosen     *registry.Candidate // whose slices are shown
	Figures    *figures
	Searches   []search
	Relevance  *randomforest.Report
	Temporal   string
	Settings   []setting
	Decide     string // the approval that it waits for; empty where it waits for none
}

// Live says that the run may still change.
func (b *runBody) Live() bool { return b.Run.State.IsOpen() }

// Cancellable says that it may be asked to stop.
func (b *runBody) Cancellable() bool { return b.Run.State == registry.Running }

func (u *ui) showRun(r *http.Request) (*view, error) {
	b, err := u.runBody(r)
	if err != nil {
		return nil, err
	}
	if b.Verdict, err = u.readVerdict(r.Context(), b.Run, b.Candidates, b.Progress); err != nil {
		return nil, err
	}
	if b.Verdict != nil {
		b.Verdict = u.nameVersions(b.Run.Line, &judgement{Verdict: b.Verdict}).Verdict
	}
	v := &view{Template: "run", Title: "Run " + b.Run.ID, Section: "runs", Body: b}
	if b.Live() {
		v.Refresh, v.Events = 10, "/runs/"+url.PathEscape(b.Run.ID)+"/events" // the first for browsers without JavaScript
	}
	b.chooseCandidate(r.URL.Query().Get("candidate"))
	b.Searches = u.readSearches(r.Context(), b.Candidates)
	b.Relevance = u.readRelevance(r.Context(), b.Candidates)
	b.Settings = plainSettings(flattenConfig(b.Run.Config))
	b.Decide = u.approvalOf(r.Context(), b.Run)
	return v, nil
}

// runBody is what a run's steps need too, each second while somebody watches them.
func (u *ui) runBody(r *http.Request) (*runBody, error) {
	b := &runBody{}
	var err error
	if b.Run, b.Candidates, err = u.Store.Run(r.Context(), r.PathValue("id")); err != nil {
		return nil, err
	}
	b.Whiskers, b.Against = compareAll(b.Candidates)
	b.Temporal = u.workflowLink(b.Run)
	b.Progress, b.StepsNote = u.readProgress(r.Context(), b.Run)
	b.Run.DataSet = cmp.Or(b.Run.DataSet, b.Progress.DataSet)
	b.Timeline = newTimeline(b.Progress.Steps, u.Now())
	return b, nil
}

// compareAll is how a run's candidates did against the champion, or, where there was
// none, against the best baseline.
func compareAll(cs []registry.Candidate) (whiskers []*whisker, against string) {
	intervals, against := make([]*ml.Interval, len(cs)), "the best baseline"
	for i, c := range cs {
		if c.VsChampion != nil {
			against = "the champion"
		}
		intervals[i] = c.VsBaseline
	}
	if against == "the champion" {
		for i, c := range cs {
			intervals[i] = c.VsChampion
		}
	}
	return drawWhiskers(intervals), against
}

// approvalOf is the id of the approval that a run waits for; empty where it waits for
// none, or Temporal does not answer now.
func (u *ui) approvalOf(ctx context.Context, r registry.Run) string {
	if !r.State.IsOpen() || r.Outcome != control.OutcomeAwaiting {
		return ""
	}
	waiting, err := u.readApprovals(ctx)
	if err != nil {
		u.Log.Debug("approvals not read", zap.String("run_id", r.ID), zap.Error(err))
	}
	for _, a := range waiting {
		if a.RunID == r.ID {
			return a.ID
		}
	}
	return ""
}

// workflowLink is the run's page in the Temporal Web UI.
func (u *ui) workflowLink(r registry.Run) string {
	if u.TemporalUI == "" || r.WorkflowID == "" {
		return ""
	}
	space := cmp.Or(u.Namespace, "default")
	return strings.TrimSuffix(u.TemporalUI, "/") + "/namespaces/" + url.PathEscape(space) + "/workflows/" +
		url.PathEscape(r.WorkflowID) + "/" + url.PathEscape(r.WorkflowRunID) + "/history"
}

// progressWait is how long a page waits for a run to say how far it has come: a busy worker
// reads its history again first, and Temporal alone knows less.
const progressWait = 4 * time.Second

// readProgress asks how far a run has come, and says why where that cannot be had: no
// error of the page, as the registry knows the rest.
func (u *ui) readProgress(ctx context.Context, r registry.Run) (control.Progress, string) {
	if r.WorkflowID == "" {
		return control.Progress{}, "The steps are in the Temporal Web UI."
	}
	ctx, cancel := context.WithTimeout(ctx, progressWait)
	defer cancel()
	p, err := u.Control.Progress(ctx, r.WorkflowID, r.WorkflowRunID)
	if err == nil && len(p.Steps) == 0 && r.State.IsOpen() {
		return p, "The steps are being read."
	}
	if err != nil {
		u.Log.Debug("steps not read", zap.String("run_id", r.ID), zap.Error(err))
		return p, "The steps cannot be read from Temporal now."
	}
	return p, ""
}

// figuresOf are the drawings of a candidate.
func figuresOf(run string, c *registry.Candidate) *figures {
	return &figures{
		Base:      "/runs/" + url.PathEscape(run) + "/plots/" + url.PathEscape(c.Name),
		Diagnosis: c.Holdout.Diagnosis, Name: c.Name, Bundle: !c.Bundle.IsZero(), Curve: c.Curve,
	}
}

// chooseCandidate picks the candidate whose slices are shown: the one asked for, else
// the best.
func (b *runBody) chooseCandidate(name string) {
	for i, c := range b.Candidates {
		if len(c.Holdout.Slices) == 0 {
			continue
		}
		if b.Chosen == nil || c.Name == name {
			b.Chosen = &b.Candidates[i]
		}
		if c.Name == name {
			break
		}
	}
	if b.Chosen != nil {
		b.Figures = figuresOf(b.Run.ID, b.Chosen)
	}
}

// readVerdict finds the gate's verdict on what a run made, whatever it was: where its
// leaderboard says; of one of an older release where its progress says, or, where Temporal
// forgot it, in the ledger entry that it made. It is nil where nothing was judged.
func (u *ui) readVerdict(ctx context.Context, r registry.Run, cs []registry.Candidate,
	p control.Progress,
) (*registry.Verdict, error) {
	ref := p.Verdict
	if len(cs) > 0 && !cs[0].Verdict.IsZero() {
		ref = cs[0].Verdict
	}
	if ref.IsZero() {
		entry, err := orZero(u.Store.PromotionOf(ctx, r.Line, r.ID))
		return readEvidence(entry), err
	}
	v := &registry.Verdict{}
	if err := u.readJSON(ctx, ref, v); err != nil {
		return nil, err
	}
	return v, nil
}

// verdictOn is a run's verdict; nil unless it was this version that it judged.
func (u *ui) verdictOn(ctx context.Context, runID, version string) (*registry.Verdict, error) {
	run, cs, err := u.Store.Run(ctx, runID)
	if err != nil {
		_, err = orZero(run, err)
		return nil, err
	}
	p := control.Progress{}
	if len(cs) == 0 || cs[0].Verdict.IsZero() {
		p, _ = u.readProgress(ctx, run)
	}
	found, err := u.readVerdict(ctx, run, cs, p)
	if found == nil || found.Evidence.Winner.Version != version &&
		(found.Provisional == nil || found.Provisional.Version != version) {
		return nil, err
	}
	return found, err
}

// readEvidence reads a ledger entry's evidence; nil where there is none to read.
func readEvidence(p registry.Promotion) *registry.Verdict {
	var v registry.Verdict
	if len(p.Evidence) == 0 || json.Unmarshal(p.Evidence, &v) != nil || len(v.Checks) == 0 {
		return nil
	}
	return &v
}

// showSteps is the list of steps alone.
func (u *ui) showSteps(r *http.Request) (*view, error) {
	b, err := u.runBody(r)
	return &view{Template: "steps", Body: b}, err
}

// streamRun sends the steps, and how the run stands, whenever that changes, until the run has ended.
func (u *ui) streamRun(r *http.Request) (*view, error) {
	if _, _, err := u.Store.Run(r.Context(), r.PathValue("id")); err != nil {
		return nil, err
	}
	return u.streamEvents(r, func(r *http.Request) ([]part, bool, error) {
		b, err := u.runBody(r)
		if err != nil {
			return nil, false, err
		}
		steps, err := u.pages.renderPart("run", "steps", b)
		if err != nil {
			return nil, false, err
		}
		lead, err := u.pages.renderPart("run", "lead", b)
		elapsed := []byte(formatSpan(u.Now().Sub(b.Run.StartedAt)))
		return []part{{"steps", steps}, {"lead", lead}, {"elapsed", elapsed}}, b.Live(), err
	}), nil
}
