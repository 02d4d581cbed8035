package report

import (
	"fmt"
	"html/template"
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lfb/internal/dataset"
	"lfb/internal/svgplot"
)

// chart is a drawing with a legend that is part of the page.
type chart struct {
	Title, Note string
	Wide        bool
	Legend      []entry
	SVG         template.HTML
}

// entry is one line of a legend.
type entry struct{ Style, Label string }

// trendMonths is the least number of months that a line through them says
// something about.
const trendMonths = 6

const (
	narrow = 6.2 * vg.Inch
	wide   = 12.8 * vg.Inch
	tall   = 2.9 * vg.Inch
)

// charts draws the charts that s has values for.
func charts(s *dataset.Summary) ([]chart, error) {
	draws := []func(*dataset.Summary) (chart, error){targetChart, hourChart, monthChart}
	if len(s.Months) >= trendMonths {
		draws = append(draws, trendChart)
	}
	var out []chart
	for _, d := range draws {
		c, err := d(s)
		if err != nil {
			return nil, fmt.Errorf("chart %q: %w", c.Title, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// targetChart is the share of rows by half minute, for both engines.
func targetChart(s *dataset.Summary) (chart, error) {
	c := chart{
		Title: "Attendance time by engine", Note: "Share of rows in each half minute; the dotted line is the aim of 6 minutes.",
	}
	p := svgplot.New("minutes from mobilisation to arrival", "% of rows", 10)
	styles := []entry{{"one", "first engine"}, {"two", "second engine"}}
	for k, e := range s.Engines {
		if e.Times == nil {
			continue
		}
		points := make(plotter.XYs, 0, len(e.Times.Bins)+1)
		for i, n := range e.Times.Bins {
			x := float64(e.Times.Low+int32(i)*e.Times.Width) / 60
			points = append(points, plotter.XY{X: x, Y: 100 * float64(n) / float64(e.Rows)})
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return c, err
		}
		line.StepStyle = plotter.PostStep
		line.Color, line.Width = series(k), vg.Points(1.8)
		p.Add(line)
		c.Legend = append(c.Legend, styles[k])
	}
	p.X.Min, p.X.Max, p.Y.Min = 0, 20.3, 0
	p.X.Tick.Marker = every(2, 20)
	p.Add(svgplot.Dotted(6, 0, 6, p.Y.Max))
	return c.drawn(p, narrow)
}

// hourChart is mean, median and P90 of the first engine by hour of the call.
func hourChart(s *dataset.Summary) (chart, error) {
	c := chart{
		Title: "First engine by hour of the call", Note: "London time.",
		Legend: []entry{{"two", "nine in ten there (P90)"}, {"one", "mean"}, {"ink", "median"}},
	}
	p := svgplot.New("hour", "minutes", 10)
	values := []func(dataset.HourSummary) float64{
		func(h dataset.HourSummary) float64 { return h.Mean },
		func(h dataset.HourSummary) float64 { return float64(h.P90) },
		func(h dataset.HourSummary) float64 { return float64(h.P50) },
	}
	for k, of := range values {
		var points plotter.XYs
		for hour, h := range s.Hours {
			if h.Rows > 0 {
				points = append(points, plotter.XY{X: float64(hour), Y: of(h) / 60})
			}
		}
		if err := addLine(p, points, series(k)); err != nil {
			return c, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min = 0, 23, 0
	p.X.Tick.Marker = every(3, 23)
	return c.drawn(p, narrow)
}

// monthChart is rows by month, second engines on top of first ones.
func monthChart(s *dataset.Summary) (chart, error) {
	c := chart{Title: "Rows by month", Wide: true, Legend: []entry{{"one", "first engine"}, {"two", "second engine"}}}
	p := svgplot.New("", "thousand rows", 10)
	first, second := make(plotter.Values, len(s.Months)), make(plotter.Values, len(s.Months))
	for i, m := range s.Months {
		first[i], second[i] = float64(m.First)/1000, float64(m.Second)/1000
	}
	width := vg.Length(math.Min(90, 0.78*(wide.Points()-60)/float64(len(s.Months))))
	lower, err := plotter.NewBarChart(first, width)
	if err != nil {
		return c, err
	}
	upper, err := plotter.NewBarChart(second, width)
	if err != nil {
		return c, err
	}
	lower.Color, upper.Color = series(0), series(1)
	lower.LineStyle.Width, upper.LineStyle.Width = 0, 0
	upper.StackOn(lower)
	p.Add(lower, upper)
	p.X.Tick.Marker = monthTicks(s.Months)
	p.X.Min, p.X.Max = -0.7, float64(len(s.Months))-0.3
	p.Y.Min, p.Y.Max = 0, p.Y.Max*1.04
	return c.drawn(p, wide)
}

// trendChart is the first engine's mean by month.
func trendChart(s *dataset.Summary) (chart, error) {
	c := chart{Title: "First engine's mean by month", Wide: true}
	p := svgplot.New("", "minutes", 10)
	var points plotter.XYs
	for i, m := range s.Months {
		if m.First > 0 {
			points = append(points, plotter.XY{X: float64(i), Y: m.Mean / 60})
		}
	}
	if err := addLine(p, points, series(0)); err != nil {
		return c, err
	}
	p.X.Tick.Marker = monthTicks(s.Months)
	p.X.Min, p.X.Max = -0.7, float64(len(s.Months))-0.3
	p.Y.Min, p.Y.Max = math.Floor(p.Y.Min), math.Ceil(p.Y.Max)
	return c.drawn(p, wide)
}

func addLine(p *plot.Plot, points plotter.XYs, ink color.Color) error {
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = ink, vg.Points(1.8)
	dots.Color, dots.Radius, dots.Shape = ink, vg.Points(2), draw.CircleGlyph{}
	p.Add(line)
	if len(points) < 40 {
		p.Add(dots)
	}
	return nil
}

// series are marker colours: Draw gives them the names of the page's own, so that they
// follow its light or dark scheme.
func series(k int) color.Color { return svgplot.Marker(uint8(3 + k)) }

// every has a tick each step from 0 to last.
func every(step, last int) plot.ConstantTicks {
	var out plot.ConstantTicks
	for v := 0; v <= last; v += step {
		out = append(out, plot.Tick{Value: float64(v), Label: fmt.Sprint(v)})
	}
	return out
}

// monthTicks labels months while there is room for it, else Januaries.
func monthTicks(months []dataset.MonthSummary) plot.ConstantTicks {
	var out plot.ConstantTicks
	for i, m := range months {
		t, err := time.Parse("2006-01", m.Month)
		if err != nil {
			continue
		}
		tick := plot.Tick{Value: float64(i)}
		switch {
		case len(months) <= 18:
			tick.Label = t.Format("Jan 2006")
		case t.Month() == time.January:
			tick.Label = t.Format("2006")
		default:
			continue
		}
		out = append(out, tick)
	}
	return out
}

// drawn renders p into c.
func (c chart) drawn(p *plot.Plot, width vg.Length) (chart, error) {
	svg, err := svgplot.Draw(p, width, tall, ` class="plot" role="img"`, "var(--soft)", "var(--line)", "var(--one)", "var(--two)", "var(--ink)")
	c.SVG = template.HTML(svg)
	return c, err
}
