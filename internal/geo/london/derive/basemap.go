package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"lfb/internal/geo/london"
	"lfb/internal/lfb"
)

// drawBaseMap writes London without any answer as an SVG in the map's units: the borders that
// the rows show, and what is drawn by hand. Colours and sizes are left to who shows it.
func drawBaseMap(path string, incidents map[string]lfb.Incident) error {
	c := colourCells(incidents)
	drawn := london.Drawn()
	var inner, roads, motorways strings.Builder
	var outer [][]london.Point
	for _, b := range c.traceBorders() {
		line := b.roundLine()
		if b.outer {
			outer = append(outer, line)
		} else {
			inner.WriteString(drawLine(line))
		}
	}
	for _, r := range drawn.Roads {
		into := &roads
		if r.IsMotorway() {
			into = &motorways
		}
		into.WriteString(drawLine(r.Line))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d">`+"\n", london.MapWidth, london.MapHeight)
	land := drawRings(outer)
	for _, p := range [][2]string{
		{"land", land},
		{"roads", roads.String()},
		{"motorways", motorways.String()},
		{"river", drawRiver(drawn.Thames)},
		{"borders", inner.String()},
		{"outline", land},
	} {
		fmt.Fprintf(&b, "<path class=\"%s\" d=\"%s\"/>\n", p[0], p[1])
		if p[0] == "land" {
			b.WriteString("<g class=\"cells\"/>\n")
		}
	}
	b.WriteString("<g class=\"names\">\n")
	for _, a := range london.Boroughs() {
		code := a.Code[len(a.Code)-2:]
		p := c.placeLabel(10*(code[0]-'0') + code[1] - '0')
		writeName(&b, "borough", p, strings.Split(shortName(a.Name), " & ")...)
	}
	for _, r := range drawn.Roads {
		for k := range max(1, len(r.Line)/8) {
			writeName(&b, "road", r.Line[min(len(r.Line)-2, 8*k+5)], r.Name)
		}
	}
	for _, x := range drawn.Crossings {
		writeName(&b, "crossing", x.Point, x.Name)
	}
	b.WriteString("</g>\n</svg>\n")
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// writeName writes a name that stands on one line or more.
func writeName(b *strings.Builder, class string, p london.Point, lines ...string) {
	x, y := london.ToMap(p.Easting, p.Northing)
	fmt.Fprintf(b, `<text class="%s" x="%.0f" y="%.0f">%s`, class, x, y, lines[0])
	for _, l := range lines[1:] {
		fmt.Fprintf(b, `<tspan x="%.0f" dy="1.05em">&amp; %s</tspan>`, x, l)
	}
	b.WriteString("</text>\n")
}

// shortName is a borough's as a map has it: Kingston, Barking & Dagenham.
func shortName(name string) string {
	words := strings.Fields(strings.ToLower(name))
	for i, w := range words {
		switch w {
		case "and":
			words[i] = "&"
		case "upon":
			return strings.Join(words[:i], " ")
		case "of":
			return "City"
		default:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// pen writes a path in whole units, relative to where it is.
type pen struct {
	strings.Builder
	x, y int
}

func (p *pen) drawPoints(verb string, points ...london.Point) {
	p.WriteString(verb)
	x, y := p.x, p.y
	for i, at := range points {
		fx, fy := london.ToMap(at.Easting, at.Northing)
		x, y = int(math.Round(fx)), int(math.Round(fy))
		dx, dy := x-p.x, y-p.y
		if verb == "M" {
			dx, dy = x, y
		}
		if i > 0 && dx >= 0 {
			p.WriteString(" ")
		}
		fmt.Fprintf(p, "%d", dx)
		if dy >= 0 {
			p.WriteString(" ")
		}
		fmt.Fprintf(p, "%d", dy)
	}
	p.x, p.y = x, y
}

func midPoint(a, b london.Point) london.Point {
	return london.Point{Easting: (a.Easting + b.Easting) / 2, Northing: (a.Northing + b.Northing) / 2}
}

// drawLine bends a line at its points.
func drawLine(line []london.Point) string {
	var p pen
	p.drawPoints("M", line[0])
	p.bendAlong(line)
	return p.String()
}

// bendAlong goes on along a line whose first point the pen is at.
func (p *pen) bendAlong(line []london.Point) {
	for i, at := range line[1 : len(line)-1] {
		to := midPoint(at, line[i+2])
		if i == len(line)-3 {
			to = line[i+2]
		}
		p.drawPoints("q", at, to)
	}
	if len(line) == 2 {
		p.drawPoints("l", line[1])
	}
}

// drawRings joins lines end to end into rings.
func drawRings(lines [][]london.Point) string {
	var p pen
	for len(lines) > 0 {
		ring := lines[0]
		lines = lines[1:]
		p.drawPoints("M", ring[0])
		p.bendAlong(ring)
		for end := ring[len(ring)-1]; end != ring[0]; {
			next := slices.IndexFunc(lines, func(l []london.Point) bool { return l[0] == end || l[len(l)-1] == end })
			if next < 0 {
				break
			}
			l := lines[next]
			lines = slices.Delete(lines, next, next+1)
			if l[0] != end {
				slices.Reverse(l)
			}
			p.bendAlong(l)
			end = l[len(l)-1]
		}
		p.WriteString("z")
	}
	return p.String()
}

// drawRiver draws the water: down one bank and up the other.
func drawRiver(river []london.RiverPoint) string {
	n := len(river)
	banks := make([]london.Point, 2*n)
	for i, at := range river {
		a, b := river[max(i-1, 0)], river[min(i+1, n-1)]
		dx, dy := b.Easting-a.Easting, b.Northing-a.Northing
		half := at.Width / 2 / math.Hypot(dx, dy)
		banks[i] = london.Point{Easting: at.Easting - dy*half, Northing: at.Northing + dx*half}
		banks[2*n-1-i] = london.Point{Easting: at.Easting + dy*half, Northing: at.Northing - dx*half}
	}
	return drawLine(append(banks, banks[0])) + "z"
}
