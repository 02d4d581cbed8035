package mlflow

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"lfb/internal/bundle"
	"lfb/internal/ml"
	"lfb/internal/svgplot"
)

// bar is one line of a plot.
type bar struct {
	label string
	value float64
}

const (
	mostBars    = 60
	mostColumns = 25
)

// barPlot is an artifact with horizontal bars as SVG, which MLflow's page shows. The value stands
// behind the name, as nobody reads it off the axis.
func barPlot(name, title, unit string, bars []bar) (artifact, error) {
	bars = slices.DeleteFunc(slices.Clone(bars), func(b bar) bool { return math.IsNaN(b.value) || math.IsInf(b.value, 0) })
	bars = bars[:min(len(bars), mostBars)]
	names, values := make([]string, len(bars)), make([]float64, len(bars))
	for i, b := range bars {
		names[i], values[i] = strings.TrimSpace(fmt.Sprintf("%s   %.4g %s", cut(b.label, 40), b.value, unit)), b.value
	}
	p := svgplot.New("", "")
	p.Title.Text, p.BackgroundColor = title, svgplot.Paper
	if err := svgplot.AddBars(p, names, values); err != nil {
		return artifact{}, fmt.Errorf("plot %q: %w", title, err)
	}
	svg, err := svgplot.Image(p, 7*vg.Inch, vg.Inch+svgplot.BarPitch*vg.Length(len(bars)))
	return text("plots/"+name+".svg", svg), err
}

// candidatePlots are a candidate's artifacts under plots/.
func candidatePlots(b *bundle.Bundle, holdout ml.Report) ([]artifact, error) {
	var out []artifact
	var errs []error
	add := func(name, title, unit string, bars []bar) {
		a, err := barPlot(name, title, unit, bars)
		out, errs = append(out, a), append(errs, err)
	}
	if imp := b.Manifest.Importances; len(imp) > 0 {
		var bars []bar
		for _, i := range imp[:min(len(imp), mostColumns)] {
			bars = append(bars, bar{i.Column, i.Gain})
		}
		add("importance", "What the model goes by: gain", "", bars)
	}
	by := map[string][]bar{}
	var names []string
	for _, s := range holdout.Slices {
		if by[s.By] == nil {
			names = append(names, s.By)
		}
		by[s.By] = append(by[s.By], bar{s.Value, s.Metrics.RMSE})
	}
	for _, name := range names {
		add("rmse_by_"+key(name), "RMSE on the hold-out by "+name, "s", by[name])
	}
	return out, errors.Join(errs...)
}
