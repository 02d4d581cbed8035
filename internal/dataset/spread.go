package dataset

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// near is how many small values a spread counts in an array; the others are in a
// map, which stays small as well: coordinates are cells, times are whole seconds.
const near = 4096

// spread counts whole numbers exactly. The zero value is ready.
type spread struct {
	small   [near]int64
	large   map[int32]int64
	n       int64
	sum     int64
	missing int64
}

func (s *spread) add(v int32) {
	if v == missing {
		s.missing++
		return
	}
	s.n++
	s.sum += int64(v)
	if v >= 0 && v < near {
		s.small[v]++
		return
	}
	if s.large == nil {
		s.large = map[int32]int64{}
	}
	s.large[v]++
}

// value is a number and how often it came.
type value struct {
	v int32
	n int64
}

// values are the distinct numbers, ascending.
func (s *spread) values() []value {
	var out []value
	for v, n := range s.large {
		out = append(out, value{v, n})
	}
	for v, n := range s.small {
		if n > 0 {
			out = append(out, value{int32(v), n})
		}
	}
	slices.SortFunc(out, func(a, b value) int { return cmp.Compare(a.v, b.v) })
	return out
}

// quantile is the smallest value that at least the share q of n numbers do not
// exceed.
func quantile(values []value, n int64, q float64) int32 {
	need, seen := int64(math.Ceil(q*float64(n))), int64(0)
	for _, v := range values {
		if seen += v.n; seen >= need {
			return v.v
		}
	}
	return values[len(values)-1].v
}

// numbers describes what was counted; nil where nothing was.
func (s *spread) numbers(b bins) *Numbers {
	if s.n == 0 {
		return nil
	}
	values := s.values()
	at := func(q float64) int32 { return quantile(values, s.n, q) }
	out := &Numbers{
		Min: values[0].v, P5: at(0.05), P25: at(0.25), P50: at(0.5), P75: at(0.75), P90: at(0.9), P95: at(0.95),
		Max: values[len(values)-1].v, Mean: float64(s.sum) / float64(s.n),
		Low: b.lo, Width: b.width, Bins: make([]int64, b.n),
	}
	for _, v := range values {
		out.Bins[b.of(v.v)] += v.n
	}
	return out
}

func (s *spread) engine() Engine {
	within := func(seconds int) float64 {
		n := int64(0)
		for _, k := range s.small[:seconds+1] {
			n += k
		}
		return float64(n) / float64(max(s.n, 1))
	}
	c := Column{kind: kindNumber, at: numAttendance}
	return Engine{Rows: s.n, Times: s.numbers(c.bins()), Within6: within(360), Within8: within(480), Within10: within(600)}
}

func (s *spread) hour() HourSummary {
	if s.n == 0 {
		return HourSummary{}
	}
	values := s.values()
	return HourSummary{
		Rows: s.n, Mean: float64(s.sum) / float64(s.n),
		P50: quantile(values, s.n, 0.5), P90: quantile(values, s.n, 0.9),
	}
}

// column describes one column of the schema.
func (a *accumulator) column(name string) ColumnSummary {
	i := slices.IndexFunc(a.columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return ColumnSummary{Name: name}
	}
	c := &a.columns[i]
	out := ColumnSummary{Name: name}
	switch c.kind {
	case kindID:
		out.Distinct = a.incidents
	case kindTime:
		out.Distinct = a.instants
	case kindPump, kindNumber:
		s := a.numbers[i]
		out.Missing, out.Distinct, out.Numbers = s.missing, int64(len(s.values())), s.numbers(c.bins())
	case kindText:
		rows := a.words[i]
		out.Missing = rows[0]
		out.list(a.t.dicts[c.at].texts[1:], rows[1:])
	case kindFrom:
		out.list([]string{fromIncident.String(), fromMobilisation.String()}, a.words[i])
	}
	return out
}

// list fills in the words that have rows: the table's dictionary may know more.
func (c *ColumnSummary) list(words []string, rows []int64) {
	for k, n := range rows {
		if n > 0 {
			c.Words = append(c.Words, Word{Text: words[k], Rows: n})
		}
	}
	c.Distinct = int64(len(c.Words))
	slices.SortFunc(c.Words, func(a, b Word) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Text, b.Text))
	})
	if len(c.Words) > maxWords {
		for _, w := range c.Words[maxWords:] {
			c.Others += w.Rows
		}
		c.Words = slices.Clone(c.Words[:maxWords])
	}
}

// monthSummaries lists every month from the first to the last, empty ones too.
func (a *accumulator) monthSummaries() []MonthSummary {
	keys := slices.Sorted(maps.Keys(a.months))
	var out []MonthSummary
	for key := keys[0]; key <= keys[len(keys)-1]; key++ {
		s := MonthSummary{Month: fmt.Sprintf("%04d-%02d", key/12, key%12+1)}
		if m := a.months[key]; m != nil {
			s.First, s.Second, s.Mean = m.first.n, m.second, m.first.value()
		}
		out = append(out, s)
	}
	return out
}

func (a *accumulator) hexSummaries() []HexSummary {
	out := make([]HexSummary, 0, len(a.hexes))
	for h, m := range a.hexes {
		out = append(out, HexSummary{Q: h.Q, R: h.R, Rows: m.n, Mean: m.value()})
	}
	slices.SortFunc(out, func(x, y HexSummary) int {
		return cmp.Or(cmp.Compare(x.Q, y.Q), cmp.Compare(x.R, y.R))
	})
	return out
}

// PSI is the population stability index between two snapshots of a column, over
// its bins or words and its missing rows; 0 is no change, from 0.1 on it is worth
// a look, from 0.25 on it is another population. ok is false where the two cannot
// be compared.
//
//	Σ (p - q) · ln(p / q)
//
// Shares below 1 in 10,000 count as that, so that one new word is not infinite.
func PSI(now, before *ColumnSummary) (psi float64, ok bool) {
	p, q, ok := shares(now, before)
	if !ok {
		return 0, false
	}
	const least = 1e-4
	for i := range p {
		a, b := max(p[i], least), max(q[i], least)
		psi += (a - b) * math.Log(a/b)
	}
	return psi, true
}

// shares lines up the two columns' categories.
func shares(now, before *ColumnSummary) (p, q []float64, ok bool) {
	if now == nil || before == nil {
		return nil, nil, false
	}
	n, m := []int64{now.Missing, now.Others}, []int64{before.Missing, before.Others}
	switch {
	case now.Numbers != nil && before.Numbers != nil:
		a, b := now.Numbers, before.Numbers
		if a.Low != b.Low || a.Width != b.Width || len(a.Bins) != len(b.Bins) {
			return nil, nil, false
		}
		n, m = append(n, a.Bins...), append(m, b.Bins...)
	case now.Words != nil && before.Words != nil:
		old := map[string]int64{}
		for _, w := range before.Words {
			old[w.Text] = w.Rows
		}
		for _, w := range now.Words {
			n, m = append(n, w.Rows), append(m, old[w.Text])
			delete(old, w.Text)
		}
		for _, w := range before.Words {
			if rows, gone := old[w.Text]; gone {
				n, m = append(n, 0), append(m, rows)
			}
		}
	default:
		return nil, nil, false
	}
	return share(n), share(m), true
}

func share(n []int64) []float64 {
	total := int64(0)
	for _, k := range n {
		total += k
	}
	out := make([]float64, len(n))
	for i, k := range n {
		out[i] = float64(k) / float64(max(total, 1))
	}
	return out
}
