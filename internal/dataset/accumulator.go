package dataset

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// accumulator gathers a summary row by row.
type accumulator struct {
	t         *Table
	columns   []Column
	numbers   []valueCounts // by column; empty where it holds no numbers
	words     [][]int64     // by column: rows by code; nil where it holds no texts
	missing   []int64       // by column of numbers
	engines   [2]valueCounts
	hours     [24]valueCounts
	months    map[int]*monthTotals
	hexes     map[geo.Hex]*total
	incidents int64
	instants  int64
}

type monthTotals struct {
	first  total
	second int64
}

// total is a sum and its count.
type total struct{ sum, n int64 }

func (t total) mean() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.sum) / float64(t.n)
}

func newAccumulator(t *Table) *accumulator {
	columns := Columns()
	a := &accumulator{
		t: t, columns: columns, numbers: make([]valueCounts, len(columns)), words: make([][]int64, len(columns)),
		missing: make([]int64, len(columns)), months: map[int]*monthTotals{}, hexes: map[geo.Hex]*total{},
	}
	for j, c := range columns {
		a.numbers[j] = valueCounts{}
		switch c.kind {
		case kindText:
			a.words[j] = make([]int64, len(t.dicts[c.at].texts))
		case kindFrom:
			a.words[j] = make([]int64, 2)
		}
	}
	for k := range a.engines {
		a.engines[k] = valueCounts{}
	}
	for k := range a.hours {
		a.hours[k] = valueCounts{}
	}
	return a
}

func (a *accumulator) addRow(i int) {
	r := &a.t.rows[i]
	for j := range a.columns {
		c := &a.columns[j]
		switch c.kind {
		case kindPump:
			a.numbers[j][int32(r.pump)]++
		case kindNumber:
			if v := r.num[c.at]; v == missing {
				a.missing[j]++
			} else {
				a.numbers[j][v]++
			}
		case kindText:
			a.words[j][r.text[c.at]]++
		case kindFrom:
			a.words[j][r.from]++
		}
	}
	if i == 0 || r.incident != a.t.rows[i-1].incident {
		a.incidents++
	}
	if i == 0 || r.calledAt != a.t.rows[i-1].calledAt {
		a.instants++
	}
	a.addAttendance(r)
}

// addAttendance adds to what is told apart by engine: months, hours, map.
func (a *accumulator) addAttendance(r *record) {
	seconds := r.num[numAttendance]
	a.engines[r.pump-1][seconds]++
	called := time.Unix(r.calledAt, 0).In(lfb.London)
	key := monthKey(called)
	m := a.months[key]
	if m == nil {
		m = &monthTotals{}
		a.months[key] = m
	}
	if r.pump == 2 {
		m.second++
		return
	}
	m.first.sum += int64(seconds)
	m.first.n++
	a.hours[called.Hour()][seconds]++
	if r.num[numEasting] == missing {
		return
	}
	hex := geo.HexAt(float64(r.num[numEasting]), float64(r.num[numNorthing]), HexSize)
	if a.hexes[hex] == nil {
		a.hexes[hex] = &total{}
	}
	a.hexes[hex].sum += int64(seconds)
	a.hexes[hex].n++
}

// summariseColumn describes one column of the schema.
func (a *accumulator) summariseColumn(name string) ColumnSummary {
	out := ColumnSummary{Name: name}
	j := slices.IndexFunc(a.columns, func(c Column) bool { return c.Name == name })
	if j < 0 {
		return out
	}
	c := &a.columns[j]
	switch c.kind {
	case kindID:
		out.Distinct = a.incidents
	case kindTime:
		out.Distinct = a.instants
	case kindPump, kindNumber:
		out.Missing, out.Distinct, out.Numbers = a.missing[j], int64(len(a.numbers[j])), a.numbers[j].summarise(c.bins())
	case kindText:
		out.Missing = a.words[j][0]
		out.listWords(a.t.dicts[c.at].texts[1:], a.words[j][1:])
	case kindFrom:
		out.listWords([]string{fromIncident.String(), fromMobilisation.String()}, a.words[j])
	}
	return out
}

// listWords fills in the words that have rows: the table's dictionary may know more.
func (c *ColumnSummary) listWords(words []string, rows []int64) {
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

// summariseMonths lists every month from the first to the last, empty ones too.
func (a *accumulator) summariseMonths() []MonthSummary {
	keys := slices.Sorted(maps.Keys(a.months))
	var out []MonthSummary
	for key := keys[0]; key <= keys[len(keys)-1]; key++ {
		s := MonthSummary{Month: monthName(key)}
		if m := a.months[key]; m != nil {
			s.First, s.Second, s.Mean = m.first.n, m.second, m.first.mean()
		}
		out = append(out, s)
	}
	return out
}

func (a *accumulator) summariseHexes() []HexSummary {
	out := make([]HexSummary, 0, len(a.hexes))
	for h, m := range a.hexes {
		out = append(out, HexSummary{Q: h.Q, R: h.R, Rows: m.n, Mean: m.mean()})
	}
	slices.SortFunc(out, func(x, y HexSummary) int {
		return cmp.Or(cmp.Compare(x.Q, y.Q), cmp.Compare(x.R, y.R))
	})
	return out
}

// valueCounts is how often each whole number came. There are few: coordinates are
// cells, times are whole seconds.
type valueCounts map[int32]int64

// distribution is numbers in ascending order and how often each came, as gonum wants them.
type distribution struct {
	values, counts []float64
	rows           int64
}

func (v valueCounts) distribution() distribution {
	var d distribution
	for _, x := range slices.Sorted(maps.Keys(v)) {
		d.values, d.counts = append(d.values, float64(x)), append(d.counts, float64(v[x]))
		d.rows += v[x]
	}
	return d
}

// quantile is the smallest value that at least the share q do not exceed.
func (d *distribution) quantile(q float64) int32 {
	return int32(stat.Quantile(q, stat.Empirical, d.values, d.counts))
}

func (d *distribution) mean() float64 { return stat.Mean(d.values, d.counts) }

// shareUpTo is the share of values that do not exceed limit.
func (d *distribution) shareUpTo(limit float64) float64 {
	if d.rows == 0 {
		return 0
	}
	return stat.CDF(limit, stat.Empirical, d.values, d.counts)
}

// summarise describes what was counted; nil where nothing was.
func (v valueCounts) summarise(b bins) *Numbers {
	if len(v) == 0 {
		return nil
	}
	d := v.distribution()
	out := &Numbers{
		Min: int32(d.values[0]), P5: d.quantile(0.05), P25: d.quantile(0.25), P50: d.quantile(0.5), P75: d.quantile(0.75),
		P90: d.quantile(0.9), P95: d.quantile(0.95), Max: int32(d.values[len(d.values)-1]), Mean: d.mean(),
		Low: b.lo, Width: b.width, Bins: make([]int64, b.n),
	}
	for x, n := range v {
		out.Bins[b.index(x)] += n
	}
	return out
}

func summariseEngine(v valueCounts) Engine {
	c, d := Column{kind: kindNumber, at: numAttendance}, v.distribution()
	return Engine{
		Rows: d.rows, Times: v.summarise(c.bins()),
		Within6: d.shareUpTo(360), Within8: d.shareUpTo(480), Within10: d.shareUpTo(600),
	}
}

func summariseHour(v valueCounts) HourSummary {
	if len(v) == 0 {
		return HourSummary{}
	}
	d := v.distribution()
	return HourSummary{Rows: d.rows, Mean: d.mean(), P50: d.quantile(0.5), P90: d.quantile(0.9)}
}
