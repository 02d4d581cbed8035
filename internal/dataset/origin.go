package dataset

// Origins returns at most n rolling origins before s's calibration, the earliest
// first; the last is s itself. Each validates on as many days with rows as s does, learns
// from what comes before them in s.Train, and has no calibration or hold-out of its own.
// An origin with less to learn from than twice those days, or a fortnight, is left
// out.
func Origins(t *Table, s Spans, n int) []Spans {
	if s.Train.Rows() == 0 || s.Valid.Rows() == 0 {
		return nil
	}
	length := len(s.Valid.Slice(t).distinctDays())
	days := append(s.Train.Slice(t).distinctDays(), t.Day(s.Valid.Lo))
	out := []Spans{s}
	for hi := len(days) - 1; len(out) < n; hi -= length {
		lo := hi - length
		if lo < max(2*length, minDays) {
			break
		}
		o := Spans{Train: t.spanBetween(days[0], days[lo]), Valid: t.spanBetween(days[lo], days[hi])}
		out = append([]Spans{o}, out...)
	}
	return out
}
