package places

import (
	"math"
	"slices"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Learner collects what the brigade's rows show of where postcodes are. The same rows in the same
// order teach the same.
type Learner struct{ rows map[uint64][]unit } // by key without a borough

// NewLearner returns a Learner that has seen no row.
func NewLearner() *Learner { return &Learner{rows: map[uint64][]unit{}} }

// enoughRows is how many rows of a postcode say where it is.
const enoughRows = 32

// AddIncident learns from a row that has a whole postcode and its place to the metre: dwellings
// are published with neither.
func (l *Learner) AddIncident(r *lfb.Incident) {
	x, y := r.EastingM, r.NorthingM
	if r.PostcodeFull == "" || !x.OK || !y.OK || !isInExtent(int32(x.V), int32(y.V), MarginM) {
		return
	}
	postcode, _, err := geo.ParsePostcode(r.PostcodeFull)
	if err != nil {
		return
	}
	key := unitKey(postcode)
	if seen := l.rows[key]; len(seen) < enoughRows {
		l.rows[key] = append(seen, unit{uint64(boroughNumber(r.BoroughCode)), int32(math.Round(x.V)), int32(math.Round(y.V))})
	}
}

// AddTo adds the postcodes that b does not know: those of a file go first, and old ones, which no
// file has any more, are found too.
func (l *Learner) AddTo(b *Builder) {
	known := make(map[uint64]bool, len(b.units))
	for _, u := range b.units {
		known[u.Key&^0xff] = true
	}
	for key, rows := range l.rows {
		if known[key] {
			continue
		}
		var xs, ys []int32
		boroughs, most := [256]int{}, rows[0].Key
		for _, r := range rows {
			xs, ys = append(xs, r.X), append(ys, r.Y)
			if boroughs[r.Key]++; boroughs[r.Key] > boroughs[most] {
				most = r.Key
			}
		}
		slices.Sort(xs)
		slices.Sort(ys)
		u := unit{key | most, xs[len(xs)/2], ys[len(ys)/2]}
		u.Key |= classifyReach(u, rows) << 6
		b.units = append(b.units, u)
	}
	b.meta.Sources = append(b.meta.Sources, Source{
		Name: "rows of the brigade", Rows: len(l.rows),
		Kept: len(b.units) - len(known),
	})
}

// classifyReach is the number of the reach within which nine in ten rows of a postcode are; of a single row the second.
func classifyReach(u unit, rows []unit) (class uint64) {
	if len(rows) == 1 {
		return 1
	}
	var away []float64
	for _, r := range rows {
		away = append(away, math.Hypot(float64(r.X-u.X), float64(r.Y-u.Y)))
	}
	slices.Sort(away)
	for class < 3 && away[len(away)*9/10] > float64(unitReaches[class]) {
		class++
	}
	return class
}
