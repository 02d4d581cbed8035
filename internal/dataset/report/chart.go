package report

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"lfb/internal/dataset"
	"lfb/internal/svgplot"
)

// chart is a drawing and what the page says of it.
type chart struct {
	Title, Note string
	Wide        bool
	SVG         template.HTML
	plot        *plot.Plot
}

// trendMonths is the least number of months that a line through them says
// something about.
const trendMonths = 6

const (
	narrow = 6.2 * vg.Inch
	wide   = 12.8 * vg.Inch
	tall   = 2.9 * vg.Inch
)

// drawCharts draws the charts that s has values for.
func drawCharts(s *dataset.Summary) ([]chart, error) {
	kinds := []func(*dataset.Summary) (chart, error){plotTargets, plotHours, plotMonths}
	if len(s.Months) >= trendMonths {
		kinds = append(kinds, plotTrend)
	}
	var out []chart
	for _, plotKind := range kinds {
		c, err := plotKind(s)
		if err == nil {
			width := narrow
			if c.Wide {
				width = wide
			}
			c.SVG, err = renderInline(c.plot, width, tall)
		}
		if err != nil {
			return nil, fmt.Errorf("chart %q: %w", c.Title, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func renderInline(p *plot.Plot, width, height vg.Length) (template.HTML, error) {
	svg, err := svgplot.Inline(p, width, height)
	return template.HTML(svg), err // every word in it was escaped when it was drawn
}

// plotTargets is the share of rows by half minute, for both engines.
func plotTargets(s *dataset.Summary) (chart, error) {
	c := chart{
		Title: "Attendance time by engine",
		Note:  "Share of rows in each half minute; the dotted line is the aim of 6 minutes.",
		plot:  svgplot.New("minutes from mobilisation to arrival", "% of rows"),
	}
	for k, e := range s.Engines {
		if e.Times == nil {
			continue
		}
		points := make(plotter.XYs, 0, len(e.Times.Bins))
		for i, n := range e.Times.Bins {
			x := (float64(e.Times.Low) + (float64(i)+0.5)*float64(e.Times.Width)) / 60 // the middle of the bin
			points = append(points, plotter.XY{X: x, Y: 100 * float64(n) / float64(e.Rows)})
		}
		if err := svgplot.AddLine(c.plot, []string{"first engine", "second engine"}[k], points, k); err != nil {
			return c, err
		}
	}
	c.plot.X.Min, c.plot.X.Max, c.plot.Y.Min = 0, 20.3, 0
	c.plot.X.Tick.Marker = svgplot.Ticks("", 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20)
	c.plot.Legend.Left = false
	svgplot.AddDotted(c.plot, 6, 0, 6, c.plot.Y.Max)
	return c, nil
}

// plotHours is mean, median and P90 of the first engine by hour of the call.
func plotHours(s *dataset.Summary) (chart, error) {
	c := chart{Title: "First engine by hour of the call", Note: "London time.", plot: svgplot.New("hour", "minutes")}
	p90, mean, median := plotter.XYs{}, plotter.XYs{}, plotter.XYs{}
	for hour, h := range s.Hours {
		if x := float64(hour); h.Rows > 0 {
			p90 = append(p90, plotter.XY{X: x, Y: float64(h.P90) / 60})
			mean = append(mean, plotter.XY{X: x, Y: h.Mean / 60})
			median = append(median, plotter.XY{X: x, Y: float64(h.P50) / 60})
		}
	}
	for k, points := range []plotter.XYs{mean, p90, median} {
		name := []string{"mean", "nine in ten there (P90)", "median"}[k]
		if err := svgplot.AddLine(c.plot, name, points, k); err != nil {
			return c, err
		}
	}
	c.plot.X.Min, c.plot.X.Max, c.plot.Y.Min = 0, 23, 0
	c.plot.X.Tick.Marker = svgplot.Ticks("", 0, 3, 6, 9, 12, 15, 18, 21)
	c.plot.Legend.Top = false
	return c, nil
}

// plotMonths is rows by month, second engines on top of first ones.
func plotMonths(s *dataset.Summary) (chart, error) {
	c := chart{Title: "Rows by month", Wide: true, plot: svgplot.New("", "thousand rows")}
	first, second := make(plotter.Values, len(s.Months)), make(plotter.Values, len(s.Months))
	for i, m := range s.Months {
		first[i], second[i] = float64(m.First)/1000, float64(m.Second)/1000
	}
	width := vg.Length(math.Min(90, 0.78*(wide.Points()-60)/float64(len(s.Months))))
	var below *plotter.BarChart
	for k, values := range []plotter.Values{first, second} {
		bars, err := plotter.NewBarChart(values, width)
		if err != nil {
			return c, err
		}
		bars.Color, bars.LineStyle.Width = svgplot.Series(k), 0
		if below != nil {
			bars.StackOn(below)
		}
		c.plot.Add(bars)
		c.plot.Legend.Add([]string{"first engine", "second engine"}[k], bars)
		below = bars
	}
	labelMonths(c.plot, s.Months)
	c.plot.Y.Min, c.plot.Y.Max = 0, c.plot.Y.Max*1.25 // room for the legend
	return c, nil
}

// plotTrend is the first engine's mean by month.
func plotTrend(s *dataset.Summary) (chart, error) {
	c := chart{Title: "First engine's mean by month", Wide: true, plot: svgplot.New("", "minutes")}
	var points plotter.XYs
	for i, m := range s.Months {
		if m.First > 0 {
			points = append(points, plotter.XY{X: float64(i), Y: m.Mean / 60})
		}
	}
	err := svgplot.AddLine(c.plot, "", points, 0)
	labelMonths(c.plot, s.Months)
	c.plot.Y.Min, c.plot.Y.Max = math.Floor(c.plot.Y.Min), math.Ceil(c.plot.Y.Max)
	return c, err
}

// labelMonths labels months along the horizontal axis while there is room for it, else
// Januaries.
func labelMonths(p *plot.Plot, months []dataset.MonthSummary) {
	var ticks plot.ConstantTicks
	for i, m := range months {
		t, err := time.Parse("2006-01", m.Month)
		if err != nil || len(months) > 18 && t.Month() != time.January {
			continue
		}
		label := t.Format("Jan 2006")
		if len(months) > 18 {
			label = t.Format("2006")
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: label})
	}
	p.X.Tick.Marker = ticks
	p.X.Min, p.X.Max = -0.7, float64(len(months))-0.3
}

// drawHistogram draws a column's bins, or its most frequent words, as small bars.
func drawHistogram(s *dataset.ColumnSummary) (template.HTML, error) {
	var counts plotter.Values
	switch {
	case s.Numbers != nil:
		for _, n := range s.Numbers.Bins {
			counts = append(counts, float64(n))
		}
	case len(s.Words) > 1:
		for _, w := range s.Words[:min(24, len(s.Words))] {
			counts = append(counts, float64(w.Rows))
		}
	default:
		return "", nil
	}
	const width, height = 126, 26 // points
	slots := max(len(counts), 8)
	bars, err := plotter.NewBarChart(counts, vg.Length(0.86*width/float64(slots)))
	if err != nil {
		return "", err
	}
	bars.Color, bars.LineStyle.Width = svgplot.Series(0), 0
	p := svgplot.New("", "")
	p.HideAxes()
	p.Add(bars)
	p.X.Min, p.X.Max, p.Y.Min = -0.5, float64(slots)-0.5, 0
	return renderInline(p, width, height)
}
