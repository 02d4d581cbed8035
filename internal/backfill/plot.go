package backfill

import (
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// role is a champion of the replay: what the page calls it, and its series in the plot.
type role struct {
	role, label string
	series      int
}

// roles are drawn in this order, what counts last and so on top.
var roles = []role{
	{registry.RoleBaseline, "baseline, retrained each month", 3},
	{registry.RoleFirst, "first champion, never replaced", 1},
	{registry.RoleNewest, "every winner promoted", 2},
	{registry.RoleChampion, "champion by the policy", 0},
}

// newPlot is the realised RMSE by month: of the policy's champion, and of what might
// have served in its place. Large dots are promotions.
func newPlot(b registry.Backfill, months []registry.BackfillMonth) (*plot.Plot, error) {
	p := svgplot.New("", "seconds")
	p.BackgroundColor = svgplot.Paper
	p.Title.Text = "Realised RMSE by month, first engine, seconds"
	if b.Origin == lfb.Synthetic {
		p.Title.Text += " (synthetic city, not London)"
	}
	for _, r := range roles {
		if err := svgplot.AddLine(p, r.label, r.plotPoints(months), r.series); err != nil {
			return nil, err
		}
	}
	low, high := p.Y.Min, p.Y.Max
	if err := addPromotions(p, months); err != nil {
		return nil, err
	}
	p.X.Tick.Marker = labelMonths(months)
	p.X.Min, p.X.Max = -0.5, float64(len(months))-0.5
	if high >= low { // room for the legend above
		p.Y.Min, p.Y.Max = low-0.05*(high-low)-0.5, high+0.55*(high-low)+0.5
	}
	return p, nil
}

func (r role) plotPoints(months []registry.BackfillMonth) plotter.XYs {
	var out plotter.XYs
	for i, m := range months {
		if s, ok := m.Score(r.role); ok {
			out = append(out, plotter.XY{X: float64(i), Y: s.Metrics.RMSE})
		}
	}
	return out
}

func addPromotions(p *plot.Plot, months []registry.BackfillMonth) error {
	var points plotter.XYs
	for i, m := range months {
		if s, ok := m.Score(registry.RoleChampion); ok && m.Since == m.Month {
			points = append(points, plotter.XY{X: float64(i), Y: s.Metrics.RMSE})
		}
	}
	return svgplot.AddMarks(p, "promotion", points, draw.GlyphStyle{
		Color: svgplot.Series(0), Radius: vg.Points(4),
		Shape: draw.CircleGlyph{},
	})
}

// labelMonths labels months while there is room for it, else Januaries.
func labelMonths(months []registry.BackfillMonth) plot.ConstantTicks {
	var out plot.ConstantTicks
	for i, m := range months {
		t, err := parseMonth(m.Month)
		if err != nil || len(months) > 12 && t.Month() != time.January {
			continue
		}
		out = append(out, plot.Tick{Value: float64(i), Label: t.Format("Jan 2006")})
	}
	return out
}
