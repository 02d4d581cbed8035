package dataset

import "lfb/internal/drift"

// PSI is the population stability index between two snapshots of a column, over
// its bins or words and its missing rows; 0 is no change, from 0.1 on it is worth
// a look, from 0.25 on it is another population. ok is false where the two cannot
// be compared.
func PSI(now, before *ColumnSummary) (psi float64, ok bool) {
	n, m, ok := alignCounts(now, before)
	if !ok {
		return 0, false
	}
	return drift.StabilityIndex(m, n).PSI, true
}

// alignCounts lines up the rows of the two columns' categories.
func alignCounts(now, before *ColumnSummary) (n, m []int64, ok bool) {
	if now == nil || before == nil {
		return nil, nil, false
	}
	n, m = []int64{now.Missing, now.Others}, []int64{before.Missing, before.Others}
	switch {
	case now.Numbers != nil && before.Numbers != nil:
		a, b := now.Numbers, before.Numbers
		ok = a.Low == b.Low && a.Width == b.Width && len(a.Bins) == len(b.Bins)
		return append(n, a.Bins...), append(m, b.Bins...), ok
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
		return n, m, true
	}
	return nil, nil, false
}
