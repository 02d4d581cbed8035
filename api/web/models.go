package web

import (
	"fmt"
	"net/http"
	"net/url"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// How much of a line's history the page shows.
const (
	pageVersions = 50
	pageLedger   = 50
)

type modelsBody struct{ Lines []lineBody }

// lineBody is one line of models.
type lineBody struct {
	Name     string
	Origin   lfb.Origin
	Serves   bool // this line's champion is the one that answers
	Champion *registry.Promotion
	Versions []registry.Version
	Ledger   []ledgerRow
}

type ledgerRow struct {
	registry.Promotion
	Verdict *registry.Verdict
}

func (u *ui) models(r *http.Request) (*view, error) {
	b := &modelsBody{}
	now := u.Champion.Now()
	for _, origin := range []lfb.Origin{lfb.Real, lfb.Synthetic} {
		l := lineBody{Name: origin.Line(), Origin: origin}
		var err error
		if l.Versions, err = u.Store.Versions(r.Context(), l.Name, pageVersions); err != nil {
			return nil, err
		}
		ps, err := u.Store.Promotions(r.Context(), l.Name, pageLedger)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			l.Ledger = append(l.Ledger, ledgerRow{p, verdict(p)})
		}
		if len(ps) > 0 {
			l.Champion = &ps[0] // newest first: the highest revision
		}
		l.Serves = now != nil && now.Promotion.Line == l.Name
		if len(l.Versions)+len(l.Ledger) > 0 {
			b.Lines = append(b.Lines, l)
		}
	}
	return &view{Template: "models", Title: "Models", Section: "models", Body: b}, nil
}

type modelBody struct {
	Version     registry.Version
	Serves      bool
	Revisions   []registry.Promotion // by which it came to serve
	Importances []importance         // of the champion, which is loaded
	Figures     *figures
	Dots        *scatter
}

type importance struct {
	Column string
	Share  float64 // of the gain of all columns
	Bar    float64 // of the heaviest
	Splits float64
}

// topImportances is how many columns are listed.
const topImportances = 20

func (u *ui) model(r *http.Request) (*view, error) {
	line, id := r.PathValue("line"), r.PathValue("id")
	b := &modelBody{}
	var err error
	if b.Version, err = u.Store.Version(r.Context(), line, id); err != nil {
		return nil, err
	}
	ps, err := u.Store.Promotions(r.Context(), line, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		if p.To == id {
			b.Revisions = append(b.Revisions, p)
		}
	}
	if m := u.Champion.Now(); m != nil && m.Promotion.Line == line && m.Version.ID == id {
		b.Serves, b.Importances = true, importances(m.Bundle.Manifest.Importances)
	}
	b.Figures = &figures{
		Base:      "/models/" + url.PathEscape(line) + "/" + url.PathEscape(id) + "/plots",
		Diagnosis: b.Version.Holdout.Diagnosis, Name: b.Version.Candidate, Bundle: !b.Version.Bundle.IsZero() && !b.Serves,
	}
	if len(b.Version.Holdout.Slices) > 0 {
		b.Dots = newScatter(b.Version.Holdout.Slices)
	}
	return &view{Template: "model", Title: "Version " + id, Section: "models", Body: b}, nil
}

func importances(all []bundle.Importance) []importance {
	sum, most := 0.0, 0.0
	for _, i := range all {
		sum, most = sum+i.Gain, max(most, i.Gain)
	}
	if most <= 0 {
		return nil
	}
	var out []importance
	for _, i := range all[:min(topImportances, len(all))] {
		out = append(out, importance{inline(i.Column), i.Gain / sum, i.Gain / most, i.Splits})
	}
	return out
}

// bundle downloads a version's bundle.
func (u *ui) bundle(w http.ResponseWriter, r *http.Request) error {
	v, err := u.Store.Version(r.Context(), r.PathValue("line"), r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := u.Blobs.ReadAll(r.Context(), v.Bundle)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", v.Line+"-"+v.ID+".lfb"))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // the reader may be gone
	return nil
}
