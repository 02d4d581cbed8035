package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"lfb/internal/bundle"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// How much of a line's history the page shows.
const (
	pageVersions = 25
	pageLedger   = 20
)

type modelsBody struct {
	Lines   []lineBody
	Waiting []control.Approval // promotions that a person has to decide on
	Away    bool               // whether any wait cannot be told now
}

// lineBody is one line of models.
type lineBody struct {
	Name     string
	Origin   lfb.Origin
	Serves   bool // this line's champion is the one that answers
	Champion *registry.Promotion
	Versions []registry.Version
	Ledger   []registry.Promotion
	Served   map[string]bool // versions that the listed part of the ledger has
	// Provisional says why the champion serves only until another passes the gate.
	Provisional *registry.Provisional
}

func (u *ui) listModels(r *http.Request) (*view, error) {
	b := &modelsBody{}
	var err error
	if b.Waiting, err = u.readApprovals(r.Context()); err != nil {
		u.Log.Warn("waiting promotions not read", zap.Error(err))
		b.Away = true
	}
	now := u.Champion.Now()
	for _, origin := range origins {
		l := lineBody{Name: origin.Line(), Origin: origin}
		var err error
		if l.Versions, err = u.Store.Versions(r.Context(), l.Name, pageVersions); err != nil {
			return nil, err
		}
		if l.Ledger, err = u.Store.Promotions(r.Context(), l.Name, pageLedger); err != nil {
			return nil, err
		}
		l.Served = map[string]bool{}
		for _, p := range l.Ledger {
			l.Served[p.To] = true
		}
		if len(l.Ledger) > 0 {
			l.Champion = &l.Ledger[0] // newest first: the highest revision
			v, err := orZero(u.Store.Version(r.Context(), l.Name, l.Champion.To))
			if err != nil {
				return nil, err
			}
			l.Provisional = v.Provisional
		}
		l.Serves = now != nil && now.Promotion.Line == l.Name
		if len(l.Versions)+len(l.Ledger) > 0 {
			b.Lines = append(b.Lines, l)
		}
	}
	return &view{Template: "models", Title: "Models", Section: "models", Body: b}, nil
}

// readApprovals are the promotions that wait for a person; no page waits long to know them.
func (u *ui) readApprovals(ctx context.Context) ([]control.Approval, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return u.Control.Approvals(ctx)
}

type modelBody struct {
	Version     registry.Version
	Serves      bool
	Champion    bool                 // of its line
	Formats     []bundle.Format      // that it can be had in
	Revisions   []registry.Promotion // by which it came to serve
	Importances []importance         // of the champion, which is loaded
	Figures     *figures
}

type importance struct {
	Column string
	Share  float64 // of the gain of all columns
}

// topImportances is how many columns are listed.
const topImportances = 20

func (u *ui) showModel(r *http.Request) (*view, error) {
	line, id := r.PathValue("line"), r.PathValue("id")
	b := &modelBody{}
	var err error
	if b.Version, err = u.Store.Version(r.Context(), line, id); err != nil {
		return nil, err
	}
	if b.Revisions, err = u.Store.PromotionsTo(r.Context(), line, id); err != nil {
		return nil, err
	}
	now, err := u.readChampion(r.Context(), line)
	if err != nil {
		return nil, err
	}
	b.Champion = now.To == id
	if m := u.Champion.Now(); m != nil && m.Promotion.Line == line && m.Version.ID == id {
		b.Serves, b.Importances = true, heaviestColumns(m.Bundle.Manifest.Importances)
	}
	if u.canExport(r.Context(), b.Version) {
		b.Formats = bundle.Formats()
	}
	b.Figures = &figures{
		Base:      "/models/" + url.PathEscape(line) + "/" + url.PathEscape(id) + "/plots",
		Diagnosis: b.Version.Holdout.Diagnosis, Name: b.Version.Candidate, Bundle: !b.Version.Bundle.IsZero() && !b.Serves,
	}
	return &view{Template: "model", Title: "Version " + id, Section: "models", Body: b}, nil
}

func heaviestColumns(all []bundle.Importance) []importance {
	sum := 0.0
	for _, i := range all {
		sum += i.Gain
	}
	if sum <= 0 {
		return nil
	}
	var out []importance
	for _, i := range all[:min(topImportances, len(all))] {
		out = append(out, importance{spellOut(i.Column), i.Gain / sum})
	}
	return out
}

// canExport says whether other software can read a version: its bundle tells, once.
func (u *ui) canExport(ctx context.Context, v registry.Version) bool {
	ok, err := u.exports.getOrMake(v.ID, maxPlots, func() (bool, error) {
		b, err := u.readBundle(context.WithoutCancel(ctx), v.Bundle)
		return err == nil && b.CanExport(), err
	})
	return ok && err == nil
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
