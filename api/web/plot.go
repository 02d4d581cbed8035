package web

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lfb/internal/bundle"
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

func plotFirst() color.Color  { return svgplot.Marker(3) }
func plotSecond() color.Color { return svgplot.Marker(4) }

const plotStyle = `<style>:root{--ink:#5d6570;--grid:#dcdad4;--one:#2f6f8f;--two:#a3262a;color-scheme:light dark}` +
	`@media (prefers-color-scheme:dark){:root{--ink:#a2a9b3;--grid:#353b43;--one:#6fb3d2;--two:#f08a84}}` +
	`text{font-family:"Liberation Sans",Arial,Helvetica,sans-serif}</style>`

// newPlot is svgplot's with a legend.
func newPlot(x, y string) *plot.Plot {
	p := svgplot.New(x, y, 9)
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = svgplot.Sans(9), svgplot.Ink()
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(18)
	return p
}

// drawn is the plot as an SVG image of its own, with colours for a light page and for a
// dark one.
func drawn(p *plot.Plot) ([]byte, error) {
	svg, err := svgplot.Draw(p, plotWide, plotTall, "", "var(--ink)", "var(--grid)", "var(--one)", "var(--two)")
	if err != nil {
		return nil, err
	}
	i := strings.Index(svg, ">") + 1
	return []byte(svg[:i] + plotStyle + svg[i:]), nil
}

// series is points joined by a line; marked ones have dots too. The second one of
// a plot is dashed as well as of another colour.
func addSeries(p *plot.Plot, name string, points plotter.XYs, second bool) error {
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = plotFirst(), vg.Points(1.8)
	dots.Color, dots.Radius, dots.Shape = plotFirst(), vg.Points(2.6), draw.CircleGlyph{}
	if second {
		line.Color, line.Dashes = plotSecond(), []vg.Length{vg.Points(5), vg.Points(3)}
		dots.Color, dots.Shape = plotSecond(), draw.BoxGlyph{}
	}
	p.Add(line)
	if len(points) < 60 {
		p.Add(dots)
	}
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

func ticks(unit string, values ...float64) plot.ConstantTicks {
	var out plot.ConstantTicks
	for _, v := range values {
		out = append(out, plot.Tick{Value: v, Label: fmt.Sprintf("%g%s", v, unit)})
	}
	return out
}

// errorsPlot is how many rows were answered so many seconds too long.
func errorsPlot(d *ml.Diagnosis) ([]byte, error) {
	p := newPlot("answer less what happened, seconds", "first engines")
	bins := make([]plotter.HistogramBin, len(d.Errors))
	for k, n := range d.Errors {
		from := float64(ml.ErrorFrom + k*ml.ErrorStep)
		bins[k] = plotter.HistogramBin{Min: from, Max: from + ml.ErrorStep, Weight: float64(n)}
	}
	h := &plotter.Histogram{Bins: bins, Width: ml.ErrorStep, FillColor: plotFirst()}
	h.Color, h.LineStyle.Width = plotFirst(), 0
	p.Add(h)
	p.X.Min, p.X.Max, p.Y.Min = ml.ErrorFrom, -ml.ErrorFrom, 0
	p.Add(svgplot.Dotted(0, 0, 0, p.Y.Max))
	p.X.Tick.Marker = ticks("", -400, -200, 0, 200, 400)
	return drawn(p)
}

// calibrationPlot is how often it was in time against how often that was said.
func calibrationPlot(d *ml.Diagnosis) ([]byte, error) {
	p := newPlot("chance that was answered", "share that was there in time")
	for k, bins := range [][]ml.Reliability{d.Within6, d.Within10} {
		points := make(plotter.XYs, len(bins))
		for i, b := range bins {
			points[i] = plotter.XY{X: 100 * b.Predicted, Y: 100 * b.Actual}
		}
		if err := addSeries(p, []string{"within 6 minutes", "within 10 minutes"}[k], points, k == 1); err != nil {
			return nil, err
		}
	}
	p.Add(svgplot.Dotted(0, 0, 100, 100))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, 100
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(" %", 0, 25, 50, 75, 100), ticks(" %", 0, 25, 50, 75, 100)
	return drawn(p)
}

// coveragePlot is how often the P50 and the P90 held, by how long the answer was.
func coveragePlot(d *ml.Diagnosis) ([]byte, error) {
	p := newPlot("answered P50, minutes", "arrived within it")
	p90, p50 := make(plotter.XYs, len(d.Coverage)), make(plotter.XYs, len(d.Coverage))
	for i, b := range d.Coverage {
		p90[i], p50[i] = plotter.XY{X: b.P50 / 60, Y: 100 * b.Held90}, plotter.XY{X: b.P50 / 60, Y: 100 * b.Held50}
	}
	if err := addSeries(p, "P90 held", p90, false); err != nil {
		return nil, err
	}
	if err := addSeries(p, "P50 held", p50, true); err != nil {
		return nil, err
	}
	p.Add(svgplot.Dotted(p.X.Min, 90, p.X.Max, 90), svgplot.Dotted(p.X.Min, 50, p.X.Max, 50))
	p.Y.Min, p.Y.Max, p.Legend.YOffs = 0, 100, vg.Points(-70)
	p.Y.Tick.Marker = ticks(" %", 0, 25, 50, 75, 90, 100)
	return drawn(p)
}

// curvePlot is the least loss on validation after each round.
func curvePlot(points []registry.CurvePoint) ([]byte, error) {
	if len(points) < 2 {
		return nil, fmt.Errorf("curve: %w", lfb.ErrNotFound)
	}
	p := newPlot("rounds", "least loss on validation so far")
	xy := make(plotter.XYs, len(points))
	for i, c := range points {
		xy[i] = plotter.XY{X: float64(c.Done), Y: c.Valid}
	}
	if err := addSeries(p, "", xy, false); err != nil {
		return nil, err
	}
	return drawn(p)
}

// importancesPlot is the share of the gain of the heaviest columns.
func importancesPlot(all []bundle.Importance) ([]byte, error) {
	rows := importances(all)
	if len(rows) == 0 {
		return nil, fmt.Errorf("importances: %w", lfb.ErrNotFound)
	}
	rows = rows[:min(12, len(rows))]
	slices.Reverse(rows)
	values, names := make(plotter.Values, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		values[i], names[i] = 100*r.Share, r.Column
	}
	p := newPlot("share of the gain of all columns, %", "")
	bars, err := plotter.NewBarChart(values, vg.Points(9))
	if err != nil {
		return nil, err
	}
	bars.Horizontal, bars.Color, bars.LineStyle.Width = true, plotFirst(), 0
	p.Add(bars)
	p.NominalY(names...)
	p.Y.Tick.Label.Color, p.X.Min = svgplot.Ink(), 0
	p.X.Max = math.Ceil(p.X.Max)
	return drawn(p)
}
