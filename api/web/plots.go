package web

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// The drawings of a candidate.
const (
	plotErrors      = "errors"
	plotCalibration = "calibration"
	plotCoverage    = "coverage"
	plotImportances = "importances"
	plotCurve       = "curve"
	plotSlices      = "slices"
)

// plotCache keeps what was drawn lately, by what it was drawn from: a version never
// changes, so neither do its drawings.
type plotCache struct {
	mu   sync.Mutex
	kept map[string][]byte
}

// maxPlots is how many are kept, at some ten KiB each.
const maxPlots = 500

func (d *plotCache) get(ctx context.Context, key string, draw func(context.Context) ([]byte, error)) ([]byte, error) {
	d.mu.Lock()
	body, ok := d.kept[key]
	d.mu.Unlock()
	if ok {
		return body, nil
	}
	body, err := draw(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxPlots {
		d.kept = map[string][]byte{}
	}
	d.kept[key] = body
	return body, nil
}

// subject is what is drawn: a trained candidate, or the version it became.
type subject struct {
	key    string // names its content
	report ml.Report
	bundle lfb.Ref
	curve  []registry.CurvePoint
}

// candidatePlot draws one candidate of a run.
func (u *ui) candidatePlot(w http.ResponseWriter, r *http.Request) error {
	_, cs, err := u.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	name := r.PathValue("candidate")
	for _, c := range cs {
		if c.Name == name {
			return u.writePlot(w, r, subject{key: r.PathValue("id") + " " + name + " " + c.Version, report: c.Holdout, bundle: c.Bundle, curve: c.Curve})
		}
	}
	return fmt.Errorf("candidate %.60q of run %s: %w", name, r.PathValue("id"), lfb.ErrNotFound)
}

// versionPlot draws a version.
func (u *ui) versionPlot(w http.ResponseWriter, r *http.Request) error {
	v, err := u.Store.Version(r.Context(), r.PathValue("line"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return u.writePlot(w, r, subject{key: v.Line + " " + v.ID, report: v.Holdout, bundle: v.Bundle})
}

// plotPolicy lets a drawing use its own colours.
const plotPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

func (u *ui) writePlot(w http.ResponseWriter, r *http.Request, s subject) error {
	kind := r.PathValue("kind")
	body, err := u.plots.get(r.Context(), kind+" "+s.key, func(ctx context.Context) ([]byte, error) { return u.drawPlot(ctx, kind, s) })
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", plotPolicy)
	h.Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(body) // the reader may be gone
	return nil
}

func (u *ui) drawPlot(ctx context.Context, kind string, s subject) ([]byte, error) {
	if kind == plotImportances {
		body, err := u.Blobs.ReadAll(ctx, s.bundle)
		if err != nil {
			return nil, err
		}
		b, err := bundle.Decode(body)
		if err != nil {
			return nil, err
		}
		return importancesPlot(b.Manifest.Importances)
	}
	switch kind {
	case plotCurve:
		return curvePlot(s.curve)
	case plotSlices:
		return slicesPlot(s.report.Slices)
	}
	draw := map[string]func(*ml.Diagnosis) ([]byte, error){
		plotErrors: errorsPlot, plotCalibration: calibrationPlot, plotCoverage: coveragePlot,
	}[kind]
	if draw == nil || s.report.Diagnosis == nil {
		return nil, fmt.Errorf("drawing %.40q: %w", kind, lfb.ErrNotFound)
	}
	return draw(s.report.Diagnosis)
}

// figures are the drawings that a page shows of one subject.
type figures struct {
	Base      string        // of their addresses
	Diagnosis *ml.Diagnosis // nil: none was kept
	Name      string
	Bundle    bool // importances can be had
	Curve     []registry.CurvePoint
}

// ErrorRows are the bins that have rows, for the table.
func (f figures) ErrorRows() [][2]int {
	var out [][2]int
	for k, n := range f.Diagnosis.Errors {
		if n > 0 {
			out = append(out, [2]int{ml.ErrorFrom + k*ml.ErrorStep, n})
		}
	}
	return out
}
