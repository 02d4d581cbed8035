package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lfb/internal/feature"
	"lfb/internal/ml"
)

// placeChange is a place before a station closes and after.
type placeChange struct {
	mapPlace  // answered without the station
	Was       ml.Answer
	Ground    string  // in whose station's ground it lies while that is open
	P50, P90  float64 // seconds longer
	P6        float64 // the chance within 6 minutes less the one before
	Worsening float64
}

// stationClosure is what changes on the map while a station is out.
type stationClosure struct {
	Station string
	Cells   int           // hexagons that take at least noticeable longer
	Missing int           // hexagons that miss the aim only now
	Ground  [2]string     // mean P50 in its own ground, before and after
	Wards   []placeChange // most changed first
	Changes *coverageMap  // what changes, to be drawn
}

// Place is the place alone.
func (c placeChange) Place() mapPlace { return c.mapPlace }

// noticeable is the change of a P50 that counts, in seconds: below it the models
// of two seeds differ too.
const noticeable = 15

// compareClosure compares two maps of one moment.
func compareClosure(open, closed *coverageMap, m measure) *stationClosure {
	c := &stationClosure{Station: closed.Out, Changes: &coverageMap{Date: closed.Date, Out: closed.Out, Station: closed.Station}}
	var was, is ml.Answer
	n := 0.0
	for _, d := range comparePlaces(open.Cells, closed.Cells, m) {
		p := d.mapPlace
		p.Answer = ml.Answer{P50: d.P50, P90: d.P90, Within6: d.P6}
		p.Title = fmt.Sprintf("%s: P50 %s, was %s; P90 %s, was %s; within 6 minutes %s, was %s", placeName(d.mapPlace),
			formatMinutes(d.Answer.P50), formatMinutes(d.Was.P50), formatMinutes(d.Answer.P90), formatMinutes(d.Was.P90), formatChance(d.Answer.Within6), formatChance(d.Was.Within6))
		c.Changes.Cells = append(c.Changes.Cells, p)
		if d.P50 >= noticeable {
			c.Cells++
		}
		if m.isMissed(d.Answer) && !m.isMissed(d.Was) {
			c.Missing++
		}
		if d.Ground == closed.Out {
			n++
			was.P50, is.P50 = was.P50+d.Was.P50, is.P50+d.Answer.P50
		}
	}
	if n > 0 {
		c.Ground = [2]string{formatMinutes(was.P50 / n), formatMinutes(is.P50 / n)}
	}
	c.Wards = comparePlaces(open.Wards, closed.Wards, m)
	slices.SortStableFunc(c.Wards, func(a, b placeChange) int { return cmp.Compare(b.Worsening, a.Worsening) })
	c.Wards = c.Wards[:min(worstWards, len(c.Wards))]
	for i, d := range c.Wards {
		if math.Abs(d.P50) < 1 && math.Abs(d.P90) < 1 && math.Abs(d.P6) < 0.005 {
			c.Wards = c.Wards[:i] // those after it changed less
			break
		}
	}
	return c
}

// comparePlaces pairs the same places of two maps.
func comparePlaces(open, closed []mapPlace, m measure) []placeChange {
	out := make([]placeChange, len(closed))
	for i, p := range closed {
		was := open[i].Answer
		out[i] = placeChange{
			mapPlace: p, Was: was, Ground: open[i].Call.StationGround, P50: p.Answer.P50 - was.P50, P90: p.Answer.P90 - was.P90,
			P6: p.Answer.Within6 - was.Within6, Worsening: m.severityOf(p.Answer) - m.severityOf(was),
		}
	}
	return out
}

// changeMeasure is the measure of what changes: seconds longer, or chance lost.
func (m measure) changeMeasure() measure {
	out := m
	out.Name = "Change of: " + m.Name
	out.Steps, out.aim, out.unit = []float64{5, 15, 30, 60, 90, 120}, 30, formatSigned
	if m.falling {
		out.Steps, out.aim, out.unit = []float64{-0.01, -0.03, -0.05, -0.1, -0.2, -0.3}, -0.05, formatPoints
	}
	return out
}

func formatSigned(v float64) string { return fmt.Sprintf("%+.0f\u00a0s", v) }

// formatPoints shows a change of a chance, in points of a per cent.
func formatPoints(v float64) string { return fmt.Sprintf("%+.0f\u00a0points", 100*v) }

// openStations are the names of those that are open, by name.
func openStations(spec *feature.Spec) []string {
	var out []string
	for _, s := range spec.Stations {
		if s.Open {
			out = append(out, s.Name)
		}
	}
	return out
}
