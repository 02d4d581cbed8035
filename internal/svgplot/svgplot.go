package svgplot

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// New returns a plot with these axis labels, horizontal grid lines, its legend at the top
// left, and no background.
func New(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color, a.LineStyle.Width = Grid, vg.Points(0.8)
		a.Tick.LineStyle.Color, a.Tick.Length = Grid, vg.Points(3)
		a.Tick.Label.Font, a.Tick.Label.Color = sansFont(), Ink
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = sansFont(), Ink
		a.Label.Padding, a.Padding = vg.Points(4), vg.Points(3)
	}
	p.Title.TextStyle.Font, p.Title.TextStyle.Color = sansFont(), Ink
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = sansFont(), Ink
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(18)
	lines := plotter.NewGrid()
	lines.Vertical.Color = nil
	lines.Horizontal.Color, lines.Horizontal.Width, lines.Horizontal.Dashes = Grid, vg.Points(0.5), nil
	p.Add(lines)
	return p
}

func sansFont() font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(10)}
}

// AddLine draws points, with dots while there are few of them, in the colour of the series
// with this index, and names it in the legend unless name is empty. No points draw nothing.
func AddLine(p *plot.Plot, name string, points plotter.XYs, series int) error {
	if len(points) == 0 {
		return nil
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	s := seriesStyles[series]
	line.Color, line.Width, line.Dashes = s.color, vg.Points(1.8), s.dashes
	dots.Color, dots.Radius, dots.Shape = s.color, vg.Points(2.4), s.dot
	p.Add(line)
	if len(points) < 40 {
		p.Add(dots)
	}
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// BarPitch is the height that a plot of horizontal bars needs for each of them, beside
// some 50 points for its axis.
const BarPitch = vg.Length(16)

// AddBars draws horizontal bars, the first on top, each beside its name. No bars draw nothing.
func AddBars(p *plot.Plot, names []string, values []float64) error {
	n := len(values)
	if n == 0 {
		return nil
	}
	upwards, labels := make(plotter.Values, n), make([]string, n)
	for i := range n {
		upwards[n-1-i], labels[n-1-i] = values[i], names[i]
	}
	bars, err := plotter.NewBarChart(upwards, 0.6*BarPitch)
	if err != nil {
		return err
	}
	bars.Horizontal, bars.Color, bars.LineStyle.Width = true, Series(0), 0
	p.Add(bars)
	p.NominalY(labels...)
	p.X.Min = min(p.X.Min, 0)
	return nil
}

// AddMarks draws a mark at each point, and names them in the legend. No points draw nothing.
func AddMarks(p *plot.Plot, name string, points plotter.XYs, style draw.GlyphStyle) error {
	if len(points) == 0 {
		return nil
	}
	marks, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	marks.GlyphStyle = style
	p.Add(marks)
	p.Legend.Add(name, marks)
	return nil
}

// AddDotted draws a thin dotted line from one point to another.
func AddDotted(p *plot.Plot, x0, y0, x1, y1 float64) {
	line := &plotter.Line{XYs: plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y1}}}
	line.Color, line.Width, line.Dashes = Ink, vg.Points(1), []vg.Length{vg.Points(1.5), vg.Points(3)}
	p.Add(line)
}

// AddBound draws a dashed line across at y, with its name at the right end: a value that is
// not to be passed.
func AddBound(p *plot.Plot, name string, y float64) error {
	line := plotter.NewFunction(func(float64) float64 { return y })
	line.Color, line.Width, line.Dashes, line.Samples = Series(1), vg.Points(1.2),
		[]vg.Length{vg.Points(6), vg.Points(3)}, 2
	p.Add(line)
	p.Y.Min, p.Y.Max = min(p.Y.Min, y), max(p.Y.Max, y)
	return addText(p, p.X.Max, y, name, draw.XRight, draw.YBottom)
}

// AddFlag draws a thin line up at x, with its name at the top: something that happened then.
// The range of Y has to be set before.
func AddFlag(p *plot.Plot, name string, x float64) error {
	line := &plotter.Line{XYs: plotter.XYs{{X: x, Y: p.Y.Min}, {X: x, Y: p.Y.Max}}}
	line.Color, line.Width = Series(2), vg.Points(1)
	p.Add(line)
	return addText(p, x, p.Y.Max, name, draw.XLeft, draw.YTop)
}

func addText(p *plot.Plot, x, y float64, text string, h draw.XAlignment, v draw.YAlignment) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: x, Y: y}}, Labels: []string{text}})
	if err != nil {
		return err
	}
	style := &labels.TextStyle[0]
	style.Font, style.Color, style.XAlign, style.YAlign = sansFont(), Ink, h, v
	labels.Offset = vg.Point{X: vg.Points(2 + 4*float64(h)), Y: vg.Points(2)}
	if h == draw.XRight { // a browser's font may be wider than the one that is measured here
		labels.Offset.X -= style.Width(text) / 6
	}
	p.Add(labels)
	return nil
}

// values are what a page may say of points where somebody points at them.
type values struct {
	points plotter.XYs
	label  func(i int) string
}

// AddValues notes in the drawing, invisibly, what each point is: a circle of no radius
// whose title is label(i), for the page's script to show.
func AddValues(p *plot.Plot, points plotter.XYs, label func(i int) string) {
	p.Add(values{points, label})
}

// Plot finds where the points are.
func (v values) Plot(c draw.Canvas, p *plot.Plot) {
	on := c.Canvas
	for crop, ok := on.(draw.Canvas); ok; crop, ok = on.(draw.Canvas) {
		on = crop.Canvas
	}
	into, ok := on.(*canvas)
	if !ok {
		return // of another format
	}
	x, y := p.Transforms(&c)
	_, height := into.Size()
	for i, pt := range v.points {
		fmt.Fprintf(&into.values, `<circle class="value" cx="%.1f" cy="%.1f" r="0"><title>%s</title></circle>`,
			x(pt.X).Points(), (height - y(pt.Y)).Points(), html.EscapeString(v.label(i)))
	}
}

// canvas is a drawing with its values.
type canvas struct {
	*vgsvg.Canvas
	values bytes.Buffer
}

// Ticks labels these values, each followed by the unit.
func Ticks(unit string, values ...float64) plot.ConstantTicks {
	var out plot.ConstantTicks
	for _, v := range values {
		out = append(out, plot.Tick{Value: v, Label: fmt.Sprintf("%g%s", v, unit)})
	}
	return out
}

// Image renders p as an SVG file with Style in it.
func Image(p *plot.Plot, width, height vg.Length) ([]byte, error) {
	svg, err := Inline(p, width, height)
	if err != nil {
		return nil, err
	}
	end := bytes.IndexByte(svg, '>') + 1 // of the svg element's own tag
	return bytes.Join([][]byte{svg[:end], []byte("<style>" + Style() + "</style>"), svg[end:]}, nil), nil
}

// Inline renders p as an SVG element for an HTML page that has Style in its style sheet.
func Inline(p *plot.Plot, width, height vg.Length) ([]byte, error) {
	on := &canvas{Canvas: vgsvg.New(width, height)}
	p.Draw(draw.New(on))
	var out bytes.Buffer
	if _, err := on.WriteTo(&out); err != nil {
		return nil, err
	}
	// HTML has no place for the XML prologue, and a file does not need it.
	svg := out.Bytes()[bytes.Index(out.Bytes(), []byte("<svg")):]
	end := bytes.LastIndex(svg, []byte("</svg>"))
	return slices.Insert(svg, end, on.values.Bytes()...), nil
}

// seriesStyle tells series apart by more than their colour.
type seriesStyle struct {
	color  color.Color
	dashes []vg.Length
	dot    draw.GlyphDrawer
}

var seriesStyles = []seriesStyle{
	{color.RGBA{0x2f, 0x6f, 0x9f, 0xff}, nil, draw.CircleGlyph{}},
	{color.RGBA{0xb3, 0x2d, 0x25, 0xff}, []vg.Length{5, 3}, draw.BoxGlyph{}},
	{color.RGBA{0x2a, 0x8a, 0x57, 0xff}, []vg.Length{8, 2}, draw.TriangleGlyph{}},
	{color.RGBA{0x8f, 0x8f, 0x8f, 0xff}, []vg.Length{1.5, 3}, draw.PyramidGlyph{}},
}

// Series is the colour of the series with this index, from 0 to 3.
func Series(index int) color.Color { return seriesStyles[index].color }
