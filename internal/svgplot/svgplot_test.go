package svgplot

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// drawAll uses every colour of the palette.
func drawAll(t *testing.T) *plot.Plot {
	t.Helper()
	p := New("x", "y")
	p.Title.Text, p.BackgroundColor = "a < b", Paper
	for k := range seriesStyles {
		if err := AddLine(p, "series", plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 3 + float64(k)}}, k); err != nil {
			t.Fatal(err)
		}
	}
	if err := AddBars(p, []string{"upper", "lower"}, []float64{2, 1}); err != nil {
		t.Fatal(err)
	}
	AddDotted(p, 0, 1, 0, 3)
	return p
}

// TestStyleKnowsEveryColour would fail where gonum/plot wrote its colours in another way.
func TestStyleKnowsEveryColour(t *testing.T) {
	t.Parallel()
	svg, err := Inline(drawAll(t), 4*vg.Inch, 2*vg.Inch)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(fill|stroke):#\w+`).FindAllString(string(svg), -1) {
		found[m] = true
		if !strings.Contains(Style(), `[style*="`+m+`"]{`) {
			t.Errorf("%s is drawn, and has no dark twin", m)
		}
	}
	for _, c := range darkTwins {
		if !found["fill:"+hexColour(c.light)] && !found["stroke:"+hexColour(c.light)] {
			t.Errorf("%s is in the palette, and was not found in a drawing of all colours", hexColour(c.light))
		}
	}
}

func TestInlineIsAnElementAndImageBringsItsStyle(t *testing.T) {
	t.Parallel()
	inline, err := Inline(drawAll(t), 4*vg.Inch, 2*vg.Inch)
	if err != nil {
		t.Fatal(err)
	}
	image, err := Image(drawAll(t), 4*vg.Inch, 2*vg.Inch)
	if err != nil {
		t.Fatal(err)
	}
	for name, svg := range map[string]string{"Inline": string(inline), "Image": string(image)} {
		if !strings.HasPrefix(svg, "<svg ") || !strings.Contains(svg, "a &lt; b") {
			t.Errorf("%s begins with %.60q, want the element, and words escaped", name, svg)
		}
		if err := parseXML(svg); err != nil {
			t.Errorf("%s is no XML: %v", name, err)
		}
		if got := strings.Contains(svg, "<style>"+Style()); got != (name == "Image") {
			t.Errorf("%s brings the style: %v", name, got)
		}
	}
}

func parseXML(text string) error {
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestAddBarsPutsTheFirstOnTop(t *testing.T) {
	t.Parallel()
	svg, err := Inline(drawAll(t), 4*vg.Inch, 2*vg.Inch)
	if err != nil {
		t.Fatal(err)
	}
	height := map[string]float64{}
	for _, m := range regexp.MustCompile(`<text x="[^"]*" y="-([^"]*)[^>]*>(\w+)<`).FindAllStringSubmatch(string(svg), -1) {
		if height[m[2]], err = strconv.ParseFloat(m[1], 64); err != nil {
			t.Fatal(err)
		}
	}
	if height["upper"] <= height["lower"] {
		t.Errorf("the first bar's name stands at %v, the second's at %v", height["upper"], height["lower"])
	}
	if err := AddBars(New("", ""), nil, nil); err != nil {
		t.Errorf("AddBars of none = %v", err)
	}
}

// TestMarks draws a bound, a flag and values: their names are read, and a value stands where
// its point does.
func TestMarks(t *testing.T) {
	t.Parallel()
	p := New("", "")
	points := plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 10}}
	if err := AddLine(p, "", points, 0); err != nil {
		t.Fatal(err)
	}
	AddValues(p, points, func(i int) string { return "<" + strconv.Itoa(i) + ">" })
	if err := AddBound(p, "bound of 12", 12); err != nil {
		t.Fatal(err)
	}
	if err := AddFlag(p, "v2", 0.5); err != nil {
		t.Fatal(err)
	}
	svg, err := Image(p, 4*vg.Inch, 2*vg.Inch)
	if err != nil {
		t.Fatal(err)
	}
	if err := parseXML(string(svg)); err != nil {
		t.Errorf("it is no XML: %v", err)
	}
	for _, want := range []string{">bound of 12<", ">v2<"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("it lacks %q", want)
		}
	}
	marks := regexp.MustCompile(`<circle class="value" cx="([\d.]+)" cy="([\d.]+)" r="0"><title>&lt;(\d)&gt;<`).FindAllStringSubmatch(string(svg), -1)
	if len(marks) != 2 {
		t.Fatalf("%d values, want 2: %s", len(marks), svg)
	}
	place := func(i, axis int) float64 {
		v, err := strconv.ParseFloat(marks[i][axis], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if place(0, 1) >= place(1, 1) || place(0, 2) <= place(1, 2) || place(1, 2) <= 0 {
		t.Errorf("the values stand at %v and %v; the second is right of and above the first", marks[0][1:3], marks[1][1:3])
	}
}
