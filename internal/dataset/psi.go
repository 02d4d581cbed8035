package dataset

import "math"

// PSI is the population stability index between two snapshots of a column, over
// its bins or words and its missing rows; 0 is no change, from 0.1 on it is worth
// a look, from 0.25 on it is another population. ok is false where the two cannot
// be compared.
//
//	Σ (p - q) · ln(p / q)
//
// Shares below 1 in 10,000 count as that, so that one new word is not infinite.
func PSI(now, before *ColumnSummary) (psi float64, ok bool) {
	p, q, ok := alignShares(now, before)
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

// alignShares lines up the two columns' categories.
func alignShares(now, before *ColumnSummary) (p, q []float64, ok bool) {
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
	return toShares(n), toShares(m), true
}

func toShares(n []int64) []float64 {
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
