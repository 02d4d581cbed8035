package dataset

import (
	"cmp"
	"maps"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// summariseColumn describes one column of numbers or texts of t.
func summariseColumn(t *Table, c *Column) ColumnSummary {
	counts := valueCounts{}
	for i := range t.rows {
		counts[t.rows[i].columnValue(c)]++
	}
	out := ColumnSummary{Name: c.Name}
	switch c.kind {
	case kindPump, kindNumber:
		out.Missing = counts[missing]
		delete(counts, missing)
		out.Distinct, out.Numbers = int64(len(counts)), counts.summarise(c.bins)
	case kindText:
		out.Missing = counts[0]
		delete(counts, 0)
		out.listWords(t.dicts[c.at].texts, counts)
	case kindFrom:
		out.listWords([]string{fromIncident: fromIncident.String(), fromMobilisation: fromMobilisation.String()}, counts)
	}
	return out
}

// columnValue is the row's number or the code of its text in column c.
func (r *record) columnValue(c *Column) int32 {
	switch c.kind {
	case kindPump:
		return int32(r.pump)
	case kindNumber:
		return r.num[c.at]
	case kindText:
		return int32(r.text[c.at])
	}
	return int32(r.from)
}

// listWords fills in the texts that have rows, by their codes.
func (c *ColumnSummary) listWords(texts []string, rows valueCounts) {
	for code, n := range rows {
		c.Words = append(c.Words, Word{Text: texts[code], Rows: n})
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
		out.Bins[b.binIndex(x)] += n
	}
	return out
}

func summariseEngine(v valueCounts) Engine {
	d := v.distribution()
	return Engine{
		Rows: d.rows, Times: v.summarise(attendanceBins),
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
