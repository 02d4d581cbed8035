package cover

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// hours of a day, and how many of them are asked about: every fourth stands for those around it.
const (
	hours    = 24
	slots    = 6
	perSlot  = hours / slots
	lastYear = 12 // months that say how many calls a day has
)

// place is a hexagon of size dataset.HexSize where calls come from.
type place struct {
	hex     geo.Hex
	borough string       // code
	calls   float64      // a day, with a first engine
	points  [][2]float64 // of training rows: easting and northing, metres
}

// demand is when and where engines are called.
type demand struct {
	places  []place
	hourly  [hours]float64 // share of the day's calls
	seconds float64        // second engines a call
}

// learnDemand reads off a data set's summary where calls come from and at which hours, and from its last year how many
// there are. A hexagon where the bundle knows no place is left out: nothing can be said of it.
func learnDemand(s *dataset.Summary, spec *feature.Spec) (demand, error) {
	var d demand
	var first, recent int64
	for _, h := range s.Hours {
		first += h.Rows
	}
	months := s.Months[max(0, len(s.Months)-lastYear):]
	if first == 0 || len(s.Hours) != hours || len(months) == 0 {
		return d, fmt.Errorf("cover: data set %s has no first engines: %w", s.DataSet, lfb.ErrInvalid)
	}
	for _, m := range months {
		recent += m.First
	}
	from, err := time.ParseInLocation("2006-01", months[0].Month, lfb.London)
	if err != nil {
		return d, fmt.Errorf("cover: data set %s: %w: %w", s.DataSet, err, lfb.ErrInvalid)
	}
	if from.Before(s.FirstCall) {
		from = s.FirstCall
	}
	days := max(1, math.Round(s.LastCall.Sub(from).Hours()/hours))
	daily := float64(recent) / float64(first) / days // calls a day for each that the data set has
	for h, of := range s.Hours {
		d.hourly[h] = float64(of.Rows) / float64(first)
	}
	d.seconds = float64(s.Engines[1].Rows) / float64(s.Engines[0].Rows)
	points := map[geo.Hex][][2]float64{}
	for _, c := range spec.Places.Cells {
		e, n := c.Centre()
		h := geo.HexAt(e, n, dataset.HexSize)
		points[h] = append(points[h], [2]float64{e, n})
	}
	for _, h := range s.Hexes {
		p := place{hex: geo.Hex{Q: h.Q, R: h.R}, calls: float64(h.Rows) * daily}
		if p.points = points[p.hex]; len(p.points) > 0 {
			d.places = append(d.places, p)
		}
	}
	slices.SortFunc(d.places, func(a, b place) int { return cmp.Or(a.hex.R-b.hex.R, a.hex.Q-b.hex.Q) })
	return d, nil
}

// slotWeights is what each slot counts for where so much of each hour does, straight between the middles of slots.
func (d *demand) slotWeights(of [hours]float64) (weights [slots]float64) {
	for h, part := range of {
		for s, share := range slotShares(h) {
			weights[s] += d.hourly[h] * part * share
		}
	}
	return weights
}

// wholeDay is all of every hour.
func wholeDay() (all [hours]float64) {
	for h := range all {
		all[h] = 1
	}
	return all
}

// slotShares is how an hour is made of the slots, whose middles are at 2, 6, … o'clock.
func slotShares(hour int) (shares [slots]float64) {
	at := (float64(hour) + 0.5 - perSlot/2) / perSlot
	below := math.Floor(at)
	k := (int(below) + slots) % slots
	shares[k] = 1 - (at - below)
	shares[(k+1)%slots] = at - below
	return shares
}

// typicalCalls is a call for an engine a place and slot, in this order: each at another point of its place and of
// another kind, such that together they are what training rows are.
func (d *demand) typicalCalls(spec *feature.Spec, after time.Time, engine int) []lfb.Call {
	after = after.In(lfb.London)
	reported := newWordPicker(&spec.Vocab[feature.VocabReported])
	category := newWordPicker(&spec.Vocab[feature.VocabCategory])
	calls := make([]lfb.Call, 0, slots*len(d.places))
	for k := range d.places {
		p := &d.places[k]
		for s := range slots {
			day := after.Day() + 1 + (k+s)%7
			at := time.Date(after.Year(), after.Month(), day, s*perSlot+perSlot/2, 0, 0, 0, lfb.London)
			c := lfb.Call{At: at, PumpOrder: engine}
			point := p.points[(s*len(p.points)/slots+k)%len(p.points)]
			c.Easting, c.Northing = geo.CellCentre100(point[0], point[1])
			// Steps of a sequence that fills a square evenly (Roberts' R2).
			i := float64(k*slots + s)
			c.Reported = reported.pickWord(i * 0.7548776662466927)
			c.PropertyCategory = category.pickWord(i * 0.5698402909980532)
			spec.Complete(&c)
			if p.borough == "" {
				p.borough = c.BoroughCode
			}
			calls = append(calls, c)
		}
	}
	return calls
}

// wordPicker picks words as often as training rows have them.
type wordPicker struct {
	words []string
	upTo  []float64
}

func newWordPicker(v *feature.Vocabulary) *wordPicker {
	p := &wordPicker{words: v.Words}
	sum := 0.0
	for _, n := range v.Rows {
		sum += float64(n)
		p.upTo = append(p.upTo, sum)
	}
	return p
}

// pickWord returns the word at a share of all rows, by its fraction.
func (p *wordPicker) pickWord(share float64) string {
	if len(p.words) == 0 {
		return ""
	}
	_, f := math.Modf(share)
	k, _ := slices.BinarySearch(p.upTo, f*p.upTo[len(p.upTo)-1])
	return p.words[min(k, len(p.words)-1)]
}
