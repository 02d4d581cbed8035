package web

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// monthsPlot is figures by month, with what happened meanwhile.
type monthsPlot struct {
	rows       []monthRow
	promotions []registry.Promotion
	arrivals   []registry.DataSet
	nameOf     func(version string) string
}

// monthsSeries is one figure of every month; without a name it stands in no legend.
type monthsSeries struct {
	name string
	of   func(ml.Metrics) float64
}

// maxFlags is how many promotions are named, the last ones: more would lie on each other.
const maxFlags = 6

// draw draws the series from 0 on, the bounds across, promotions as flags, and on the axis
// a triangle where data came.
func (m *monthsPlot) draw(unit string, series []monthsSeries, bounds []monthBound) ([]byte, error) {
	if len(m.rows) == 0 {
		return nil, fmt.Errorf("months: %w", lfb.ErrNotFound)
	}
	p := svgplot.New("", unit)
	most, err := m.addSeries(p, series)
	if err != nil {
		return nil, err
	}
	for _, b := range bounds {
		most = max(most, b.at)
	}
	p.Y.Min, p.Y.Max = 0, 1.2*max(most, 1e-9)
	if most >= 1000 {
		p.Y.Tick.Marker = plot.TickerFunc(countTicks)
	}
	m.nameMonths(p)
	if err := addBounds(p, bounds); err != nil {
		return nil, err
	}
	if err := m.addPromotions(p); err != nil {
		return nil, err
	}
	came, err := m.addArrivals(p)
	if err != nil {
		return nil, err
	}
	legend := 0
	for _, s := range series {
		if s.name != "" {
			legend++
		}
	}
	if came {
		legend++
	}
	if legend > 0 { // above what is drawn, where a title would stand: it covers no point and no flag
		p.Title.Text, p.Title.Padding = " ", vg.Length(legend)*legendLine
		p.Legend.YOffs = p.Title.Padding
	}
	return renderPlot(p)
}

// addSeries draws the series and returns the most that is drawn.
func (m *monthsPlot) addSeries(p *plot.Plot, series []monthsSeries) (most float64, err error) {
	for k, s := range series {
		points, rows := m.pointsOf(s)
		for _, pt := range points {
			most = max(most, finiteOr(pt.Y, 0))
		}
		if err := svgplot.AddLine(p, s.name, points, k); err != nil {
			return 0, err
		}
		svgplot.AddValues(p, points, func(i int) string {
			return fmt.Sprintf("%s: %s %.4g, %s, %s calls", monthName(rows[i].Month), s.name, points[i].Y, rows[i].Name,
				formatCount(rows[i].Metrics.Rows))
		})
	}
	return most, nil
}

// countTicks are the usual ones, their numbers with spaces between thousands.
func countTicks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i, t := range ticks {
		if t.Label != "" {
			ticks[i].Label = formatCount(int(t.Value))
		}
	}
	return ticks
}

// nameMonths has room on the axis for all months, and names some of them.
func (m *monthsPlot) nameMonths(p *plot.Plot) {
	first := m.rows[0].Month
	labels := make([]string, monthsBetween(first, m.rows[len(m.rows)-1].Month)+1)
	step := (len(labels) + 5) / 6
	for i := 0; i < len(labels); i += step {
		labels[i] = monthName(addMonths(first, i))
	}
	p.NominalX(labels...)
	p.X.Min, p.X.Max = -0.5, float64(len(labels))+0.5
}

func addBounds(p *plot.Plot, bounds []monthBound) error {
	for k, b := range bounds {
		text := fmt.Sprintf("%s %.4g", b.name, b.at)
		if len(bounds) == 2 { // close to each other: one text for both, over the upper
			text = [2]string{"", fmt.Sprintf("%.4g to %.4g", bounds[0].at, bounds[1].at)}[k]
		}
		if err := svgplot.AddBound(p, text, b.at); err != nil {
			return err
		}
	}
	return nil
}

func (m *monthsPlot) addPromotions(p *plot.Plot) error {
	flags, named := 0, math.Inf(1)
	for _, e := range m.promotions {
		x := m.place(e.At)
		near := named-x < 0.04*(p.X.Max-p.X.Min) // the names would lie on each other: the newest has one
		if x < p.X.Min || x > p.X.Max || near || flags == maxFlags {
			continue
		}
		flags, named = flags+1, x
		if err := svgplot.AddFlag(p, m.nameOf(e.To), x); err != nil {
			return err
		}
		svgplot.AddValues(p, plotter.XYs{{X: x, Y: p.Y.Max}}, func(int) string {
			return fmt.Sprintf("%s: %s to %s, by %s", formatDate(e.At), e.Kind, m.nameOf(e.To), e.Who)
		})
	}
	return nil
}

// addArrivals marks where data came; false where none did.
func (m *monthsPlot) addArrivals(p *plot.Plot) (came bool, err error) {
	var points plotter.XYs
	var sets []registry.DataSet
	for _, d := range m.arrivals {
		if x := m.place(d.CreatedAt); x >= p.X.Min && x <= p.X.Max {
			points, sets = append(points, plotter.XY{X: x, Y: 0}), append(sets, d)
		}
	}
	style := draw.GlyphStyle{Color: svgplot.Ink, Radius: vg.Points(4), Shape: draw.TriangleGlyph{}}
	if err := svgplot.AddMarks(p, "data came", points, style); err != nil {
		return false, err
	}
	svgplot.AddValues(p, points, func(i int) string {
		return fmt.Sprintf("%s: data set %s came, %s rows", formatDate(sets[i].CreatedAt), sets[i].ID,
			formatCount(sets[i].Rows))
	})
	return len(points) > 0, nil
}

// legendLine is the height of one name in the legend.
const legendLine = vg.Length(12)

// pointsOf are a series' points; of two bases of one month the last is drawn, the table has
// both.
func (m *monthsPlot) pointsOf(s monthsSeries) (points plotter.XYs, rows []monthRow) {
	for i, r := range m.rows {
		if i+1 < len(m.rows) && m.rows[i+1].Month == r.Month {
			continue
		}
		points, rows = append(points, plotter.XY{X: float64(monthsBetween(m.rows[0].Month, r.Month)), Y: s.of(r.Metrics)}),
			append(rows, r)
	}
	return points, rows
}

// place is where a time lies on the axis: a month's number is its middle.
func (m *monthsPlot) place(at time.Time) float64 {
	at = at.In(lfb.London)
	days := float64(time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, lfb.London).Day())
	return float64(monthsBetween(m.rows[0].Month, at.Format("2006-01"))) - 0.5 + (float64(at.Day())-0.5)/days
}

// monthsBetween counts from one month to another, both like 2017-04.
func monthsBetween(from, to string) int {
	a, errA := time.Parse("2006-01", from)
	b, errB := time.Parse("2006-01", to)
	if errA != nil || errB != nil {
		return math.MinInt32
	}
	return 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
}

func addMonths(month string, n int) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.AddDate(0, n, 0).Format("2006-01")
}
