package web

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// The drawings' sizes.
const (
	plotWide = 5.2 * vg.Inch
	plotTall = 3.1 * vg.Inch
)

// renderPlot is the plot as an SVG image of its own, in the page's size.
func renderPlot(p *plot.Plot) ([]byte, error) { return svgplot.Image(p, plotWide, plotTall) }

// errorsPlot is how many rows were answered so many seconds too long.
func errorsPlot(d *ml.Diagnosis) ([]byte, error) {
	p := svgplot.New("answer less what happened, seconds", "first engines")
	bins := make([]plotter.HistogramBin, len(d.Errors))
	for k, n := range d.Errors {
		from := float64(ml.ErrorFrom + k*ml.ErrorStep)
		bins[k] = plotter.HistogramBin{Min: from, Max: from + ml.ErrorStep, Weight: float64(n)}
	}
	h := &plotter.Histogram{Bins: bins, Width: ml.ErrorStep, FillColor: svgplot.Series(0)}
	h.Color, h.LineStyle.Width = svgplot.Series(0), 0
	p.Add(h)
	tops := make(plotter.XYs, len(bins))
	for i, b := range bins {
		tops[i] = plotter.XY{X: (b.Min + b.Max) / 2, Y: b.Weight}
	}
	svgplot.AddValues(p, tops, func(i int) string {
		return fmt.Sprintf("%+.0f to %+.0f s: %s", bins[i].Min, bins[i].Max, formatCount(d.Errors[i]))
	})
	p.X.Min, p.X.Max, p.Y.Min = ml.ErrorFrom, -ml.ErrorFrom, 0
	svgplot.AddDotted(p, 0, 0, 0, p.Y.Max)
	p.Y.Tick.Marker = plot.TickerFunc(countTicks)
	p.X.Tick.Marker = svgplot.Ticks("", -400, -200, 0, 200, 400)
	return renderPlot(p)
}

// fewestDrawn is how many calls must have been given a chance for its share in time to be drawn:
// that of fewer is mostly luck.
const fewestDrawn = 20

// calibrationPlot is how often it was in time against how often that was said.
func calibrationPlot(d *ml.Diagnosis) ([]byte, error) {
	p := svgplot.New("chance that was answered", "share that was there in time")
	for k, bins := range [][]ml.Reliability{d.Within6, d.Within10} {
		bins = slices.DeleteFunc(slices.Clone(bins), func(b ml.Reliability) bool { return b.Rows < fewestDrawn })
		points := make(plotter.XYs, len(bins))
		for i, b := range bins {
			points[i] = plotter.XY{X: 100 * b.Predicted, Y: 100 * b.Actual}
		}
		if err := svgplot.AddLine(p, []string{"within 6 minutes", "within 10 minutes"}[k], points, k); err != nil {
			return nil, err
		}
		svgplot.AddValues(p, points, func(i int) string {
			return fmt.Sprintf("said %.0f %%, was %.1f %% of %s", points[i].X, points[i].Y, formatCount(bins[i].Rows))
		})
	}
	svgplot.AddDotted(p, 0, 0, 100, 100)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, 100
	p.X.Tick.Marker, p.Y.Tick.Marker = svgplot.Ticks(" %", 0, 25, 50, 75, 100), svgplot.Ticks(" %", 0, 25, 50, 75, 100)
	return renderPlot(p)
}

// coveragePlot is how often the P50 and the P90 held, by how long the answer was.
func coveragePlot(d *ml.Diagnosis) ([]byte, error) {
	p := svgplot.New("answered P50, minutes", "arrived within it")
	p90, p50 := make(plotter.XYs, len(d.Coverage)), make(plotter.XYs, len(d.Coverage))
	for i, b := range d.Coverage {
		p90[i], p50[i] = plotter.XY{X: b.P50 / 60, Y: 100 * b.Held90}, plotter.XY{X: b.P50 / 60, Y: 100 * b.Held50}
	}
	if err := svgplot.AddLine(p, "P90 held", p90, 0); err != nil {
		return nil, err
	}
	if err := svgplot.AddLine(p, "P50 held", p50, 1); err != nil {
		return nil, err
	}
	for k, points := range []plotter.XYs{p90, p50} {
		svgplot.AddValues(p, points, func(i int) string {
			return fmt.Sprintf("answers of %s: %.1f %% within the P%d", formatMinutes(60*points[i].X), points[i].Y, 90-40*k)
		})
	}
	svgplot.AddDotted(p, p.X.Min, 90, p.X.Max, 90)
	svgplot.AddDotted(p, p.X.Min, 50, p.X.Max, 50)
	p.Y.Min, p.Y.Max, p.Legend.YOffs = 0, 100, vg.Points(-70)
	p.Y.Tick.Marker = svgplot.Ticks(" %", 0, 25, 50, 75, 90, 100)
	return renderPlot(p)
}

// curvePlot is the least loss on validation after each round.
func curvePlot(points []registry.CurvePoint) ([]byte, error) {
	if len(points) < 2 {
		return nil, fmt.Errorf("curve: %w", lfb.ErrNotFound)
	}
	p := svgplot.New("rounds", "least loss on validation so far")
	xy := make(plotter.XYs, len(points))
	for i, c := range points {
		xy[i] = plotter.XY{X: float64(c.Done), Y: c.Valid}
	}
	if err := svgplot.AddLine(p, "", xy, 0); err != nil {
		return nil, err
	}
	svgplot.AddValues(p, xy, func(i int) string { return fmt.Sprintf("round %.0f: %.4g", xy[i].X, xy[i].Y) })
	return renderPlot(p)
}

// importance is a column's share of the gain of all.
type importance struct {
	Column string
	Share  float64
}

func heaviestColumns(all []bundle.Importance) (out []importance) {
	sum := 0.0
	for _, i := range all {
		sum += i.Gain
	}
	for _, i := range all[:min(topFeatures, len(all))] {
		if sum > 0 {
			out = append(out, importance{feature.LabelOf(i.Column).Name, i.Gain / sum})
		}
	}
	return out
}

// importancesPlot is the share of the gain of the heaviest columns.
func importancesPlot(all []bundle.Importance) ([]byte, error) {
	rows := heaviestColumns(all)
	if len(rows) == 0 {
		return nil, fmt.Errorf("importances: %w", lfb.ErrNotFound)
	}
	rows = rows[:min(12, len(rows))]
	names, values := make([]string, len(rows)), make([]float64, len(rows))
	for i, r := range rows {
		names[i], values[i] = r.Column, 100*r.Share
	}
	p := svgplot.New("share of the gain of all columns, %", "")
	if err := svgplot.AddBars(p, names, values); err != nil {
		return nil, err
	}
	p.X.Max = math.Ceil(p.X.Max)
	return renderPlot(p)
}

// slicesPlot is predicted against actual shares of arrivals within 6 minutes, a dot
// a slice; well calibrated answers lie on the diagonal.
func slicesPlot(slices []ml.Slice) ([]byte, error) {
	dots, most := make(plotter.XYs, len(slices)), 1
	for i, s := range slices {
		dots[i] = plotter.XY{X: 100 * finiteOr(s.Metrics.Within6Pred, 0), Y: 100 * finiteOr(s.Metrics.Within6, 0)}
		most = max(most, s.Metrics.Rows)
	}
	if len(dots) == 0 {
		return nil, fmt.Errorf("slices: %w", lfb.ErrNotFound)
	}
	p := svgplot.New("predicted", "actual")
	scatter, err := plotter.NewScatter(dots)
	if err != nil {
		return nil, err
	}
	scatter.GlyphStyleFunc = func(i int) draw.GlyphStyle {
		radius := vg.Points(2 + 4*float64(slices[i].Metrics.Rows)/float64(most))
		return draw.GlyphStyle{Color: svgplot.Series(0), Radius: radius, Shape: draw.CircleGlyph{}}
	}
	p.Add(scatter)
	svgplot.AddValues(p, dots, func(i int) string {
		return fmt.Sprintf("%s %s: said %.0f %%, was %.0f %%", spellOut(slices[i].By), sliceName(slices[i]), dots[i].X,
			dots[i].Y)
	})
	svgplot.AddDotted(p, 0, 0, 100, 100)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, 100
	p.X.Tick.Marker, p.Y.Tick.Marker = svgplot.Ticks(" %", 0, 25, 50, 75, 100), svgplot.Ticks(" %", 0, 25, 50, 75, 100)
	return renderPlot(p)
}
