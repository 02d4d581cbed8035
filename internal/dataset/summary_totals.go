package dataset

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// totals are counts over all columns of a row: by engine, hour, month and place.
type totals struct {
	engines   [2]valueCounts // attendance
	hours     [24]valueCounts
	months    map[int]monthTotals
	hexes     map[geo.Hex]total
	incidents int64
	instants  int64
}

type monthTotals struct {
	first  total
	second int64
}

// total is a sum and its count.
type total struct{ sum, n int64 }

func (t total) plus(v int32) total { return total{t.sum + int64(v), t.n + 1} }

func (t total) mean() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.sum) / float64(t.n)
}

func newTotals() *totals {
	t := &totals{months: map[int]monthTotals{}, hexes: map[geo.Hex]total{}}
	for k := range t.engines {
		t.engines[k] = valueCounts{}
	}
	for k := range t.hours {
		t.hours[k] = valueCounts{}
	}
	return t
}

// addRow adds a row; before is the row before it, nil for the first.
func (t *totals) addRow(r, before *record) {
	if before == nil || r.incident != before.incident {
		t.incidents++
	}
	if before == nil || r.calledAt != before.calledAt {
		t.instants++
	}
	seconds := r.num[numAttendance]
	t.engines[r.pump-1][seconds]++
	called := time.Unix(r.calledAt, 0).In(lfb.London)
	key := monthKey(called)
	m := t.months[key]
	if r.pump == 2 {
		m.second++
		t.months[key] = m
		return
	}
	m.first = m.first.plus(seconds)
	t.months[key] = m
	t.hours[called.Hour()][seconds]++
	if r.num[numEasting] == missing {
		return
	}
	hex := geo.HexAt(float64(r.num[numEasting]), float64(r.num[numNorthing]), HexSize)
	t.hexes[hex] = t.hexes[hex].plus(seconds)
}

// summariseMonths lists every month from the first to the last, empty ones too.
func (t *totals) summariseMonths() []MonthSummary {
	keys := slices.Sorted(maps.Keys(t.months))
	var out []MonthSummary
	for key := keys[0]; key <= keys[len(keys)-1]; key++ {
		m := t.months[key] // zero where there is no row
		out = append(out, MonthSummary{Month: monthName(key), First: m.first.n, Second: m.second, Mean: m.first.mean()})
	}
	return out
}

func (t *totals) summariseHexes() []HexSummary {
	out := make([]HexSummary, 0, len(t.hexes))
	for h, m := range t.hexes {
		out = append(out, HexSummary{Q: h.Q, R: h.R, Rows: m.n, Mean: m.mean()})
	}
	slices.SortFunc(out, func(x, y HexSummary) int {
		return cmp.Or(cmp.Compare(x.Q, y.Q), cmp.Compare(x.R, y.R))
	})
	return out
}
