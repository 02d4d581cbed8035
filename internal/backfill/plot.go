package backfill

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// curve is one line of the drawing.
type curve struct {
	role, label string
	ink         color.Color
	width       vg.Length
	dashes      []vg.Length
}

// curves are drawn in this order, what counts last and so on top.
func curves() []curve {
	return []curve{
		{registry.RoleBaseline, "baseline, retrained each month", color.RGBA{0x9a, 0x9a, 0x9a, 0xff}, 1.2, []vg.Length{1.5, 3}},
		{registry.RoleFirst, "first champion, never replaced", color.RGBA{0xb0, 0x5a, 0x00, 0xff}, 1.4, []vg.Length{6, 3}},
		{registry.RoleNewest, "every winner promoted", color.RGBA{0x2a, 0x8a, 0x57, 0xff}, 1.2, nil},
		{registry.RoleChampion, "champion by the policy", color.RGBA{0x1f, 0x5f, 0xbf, 0xff}, 2.2, nil},
	}
}

// drawing is the realised RMSE by month as SVG: of the policy's champion, and of
// what might have served in its place. Dots are promotions.
func drawing(b registry.Backfill, months []registry.BackfillMonth) ([]byte, error) {
	p := plot.New()
	p.BackgroundColor = color.White
	sans := font.Font{Typeface: "Liberation", Variant: "Sans", Size: 10}
	p.Title.Text = fmt.Sprintf("Realised RMSE by month, first engine, seconds%s", syntheticMark(b))
	styles := []*text.Style{&p.Title.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Y.Label.TextStyle, &p.Legend.TextStyle}
	for _, s := range styles {
		s.Font = sans
	}
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, 2
	lines := plotter.NewGrid()
	lines.Vertical.Color = nil
	lines.Horizontal.Color = color.Gray{0xdd}
	p.Add(lines)
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range curves() {
		points := c.points(months)
		for _, xy := range points {
			low, high = min(low, xy.Y), max(high, xy.Y)
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width, line.Dashes = c.ink, c.width, c.dashes
		p.Add(line)
		p.Legend.Add(c.label, line)
	}
	if err := addPromotions(p, months); err != nil {
		return nil, err
	}
	p.X.Tick.Marker = ticks(months)
	p.X.Min, p.X.Max = -0.5, float64(len(months))-0.5
	if high >= low { // room for the legend above
		p.Y.Min, p.Y.Max = low-0.05*(high-low)-0.5, high+0.55*(high-low)+0.5
	}
	canvas := vgsvg.New(11*vg.Inch, 3.6*vg.Inch)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	_, err := canvas.WriteTo(&out)
	return out.Bytes(), err
}

func (c curve) points(months []registry.BackfillMonth) plotter.XYs {
	var out plotter.XYs
	for i, m := range months {
		if s, ok := m.Score(c.role); ok {
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
	if len(points) == 0 {
		return nil
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	all := curves()
	dots.Color, dots.Radius, dots.Shape = all[len(all)-1].ink, 3.5, draw.CircleGlyph{}
	p.Add(dots)
	p.Legend.Add("promotion", dots)
	return nil
}

// ticks labels months while there is room for it, else Januaries.
func ticks(months []registry.BackfillMonth) plot.ConstantTicks {
	var out plot.ConstantTicks
	for i, m := range months {
		t, err := parse(m.Month)
		if err != nil || len(months) > 12 && t.Month() != time.January {
			continue
		}
		out = append(out, plot.Tick{Value: float64(i), Label: t.Format("Jan 2006")})
	}
	return out
}

func syntheticMark(b registry.Backfill) string {
	if b.Origin == lfb.Synthetic {
		return " (synthetic city, not London)"
	}
	return ""
}
