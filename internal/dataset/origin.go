package dataset

// Origins returns at most n rolling origins before s's calibration, the earliest
// first; the last is s itself. Each validates on as many days as s does, learns from
// what comes before them in s.Train, and has no calibration or hold-out of its own.
// An origin with less to learn from than twice those days, or a fortnight, is left
// out.
func Origins(t *Table, s Spans, n int) []Spans {
	if s.Train.Rows() == 0 || s.Valid.Rows() == 0 {
		return nil
	}
	first, valid := t.Day(s.Train.Lo), t.Day(s.Valid.Lo)
	days := t.Day(s.Valid.Hi-1) + 1 - valid
	out := []Spans{s}
	for k := int32(1); len(out) < n; k++ {
		from, to := valid-k*days, valid-(k-1)*days
		if from-first < max(2*days, minDays) {
			break
		}
		o := Spans{Train: t.spanBetween(first, from), Valid: t.spanBetween(from, to)}
		if o.Train.Rows() == 0 || o.Valid.Rows() == 0 {
			break
		}
		out = append([]Spans{o}, out...)
	}
	return out
}
