package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lfb/api/admin"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// Operator changes what serves, and starts what takes time.
type Operator interface {
	// Promote makes one ledger entry and says how it ended; nil while it goes on.
	Promote(ctx context.Context, in workflows.PromoteInput) (admin.Started, *workflows.PromoteResult, error)
	// Retrain starts a retrain; lfb.ErrConflict while one of the line runs.
	Retrain(ctx context.Context, ask admin.RetrainAsk) (admin.Started, error)
}

// Approvals are promotions that wait for a person.
type Approvals interface {
	Waiting(ctx context.Context) ([]admin.Waiting, error)
	// Waits says where one stands; lfb.ErrNotFound.
	Waits(ctx context.Context, id string) (admin.Waiting, error)
	Decide(ctx context.Context, id, update string, d workflows.Decision) (string, error)
}

// outcome is the page after a change: what was done, or why not.
type outcome struct {
	Done   bool
	Text   string
	Link   string // where to go on
	Label  string
	Detail string
}

// maxWhy is how long a reason may be, in bytes.
const maxWhy = 1000

// reasonOf is the text by which a person says why, in a field of a form.
func reasonOf(r *http.Request, field string) (string, error) {
	why := strings.TrimSpace(r.PostFormValue(field))
	if why == "" || len(why) > maxWhy {
		return "", fmt.Errorf("a reason of 1 to %d letters is needed: %w", maxWhy, lfb.ErrInvalid)
	}
	return why, nil
}

// change writes what is about to be done into the audit log, and returns who does
// it: what cannot be logged is not done.
func (u *ui) change(ctx context.Context, action, target, why string) (who string, err error) {
	id := httpx.Who(ctx)
	who = cmp.Or(id.Name, "local") // without accounts everyone at this machine
	return who, u.Audit.AppendAudit(ctx, registry.AuditEntry{
		At: u.Now().UTC(), Who: who, From: id.Address, Action: action, Target: target, Detail: why,
	})
}

// noOperator says that nothing can be changed here.
func noOperator() error { return fmt.Errorf("no workflow service is set up: %w", lfb.ErrUnavailable) }

// stale is the page for a decision that was overtaken.
func stale(line string, seen, now int64) *view {
	return &view{Template: "outcome", Title: "Overtaken", Section: "models", Status: http.StatusConflict, Body: outcome{
		Text: fmt.Sprintf("Nothing was changed: line %s is at revision %d by now, and this was decided from revision %d.", line, now, seen),
		Link: "/models", Label: "See what serves now, and decide again",
	}}
}

// promotionBody is the page that asks whether a version shall serve.
type promotionBody struct {
	Version  registry.Version
	Now      *registry.Version // serves; nil where nothing does
	Revision int64
	Kind     string
	Verdict  *registry.Verdict // of the run that made the version
	Served   bool              // it did before
}

// Rows are the figures of both, for the table.
func (b *promotionBody) Rows() []figureRow {
	was := registry.Version{}
	if b.Now != nil {
		was = *b.Now
	}
	return figureRows(was.Holdout.First, b.Version.Holdout.First)
}

// promotion shows the evidence and the form.
func (u *ui) promotion(r *http.Request) (*view, error) {
	b, err := u.promotionBody(r)
	if err != nil {
		return nil, err
	}
	title := "Promote"
	if b.Kind == workflows.KindRollback {
		title = "Roll back"
	}
	return &view{Template: "promote", Title: title, Section: "models", Body: b}, nil
}

func (u *ui) promotionBody(r *http.Request) (*promotionBody, error) {
	ctx, line, id := r.Context(), r.PathValue("line"), r.PathValue("id")
	b := &promotionBody{Kind: workflows.KindPromote}
	var err error
	if b.Version, err = u.Store.Version(ctx, line, id); err != nil {
		return nil, err
	}
	now, err := u.champion(ctx, line)
	if err != nil {
		return nil, err
	}
	b.Revision = now.Revision
	if now.To == id {
		return nil, fmt.Errorf("version %s serves already: %w", id, lfb.ErrConflict)
	}
	if now.To != "" {
		v, err := u.Store.Version(ctx, line, now.To)
		if err != nil {
			return nil, err
		}
		b.Now = &v
	}
	ps, err := u.Store.PromotionsTo(ctx, line, id)
	if err != nil {
		return nil, err
	}
	if b.Served = len(ps) > 0; b.Served {
		b.Kind = workflows.KindRollback
	}
	b.Verdict, err = u.verdictOf(ctx, registry.Run{ID: b.Version.RunID, Line: line})
	return b, err
}

// champion is the line's last ledger entry; the zero one where there is none.
func (u *ui) champion(ctx context.Context, line string) (registry.Promotion, error) {
	now, err := u.Store.Champion(ctx, line)
	if errors.Is(err, lfb.ErrNotFound) {
		return registry.Promotion{}, nil
	}
	return now, err
}

// promote makes the ledger entry.
func (u *ui) promote(r *http.Request) (*view, error) {
	ctx, line, id := r.Context(), r.PathValue("line"), r.PathValue("id")
	if u.Operator == nil {
		return nil, noOperator()
	}
	seen, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	kind := r.PostFormValue("kind")
	if err != nil || kind != workflows.KindPromote && kind != workflows.KindRollback {
		return nil, fmt.Errorf("revision %.20q, kind %.20q: %w", r.PostFormValue("revision"), kind, lfb.ErrInvalid)
	}
	now, err := u.champion(ctx, line)
	if err != nil {
		return nil, err
	}
	if now.Revision != seen {
		return stale(line, seen, now.Revision), nil
	}
	if now.To == id {
		return nil, fmt.Errorf("version %s serves already: %w", id, lfb.ErrConflict)
	}
	if _, err := u.Store.Version(ctx, line, id); err != nil {
		return nil, err
	}
	why, err := reasonOf(r, "why")
	if err != nil {
		return nil, err
	}
	who, err := u.change(ctx, kind, line+" "+id, fmt.Sprintf("from revision %d: %s", seen, why))
	if err != nil {
		return nil, err
	}
	started, res, err := u.Operator.Promote(ctx, workflows.PromoteInput{Line: line, Version: id, Seen: seen, Kind: kind, Who: who, Why: why})
	if err != nil {
		return nil, err
	}
	out := outcome{Link: "/models", Label: "Models", Detail: started.WorkflowID}
	v := &view{Template: "outcome", Title: "Under way", Section: "models", Status: http.StatusAccepted}
	switch {
	case res == nil:
		out.Text = "The promotion goes on; the ledger will have it when it ends."
	case res.Outcome == workflows.OutcomeStale:
		return stale(line, seen, res.Revision), nil
	case res.Outcome == workflows.OutcomePromoted:
		v.Title, v.Status, out.Done = "Done", 0, true
		out.Text = fmt.Sprintf("Version %s serves now, by revision %d. Every api swaps within a second.", id, res.Revision)
	default:
		v.Title, v.Status = "Not done", http.StatusConflict
		out.Text = res.Outcome + ": " + res.Reason
	}
	v.Body = out
	return v, nil
}

// approvalBody is a promotion that waits, with what to judge it by.
type approvalBody struct {
	admin.Waiting
	promotionBody
	Decision string
}

func (u *ui) approval(r *http.Request) (*view, error) {
	ctx := r.Context()
	if u.Approvals == nil {
		return nil, noOperator()
	}
	w, err := u.Approvals.Waits(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	b := &approvalBody{Waiting: w}
	if b.promotionBody.Version, err = u.Store.Version(ctx, w.Line, w.Promotion.Version); err != nil {
		return nil, err
	}
	now, err := u.champion(ctx, w.Line)
	if err != nil {
		return nil, err
	}
	if b.Revision = now.Revision; now.To != "" {
		v, err := u.Store.Version(ctx, w.Line, now.To)
		if err != nil {
			return nil, err
		}
		b.Now = &v
	}
	return &view{Template: "approve", Title: "Approve or reject", Section: "models", Body: b}, nil
}

// Overtaken says that the ledger moved on since the promotion was asked for.
func (b *approvalBody) Overtaken() bool { return b.Revision != b.Seen }

func (u *ui) decide(r *http.Request) (*view, error) {
	ctx, id := r.Context(), r.PathValue("id")
	if u.Approvals == nil {
		return nil, noOperator()
	}
	update := r.PostFormValue("decision")
	if update != workflows.UpdateApprove && update != workflows.UpdateReject {
		return nil, fmt.Errorf("decision %.20q is neither approve nor reject: %w", update, lfb.ErrInvalid)
	}
	w, err := u.Approvals.Waits(ctx, id)
	if err != nil {
		return nil, err
	}
	if !w.Waiting {
		return nil, fmt.Errorf("%s waits for nobody any more: %w", id, lfb.ErrConflict)
	}
	now, err := u.champion(ctx, w.Line)
	if err != nil {
		return nil, err
	}
	if now.Revision != w.Seen || r.PostFormValue("revision") != strconv.FormatInt(w.Seen, 10) {
		return stale(w.Line, w.Seen, now.Revision), nil
	}
	why, err := reasonOf(r, "why")
	if err != nil {
		return nil, err
	}
	who, err := u.change(ctx, update, id, why)
	if err != nil {
		return nil, err
	}
	answer, err := u.Approvals.Decide(ctx, id, update, workflows.Decision{Who: who, Why: why})
	if err != nil {
		return nil, err
	}
	return &view{Template: "outcome", Title: "Done", Section: "models", Body: outcome{
		Done: true, Text: fmt.Sprintf("%s: %s", strings.ToUpper(update[:1])+update[1:], answer), Link: "/models", Label: "Models",
	}}, nil
}

// retrain starts the configured retrain.
func (u *ui) retrain(r *http.Request) (*view, error) {
	if u.Operator == nil {
		return nil, noOperator()
	}
	force := r.PostFormValue("force") != ""
	who, err := u.change(r.Context(), "retrain", "runs", "started from the page"+map[bool]string{true: ", though nothing is new"}[force])
	if err != nil {
		return nil, err
	}
	started, err := u.Operator.Retrain(r.Context(), admin.RetrainAsk{Who: who, Force: force})
	if err != nil {
		return nil, err
	}
	return &view{Template: "outcome", Title: "Started", Section: "runs", Status: http.StatusAccepted, Body: outcome{
		Done: true, Text: "The retrain is under way. It shows among the runs as soon as it has begun.",
		Link: "/runs?" + url.Values{"state": {string(registry.Running)}}.Encode(), Label: "Runs that are running", Detail: started.WorkflowID,
	}}, nil
}
