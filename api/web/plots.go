package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

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
	plotDependence  = "dependence-" // followed by its place in the explanation
)

// maxPlots is how many are kept, at some ten KiB each: a version never changes, so
// neither do its drawings.
const maxPlots = 500

// subject is what is drawn: a trained candidate, or the version it became.
type subject struct {
	key    string // names its content
	report ml.Report
	bundle lfb.Ref
	curve  []registry.CurvePoint
}

// candidatePlot draws one candidate of a run.
func (u *ui) candidatePlot(r *http.Request) (*view, error) {
	_, cs, err := u.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	name := r.PathValue("candidate")
	for _, c := range cs {
		if c.Name == name {
			return u.drawCached(r, subject{
				key: r.PathValue("id") + " " + name + " " + c.Version, report: c.Holdout,
				bundle: c.Bundle, curve: c.Curve,
			})
		}
	}
	return nil, fmt.Errorf("candidate %.60q of run %s: %w", name, r.PathValue("id"), lfb.ErrNotFound)
}

// versionPlot draws a version.
func (u *ui) versionPlot(r *http.Request) (*view, error) {
	v, err := u.Store.Version(r.Context(), r.PathValue("line"), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if place, ok := strings.CutPrefix(r.PathValue("kind"), plotDependence); ok {
		return u.dependencePlot(r, v, place)
	}
	return u.drawCached(r, subject{key: v.Line + " " + v.ID, report: v.Holdout, bundle: v.Bundle})
}

func (u *ui) drawCached(r *http.Request, s subject) (*view, error) {
	kind := r.PathValue("kind")
	ctx := context.WithoutCancel(r.Context()) // others wait for this drawing too
	body, err := u.plots.getOrMake(kind+" "+s.key, maxPlots, func() ([]byte, error) { return u.drawPlot(ctx, kind, s) })
	return newImage(body, "private, max-age=86400"), err
}

// newImage is an SVG image, which may use its own colours.
func newImage(body []byte, cacheControl string) *view {
	return newFile(body, "image/svg+xml", "Cache-Control", cacheControl,
		"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
}

func (u *ui) drawPlot(ctx context.Context, kind string, s subject) ([]byte, error) {
	switch d := s.report.Diagnosis; {
	case kind == plotImportances:
		b, err := u.readBundle(ctx, s.bundle)
		if err != nil {
			return nil, err
		}
		return importancesPlot(b.Manifest.Importances)
	case kind == plotCurve:
		return curvePlot(s.curve)
	case kind == plotSlices:
		return slicesPlot(s.report.Slices)
	case d == nil: // there is nothing to draw the others from
	case kind == plotErrors:
		return errorsPlot(d)
	case kind == plotCalibration:
		return calibrationPlot(d)
	case kind == plotCoverage:
		return coveragePlot(d)
	}
	return nil, fmt.Errorf("drawing %.40q: %w", kind, lfb.ErrNotFound)
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
