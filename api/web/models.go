package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"lfb/internal/bundle"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// How much of a line's history the page shows.
const (
	pageVersions = 120 // some fifteen runs of eight candidates
	pageLedger   = 20
)

type modelsBody struct {
	Lines   []lineBody
	Waiting []control.Approval // promotions that a person has to decide on
	Away    bool               // whether any wait cannot be told now
	Text    string             // that was searched for
}

// lineBody is one line of models.
type lineBody struct {
	Name      string
	Origin    lfb.Origin
	Serves    bool // this line's champion is the one that answers
	Champion  *registry.Promotion
	Champions []registry.VersionName // that serve or did, the last to come to it first
	Runs      []runVersions
	Older     string // address of the next page; empty on the last
	Ledger    []registry.Promotion
	// Provisional says why the champion serves only until another passes the gate.
	Provisional *registry.Provisional
}

// runVersions are the versions that one run made: the one that is shown, and the rest.
type runVersions struct {
	RunID  string
	Shown  registry.VersionName
	Others []registry.VersionName
}

// listedVersion is a version in a list, with what may be done with it.
type listedVersion struct {
	registry.VersionName
	Champion, Served bool // of its line; as far as the ledger is listed
	Admin            bool // whether it may be promoted
}

// ListVersion is a version as the line lists it.
func (l lineBody) ListVersion(n registry.VersionName, admin bool) listedVersion {
	served := slices.ContainsFunc(l.Ledger, func(p registry.Promotion) bool { return p.To == n.Version })
	return listedVersion{n, l.Champion != nil && l.Champion.To == n.Version, served, admin}
}

func (u *ui) listModels(r *http.Request) (*view, error) {
	q := r.URL.Query()
	b := &modelsBody{Text: q.Get("q")}
	var err error
	if b.Waiting, err = u.readApprovals(r.Context()); err != nil {
		u.Log.Warn("waiting promotions not read", zap.Error(err))
		b.Away = true
	}
	for _, origin := range lfb.Origins() {
		l := lineBody{Name: origin.Line(), Origin: origin}
		before, err := readBefore(q, l.Name)
		if err != nil {
			return nil, err
		}
		if err := u.readLine(r.Context(), &l, registry.VersionQuery{Line: l.Name, Text: b.Text, Before: before}); err != nil {
			return nil, err
		}
		if len(l.Runs)+len(l.Ledger) > 0 {
			b.Lines = append(b.Lines, l)
		}
	}
	return &view{Template: "models", Title: "Models", Section: "models", Body: b}, nil
}

// readBefore is the number before which a line's page begins; 0 of the first page.
func readBefore(q url.Values, line string) (int64, error) {
	text := q.Get("before")
	if text == "" || q.Get("line") != line {
		return 0, nil
	}
	before, err := strconv.ParseInt(text, 10, 64)
	if err != nil || before < 1 {
		return 0, fmt.Errorf("page before version %.20q: %w", text, lfb.ErrInvalid)
	}
	return before, nil
}

// readLine reads what serves, what served, and a page of what was made.
func (u *ui) readLine(ctx context.Context, l *lineBody, q registry.VersionQuery) error {
	var err error
	if l.Ledger, err = u.Store.LedgerEntries(ctx, l.Name, pageLedger); err != nil {
		return err
	}
	for _, p := range l.Ledger {
		if slices.ContainsFunc(l.Champions, func(n registry.VersionName) bool { return n.Version == p.To }) {
			continue
		}
		n, err := u.readName(context.WithoutCancel(ctx), l.Name, p.To)
		if errors.Is(err, lfb.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		l.Champions = append(l.Champions, n)
	}
	if len(l.Ledger) > 0 {
		l.Champion = &l.Ledger[0] // newest first: the highest revision
		v, err := orZero(u.Store.Version(ctx, l.Name, l.Champion.To))
		if err != nil {
			return err
		}
		l.Provisional = v.Provisional
	}
	now := u.Champion.Now()
	l.Serves = now != nil && now.Promotion.Line == l.Name
	q.Limit = pageVersions + 1
	names, err := u.Store.VersionNames(ctx, q)
	l.foldRuns(names, q.Text)
	return err
}

// foldRuns groups versions by the run that made them, the best on top. A run that is not
// whole on this page begins the next.
func (l *lineBody) foldRuns(names []registry.VersionName, text string) {
	for _, n := range names {
		if k := len(l.Runs) - 1; k >= 0 && l.Runs[k].RunID == n.RunID {
			l.Runs[k].Others = append(l.Runs[k].Others, n)
		} else {
			l.Runs = append(l.Runs, runVersions{RunID: n.RunID, Shown: n})
		}
	}
	if len(names) > pageVersions && len(l.Runs) > 1 {
		l.Runs = l.Runs[:len(l.Runs)-1]
		last := l.Runs[len(l.Runs)-1]
		before := last.Shown.Number
		for _, n := range last.Others {
			before = min(before, n.Number)
		}
		l.Older = "/models?" + url.Values{"line": {l.Name}, "q": {text}, "before": {strconv.FormatInt(before, 10)}}.Encode()
	}
	for i := range l.Runs {
		r := &l.Runs[i]
		all := append([]registry.VersionName{r.Shown}, r.Others...)
		slices.SortStableFunc(all, func(a, b registry.VersionName) int {
			return cmp.Or(cmp.Compare(rankOrLast(a), rankOrLast(b)), cmp.Compare(a.RMSE, b.RMSE))
		})
		r.Shown, r.Others = all[0], all[1:]
	}
}

// rankOrLast is a version's rank in its run; what was not ranked comes last.
func rankOrLast(n registry.VersionName) int { return cmp.Or(n.Rank, math.MaxInt) }

// maxNames is how many names are kept: a version's never changes.
const maxNames = 20000

// nameOf is what people call a version, like "v14 gbdt"; its id where it has no name, or
// none can be had now.
func (u *ui) nameOf(line, id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := u.readName(ctx, line, id)
	if err != nil {
		return id
	}
	return n.String()
}

// readName is a version's name with what lists show of it; lfb.ErrNotFound. Others may wait
// for it too.
func (u *ui) readName(ctx context.Context, line, id string) (registry.VersionName, error) {
	return u.names.getOrMake(line+" "+id, maxNames, func() (registry.VersionName, error) {
		return u.Store.VersionName(ctx, line, id)
	})
}

// readApprovals are the promotions that wait for a person; no page waits long to know them.
func (u *ui) readApprovals(ctx context.Context) ([]control.Approval, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return u.Control.Approvals(ctx)
}

func (u *ui) readBundle(ctx context.Context, ref lfb.Ref) (*bundle.Bundle, error) {
	body, err := u.Blobs.ReadAll(ctx, ref)
	if err != nil {
		return nil, err
	}
	return bundle.Decode(body)
}

// downloadBundle downloads a version's bundle.
func (u *ui) downloadBundle(r *http.Request) (*view, error) {
	v, err := u.Store.Version(r.Context(), r.PathValue("line"), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	body, err := u.Blobs.ReadAll(r.Context(), v.Bundle)
	return newDownload(body, "application/octet-stream", v.Line+"-"+v.ID+".lfb"), err
}

// exportModel downloads one head of a version, attendance's unless another is named, in
// a format that other software reads.
func (u *ui) exportModel(r *http.Request) (*view, error) {
	v, err := u.Store.Version(r.Context(), r.PathValue("line"), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	b, err := u.readBundle(r.Context(), v.Bundle)
	if err != nil {
		return nil, err
	}
	format, head := bundle.Format(r.PathValue("format")), cmp.Or(r.URL.Query().Get("head"), bundle.Attendance)
	if format == "encoders" {
		body, err := bundle.MarshalEncoders(b)
		return newDownload(body, "application/json", b.EncodersName(v.ID)), err
	}
	var out bytes.Buffer
	err = bundle.Export(&out, b, head, format)
	return newDownload(out.Bytes(), "application/octet-stream", b.ExportName(v.ID, head, format)), err
}

// newDownload is bytes to be saved under a name.
func newDownload(body []byte, mediaType, name string) *view {
	return newFile(body, mediaType, "Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}
