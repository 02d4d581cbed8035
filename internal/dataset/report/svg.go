package report

import (
	"fmt"
	"html/template"
	"strings"

	"lfb/internal/dataset"
	"lfb/internal/geo"
)

// histogram is a column's bins, or its most frequent words, as small bars. Only
// numbers are written into the SVG.
func histogram(s *dataset.ColumnSummary) template.HTML {
	var bins []int64
	switch {
	case s.Numbers != nil:
		bins = s.Numbers.Bins
	case len(s.Words) > 1:
		for _, w := range s.Words[:min(24, len(s.Words))] {
			bins = append(bins, w.Rows)
		}
	default:
		return ""
	}
	const width, height = 168.0, 34.0
	top := int64(1)
	for _, n := range bins {
		top = max(top, n)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true">`, width, height, width, height)
	step := width / float64(max(len(bins), 8))
	for i, n := range bins {
		if n == 0 {
			continue
		}
		h := max(1, float64(n)/float64(top)*(height-1))
		fmt.Fprintf(&b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f"/>`, float64(i)*step, height-h, step*0.86, h)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// class is one colour of the map: mean attendance below Below seconds.
type class struct {
	Label string
	Style string // name of the CSS class
	below float64
}

// classes run from quick to slow; the boundary at 6 minutes is the brigade's aim.
func classes() []class {
	return []class{
		{"under 4 min", "m0", 240},
		{"4 to 5", "m1", 300},
		{"5 to 6", "m2", 360},
		{"6 to 7", "m3", 420},
		{"7 to 8", "m4", 480},
		{"8 or more", "m5", 1e9},
	}
}

// fewRows is the number of rows below which a hexagon's mean says little: it is
// drawn paler.
const fewRows = 10

// hexMap draws mean attendance by hexagon, north up.
func hexMap(hexes []dataset.HexSummary) template.HTML {
	if len(hexes) == 0 {
		return ""
	}
	west, south, east, north := bounds(hexes)
	const width = 1000.0
	scale := width / (east - west)
	height := (north - south) * scale
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="map" viewBox="0 0 %.0f %.0f" role="img" aria-label="Map of London: mean attendance of first engines by hexagon">`, width, height)
	for _, x := range hexes {
		style := ""
		for _, c := range classes() {
			if x.Mean < c.below {
				style = c.Style
				break
			}
		}
		if x.Rows < fewRows {
			style += " few"
		}
		fmt.Fprintf(&b, `<path class="%s" d="`, style)
		for i, p := range (geo.Hex{Q: x.Q, R: x.R}).Corners(dataset.HexSize) {
			verb := 'L'
			if i == 0 {
				verb = 'M'
			}
			fmt.Fprintf(&b, "%c%.1f %.1f", verb, (p[0]-west)*scale, (north-p[1])*scale)
		}
		fmt.Fprintf(&b, `Z"><title>%s mean of %s</title></path>`, minutes(x.Mean), plural(x.Rows))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func plural(n int64) string {
	if n == 1 {
		return "1 engine"
	}
	return fmt.Sprintf("%d engines", n)
}

// bounds is the box of all hexagons, in metres.
func bounds(hexes []dataset.HexSummary) (west, south, east, north float64) {
	for i, x := range hexes {
		e, n := geo.Hex{Q: x.Q, R: x.R}.Centre(dataset.HexSize)
		if i == 0 {
			west, south, east, north = e, n, e, n
		}
		west, south, east, north = min(west, e), min(south, n), max(east, e), max(north, n)
	}
	const margin = dataset.HexSize * 1.2
	return west - margin, south - margin, east + margin, north + margin
}
