package svgplot

import (
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

func TestDrawLeavesSizeFontAndColoursToThePage(t *testing.T) {
	t.Parallel()
	p := New("x", "y", 9)
	line, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 3}})
	if err != nil {
		t.Fatal(err)
	}
	line.Color = Marker(3)
	p.Add(line, Dotted(0, 1, 0, 3))
	svg, err := Draw(p, 4*vg.Inch, 2*vg.Inch, ` class="plot"`, "var(--ink)", "var(--grid)", "var(--one)")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(svg, `<svg class="plot" viewBox=`) {
		t.Errorf("Draw begins with %.60q, want the element with the attributes and no size", svg)
	}
	for _, want := range []string{"var(--ink)", "var(--grid)", "var(--one)"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in the drawing", want)
		}
	}
	for _, not := range []string{"#010101", "#020202", "#030303", "font-family"} {
		if strings.Contains(svg, not) {
			t.Errorf("%s is left in the drawing", not)
		}
	}
}
