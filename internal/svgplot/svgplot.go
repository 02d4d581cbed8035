package svgplot

import (
	"bytes"
	"fmt"
	"image/color"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Marker is the n-th colour of a drawing, n from 1 to 9: Colours gives it a name.
func Marker(n uint8) color.Color { return color.RGBA{R: n, G: n, B: n, A: 255} }

// Ink is the marker of words.
func Ink() color.Color { return Marker(1) }

// Grid is the marker of the lines behind.
func Grid() color.Color { return Marker(2) }

// Sans is the font of all words, points high.
func Sans(points float64) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(points)}
}

// New has quiet axes with these labels, words of so many points, horizontal grid lines
// and no background.
func New(x, y string, points float64) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color, a.LineStyle.Width = Grid(), vg.Points(0.8)
		a.Tick.LineStyle.Color, a.Tick.Length = Grid(), vg.Points(3)
		a.Tick.Label.Font, a.Tick.Label.Color = Sans(points), Ink()
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = Sans(points), Ink()
		a.Label.Padding, a.Padding = vg.Points(4), vg.Points(3)
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	lines := plotter.NewGrid()
	lines.Vertical.Color = nil
	lines.Horizontal.Color, lines.Horizontal.Width, lines.Horizontal.Dashes = Grid(), vg.Points(0.5), nil
	p.Add(lines)
	return p
}

// Dotted is a thin dotted line between two points.
func Dotted(x0, y0, x1, y1 float64) plot.Plotter {
	line := &plotter.Line{XYs: plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y1}}}
	line.Color, line.Width, line.Dashes = Ink(), vg.Points(1), []vg.Length{vg.Points(1.5), vg.Points(3)}
	return line
}

var (
	size   = regexp.MustCompile(`<svg width="[^"]*" height="[^"]*"`)
	family = regexp.MustCompile(`font-family:[^;"]*;(font-variant:[^;"]*;)?(font-weight:[^;"]*;)?(font-style:[^;"]*;)?`)
)

// Draw renders p as one svg element without a prologue, a size of its own or a font:
// those are the page's, as attributes are, which follow the element's name. Marker n
// becomes colours[n-1].
func Draw(p *plot.Plot, width, height vg.Length, attributes string, colours ...string) (string, error) {
	canvas := vgsvg.New(width, height)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return "", err
	}
	svg := out.String()
	if i := strings.Index(svg, "<svg"); i > 0 {
		svg = svg[i:]
	}
	svg = family.ReplaceAllString(size.ReplaceAllString(svg, "<svg"+attributes), "")
	var pairs []string
	for k, c := range colours {
		pairs = append(pairs, fmt.Sprintf("#%02[1]d%02[1]d%02[1]d", k+1), c)
	}
	return strings.NewReplacer(pairs...).Replace(svg), nil
}
