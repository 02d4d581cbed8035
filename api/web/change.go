package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// Control starts, changes and decides what Temporal runs, checks it against the
// ledger and writes it into the audit log; control.Control is one.
type Control interface {
	control.Commands
	// TrainSpec is what is configured.
	TrainSpec() control.TrainSpec
	// StepEvents is what is recorded of one step; lfb.ErrNotFound.
	StepEvents(ctx context.Context, workflowID, runID, step string) ([]control.StepEvent, error)
	// Approval says how a promotion that waits stands; lfb.ErrNotFound.
	Approval(ctx context.Context, id string) (control.Approval, error)
}

// maxWhy is how long a reason may be, in bytes.
const maxWhy = 1000

// readReason is the text by which a person says why, in a field of a form.
func readReason(r *http.Request, field string) (string, error) {
	why := strings.TrimSpace(r.PostFormValue(field))
	if why == "" || len(why) > maxWhy {
		return "", fmt.Errorf("a reason of 1 to %d letters is needed: %w", maxWhy, lfb.ErrInvalid)
	}
	return why, nil
}

// actorOf is who a change is asked by: without accounts everyone at this machine.
func actorOf(ctx context.Context) control.Actor {
	id := httpx.Who(ctx)
	return control.Actor{Name: cmp.Or(id.Name, "local"), Address: id.Address, Key: id.Key}
}

// changes are what is said on the page to which a change leads.
var changes = map[string]string{
	"promoted":  "Done: it is in the ledger, and every api serves it within a second.",
	"promoting": "The promotion is still running; the ledger will show it when it ends.",
	"noted":     "The note stands beside the version.",
	"judged":    "The gate has held this version against what serves: its checks are below.",
	"judging":   "The gate is at it: its checks will stand here when it is done. Load the page again in a while.",
	"seen":      "The alarm is acknowledged. It stays open until it is no longer found.",
	"approve":   "Approved.", "reject": "Rejected: what serves stays.",
	"mark":         "Mark two runs or more to compare them.",
	"cancel":       "The run was asked to stop. It ends within a minute; what was fitted is kept.",
	"retrain":      "The retrain is under way.",
	"availability": "Set: every answer reckons with it within a second.",
	"setting":      "Set: every api answers with it within seconds.",
	"pause":        "The schedule is paused.", "resume": "The schedule is resumed.",
	"trigger": "Started: it shows among the runs in a moment.",
	"looking": "Started: the monitor run shows here in a moment.",
	"role":    "The role is set; it holds within a minute.",
	"disable": "The account is disabled; it holds within a minute.", "enable": "The account is enabled.",
	"sessions": "Signed out everywhere within a minute.", "revoke": "The key is revoked; it holds within a minute.",
	"replay":         "The replay is under way.",
	"scenario-saved": "The scenario is saved for all.", "scenario-removed": "The scenario is removed.",
	"places": "The places are being refreshed: every api takes the new set within seconds of its end.",
}

// redirectAfter leads to the page that shows what a change did, so that loading that one
// again changes nothing: to where the form says that one was, unless that is the first
// page, else to the one given, with whatever more its query needs.
func redirectAfter(r *http.Request, change, to string, query ...url.Values) *view {
	q := url.Values{}
	if back := pageNamed(r, "back"); back != nil {
		to, q = back.EscapedPath(), back.Query()
	}
	for _, more := range query {
		maps.Copy(q, more)
	}
	if change != "" {
		q.Set("changed", change)
	}
	return &view{Write: func(w http.ResponseWriter) {
		http.Redirect(w, r, strings.TrimSuffix(to+"?"+q.Encode(), "?"), http.StatusSeeOther)
	}}
}

// promotionBody is the page that asks whether a version shall serve.
type promotionBody struct {
	Version  registry.Version
	Now      *registry.Version // serves; nil where nothing does
	Revision int64
	Kind     string
	Verdict  *judgement // of the gate on this version; nil where none has judged it
	Served   bool       // it did before
	Pair     *pairedScores
	Doubt    error // control.ErrUnjudged or ErrRefused of one that serves only at a word; nil of any other
}

// showPromotion shows the evidence and the form.
func (u *ui) showPromotion(r *http.Request) (*view, error) {
	b, err := u.promotionBody(r)
	if err != nil {
		return nil, err
	}
	title := "Promote "
	if b.Kind == control.KindRollback {
		title = "Roll back to "
	}
	return &view{Template: "promote", Title: title + u.nameOf(b.Version.Line, b.Version.ID), Section: "models", Body: b},
		nil
}

func (u *ui) promotionBody(r *http.Request) (*promotionBody, error) {
	ctx, line, id := r.Context(), r.PathValue("line"), r.PathValue("id")
	b := &promotionBody{Kind: control.KindPromote}
	var err error
	if b.Version, err = u.Store.Version(ctx, line, id); err != nil {
		return nil, err
	}
	if err := b.setChampion(ctx, u, line); err != nil {
		return nil, err
	}
	if b.Now != nil && b.Now.ID == id {
		return nil, fmt.Errorf("version %s serves already: %w", id, lfb.ErrConflict)
	}
	ps, err := u.Store.PromotionsTo(ctx, line, id)
	if err != nil {
		return nil, err
	}
	if b.Served = len(ps) > 0; b.Served {
		b.Kind = control.KindRollback
	}
	if b.Doubt, err = control.FindDoubt(ctx, u.Store, b.Version); err != nil {
		return nil, err
	}
	if err := b.setVerdict(ctx, u); err != nil {
		return nil, err
	}
	return b, b.findPairOnBoards(ctx, u)
}

// Refused says that the doubt is the gate's own.
func (b *promotionBody) Refused() bool { return errors.Is(b.Doubt, control.ErrRefused) }

// pairedScores is what was measured of two versions on the same rows, by the gate or for a
// run's leaderboard.
type pairedScores struct {
	Evidence registry.Evidence
	Run      string // whose leaderboard it is; empty: the gate's
	is, was  ml.Metrics
	vs       *ml.Interval // nil: not measured
}

// findPairOnBoards finds the scores of the version and of what serves on one run's
// leaderboard, where no gate has held one against the other: both were made by that run, or
// one served while it made the other.
func (b *promotionBody) findPairOnBoards(ctx context.Context, u *ui) error {
	if b.Now == nil || b.Pair != nil {
		return nil
	}
	for _, id := range []string{b.Version.RunID, b.Now.RunID} {
		_, board, err := u.Store.Run(ctx, id)
		if err != nil && !errors.Is(err, lfb.ErrNotFound) {
			return err
		}
		scored := func(version string) int {
			return slices.IndexFunc(board, func(c registry.Candidate) bool {
				return c.Version == version && c.RefitOf == "" && c.Holdout.First.Rows > 0
			})
		}
		is, was := scored(judgedAs(b.Version)), scored(judgedAs(*b.Now))
		if is < 0 || was < 0 || is == was || board[is].Holdout.First.Rows != board[was].Holdout.First.Rows {
			continue
		}
		b.Pair = &pairedScores{Run: id, is: board[is].Holdout.First, was: board[was].Holdout.First}
		b.Pair.Evidence.Rows = b.Pair.is.Rows
		switch championRow := func(c registry.Candidate) bool { return c.VsChampion == nil && c.Rank == 0 }; {
		case championRow(board[was]):
			b.Pair.vs = board[is].VsChampion
		case championRow(board[is]):
			b.Pair.vs = invertInterval(board[was].VsChampion)
		}
		return nil
	}
	return nil
}

// invertInterval is that of the second less the first; nil of nil.
func invertInterval(i *ml.Interval) *ml.Interval {
	if i == nil {
		return nil
	}
	return &ml.Interval{Diff: -i.Diff, Low: -i.High, High: -i.Low, Confidence: i.Confidence}
}

// pairOf are the scores in a verdict of a version against another, whichever of the two it
// was that was judged; nil where the verdict is on others.
func pairOf(v *registry.Verdict, version, other string) *pairedScores {
	if v == nil || v.Evidence.Champion == nil {
		return nil
	}
	e := v.Evidence
	winner, champion := e.Winner.Report.First, e.Champion.Report.First
	switch {
	case e.Winner.Version == version && e.Champion.Version == other:
		return &pairedScores{Evidence: e, is: winner, was: champion, vs: e.VsChampion}
	case e.Winner.Version == other && e.Champion.Version == version:
		return &pairedScores{Evidence: e, is: champion, was: winner, vs: invertInterval(e.VsChampion)}
	}
	return nil
}

// judgedAs is the version by which a gate knows one: of a refit, which has learned from the
// hold-out, that which it is a refit of.
func judgedAs(v registry.Version) string { return cmp.Or(v.RefitOf, v.ID) }

// setVerdict finds the gate's last verdict on the version, and where the version and what
// serves were scored on the same rows: when either was judged against the other.
func (b *promotionBody) setVerdict(ctx context.Context, u *ui) error {
	own, champion := judgedAs(b.Version), ""
	if b.Now != nil {
		champion = judgedAs(*b.Now)
	}
	read := func(v registry.Version, against string) (*judgement, error) {
		notes, err := u.Store.VersionNotes(ctx, v.Line, v.ID)
		if err != nil {
			return nil, err
		}
		return u.judgementOn(ctx, v, notes, against)
	}
	var err error
	if b.Verdict == nil {
		if b.Verdict, err = read(b.Version, champion); err != nil {
			return err
		}
	}
	if b.Now == nil {
		return nil
	}
	if b.Verdict != nil {
		b.Pair = pairOf(b.Verdict.Verdict, own, champion)
	}
	if b.Pair == nil {
		other, err := read(*b.Now, own)
		if err != nil {
			return err
		}
		if other != nil {
			b.Pair = pairOf(other.Verdict, own, champion)
		}
	}
	return nil
}

// Judgeable says that the version could be held against what serves.
func (b *promotionBody) Judgeable() bool { return b.Now != nil && (b.Pair == nil || b.Pair.Run != "") }

// Rows is what the two do, side by side.
func (b *promotionBody) Rows() []comparedRow {
	switch {
	case b.Pair != nil:
		return compareMetrics(b.Pair.is, &b.Pair.was, b.Pair.vs, true)
	case b.Now != nil:
		return compareMetrics(b.Version.Holdout.First, &b.Now.Holdout.First, nil, false)
	}
	return compareMetrics(b.Version.Holdout.First, nil, nil, false)
}

// setChampion notes the revision and the version that serves.
func (b *promotionBody) setChampion(ctx context.Context, u *ui, line string) error {
	now, err := u.readChampion(ctx, line)
	b.Revision = now.Revision
	if err != nil || now.To == "" {
		return err
	}
	v, err := u.Store.Version(ctx, now.Line, now.To)
	b.Now = &v
	return err
}

// readChampion is the line's last ledger entry; the zero one where there is none.
func (u *ui) readChampion(ctx context.Context, line string) (registry.Promotion, error) {
	return orZero(u.Store.Champion(ctx, line))
}

// orZero is the zero value where there is nothing.
func orZero[T any](v T, err error) (T, error) {
	if errors.Is(err, lfb.ErrNotFound) {
		return *new(T), nil
	}
	return v, err
}

// promoteVersion makes the ledger entry.
func (u *ui) promoteVersion(r *http.Request) (*view, error) {
	seen, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	kind := r.PostFormValue("kind")
	if err != nil || kind != control.KindPromote && kind != control.KindRollback {
		return nil, fmt.Errorf("revision %.20q, kind %.20q: %w", r.PostFormValue("revision"), kind, lfb.ErrInvalid)
	}
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	res, err := u.Control.Promote(r.Context(), actorOf(r.Context()), control.PromotionRequest{
		Line: r.PathValue("line"), Version: r.PathValue("id"), Seen: seen, Kind: kind, Why: why,
		Unjudged: r.PostFormValue("unjudged") != "",
	})
	switch {
	case err != nil:
		return nil, err
	case res.Outcome == "":
		return redirectAfter(r, "promoting", "/models"), nil
	case res.Outcome != control.OutcomePromoted && res.Outcome != control.OutcomeAlready:
		return nil, fmt.Errorf("%s: %s: %w", res.Outcome, res.Reason, lfb.ErrConflict)
	}
	return redirectAfter(r, "promoted", "/models"), nil
}

// approvalBody is a promotion that waits, with what to judge it by.
type approvalBody struct {
	Approval control.Approval
	promotionBody
}

func (u *ui) showApproval(r *http.Request) (*view, error) {
	ctx := r.Context()
	a, err := u.Control.Approval(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	b := &approvalBody{Approval: a}
	if b.Version, err = u.Store.Version(ctx, a.Line, a.Version); err != nil {
		return nil, err
	}
	if err := b.setChampion(ctx, u, a.Line); err != nil {
		return nil, err
	}
	made, err := u.verdictOn(ctx, cmp.Or(a.RunID, b.Version.RunID), a.Version)
	switch {
	case err != nil:
		return nil, err
	case made != nil: // with reused fits another run than the one that waits may have made the version
		b.Verdict = u.nameVersions(a.Line, &judgement{Verdict: made})
	}
	if err := b.setVerdict(ctx, u); err != nil {
		return nil, err
	}
	return &view{
		Template: "approve", Title: "Approve or reject " + u.nameOf(a.Line, a.Version), Section: "models",
		Body: b,
	}, nil
}

// Overtaken says that the ledger moved on since the promotion was asked for.
func (b *approvalBody) Overtaken() bool { return b.Revision != b.Approval.Revision }

func (u *ui) decideApproval(r *http.Request) (*view, error) {
	update := r.PostFormValue("decision")
	if update != control.DecideApprove && update != control.DecideReject {
		return nil, fmt.Errorf("decision %.20q is neither approve nor reject: %w", update, lfb.ErrInvalid)
	}
	seen, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	if err != nil || seen < 0 {
		return nil, fmt.Errorf("revision %.20q: %w", r.PostFormValue("revision"), lfb.ErrInvalid)
	}
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	_, err = u.Control.Decide(r.Context(), actorOf(r.Context()), control.Decision{
		ID: r.PathValue("id"), Seen: seen, Update: update, Why: why,
	})
	return redirectAfter(r, update, "/models"), err
}

// awaitRecord is the id of the run that was just started, once it has written itself
// down; empty where that takes longer than a person waits.
func (u *ui) awaitRecord(ctx context.Context, started control.Run) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		runs, _ := u.Store.ListRuns(ctx, registry.Query{Limit: pageRuns}) // what it cannot tell now it is asked again
		for _, r := range runs {
			if r.WorkflowRunID == started.RunID {
				return r.ID
			}
		}
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// cancelRun asks a run to stop.
func (u *ui) cancelRun(r *http.Request) (*view, error) {
	run, _, err := u.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	_, err = u.Control.Cancel(r.Context(), actorOf(r.Context()), run, why)
	return redirectAfter(r, "cancel", "/runs/"+url.PathEscape(run.ID)), err
}
