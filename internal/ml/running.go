package ml

import (
	"cmp"
	"math"
	"slices"
)

// Running is Score one row at a time: its memory does not grow with the rows. The
// zero value is ready. It is not safe for concurrent use.
type Running struct {
	n                                            int
	absolute, square, bias, pinball50, pinball90 float64
	under50, under90                             float64
	within6, within10, pred6, pred10             float64
	brier6, brier10                              float64
	y, m2                                        float64 // mean of y, and its squared deviations (Welford)
}

// Add counts one answer and what happened, in seconds.
func (r *Running) Add(a Answer, y float64) {
	r.n++
	r.absolute += math.Abs(a.P50 - y)
	r.square += (a.Mean - y) * (a.Mean - y)
	r.bias += a.Mean - y
	r.pinball50 += math.Max(Q50*(y-a.P50), (Q50-1)*(y-a.P50))
	r.pinball90 += math.Max(Q90*(y-a.P90), (Q90-1)*(y-a.P90))
	r.under50 += indicator(y <= a.P50)
	r.under90 += indicator(y <= a.P90)
	in6, in10 := indicator(y <= Aim), indicator(y <= Limit)
	r.within6 += in6
	r.within10 += in10
	r.pred6 += a.Within6
	r.pred10 += a.Within10
	r.brier6 += (a.Within6 - in6) * (a.Within6 - in6)
	r.brier10 += (a.Within10 - in10) * (a.Within10 - in10)
	d := y - r.y
	r.y += d / float64(r.n)
	r.m2 += d * (y - r.y)
}

// Metrics is what Score gives for the rows that were added, up to rounding. No
// rows give the zero Metrics.
func (r *Running) Metrics() Metrics {
	if r.n == 0 {
		return Metrics{}
	}
	n := float64(r.n)
	m := Metrics{
		Rows: r.n, MAE: r.absolute / n, RMSE: math.Sqrt(r.square / n), Bias: r.bias / n,
		PinballP50: r.pinball50 / n, PinballP90: r.pinball90 / n, CoverageP50: r.under50 / n, CoverageP90: r.under90 / n,
		Within6: r.within6 / n, Within6Pred: r.pred6 / n, Brier6: r.brier6 / n,
		Within10: r.within10 / n, Within10Pred: r.pred10 / n, Brier10: r.brier10 / n,
	}
	if r.m2 > 0 {
		m.R2 = 1 - r.square/r.m2
	}
	return m
}

// RunningReport is Evaluate one row at a time. Make one with NewRunningReport.
type RunningReport struct {
	all, first Running
	by         []string
	slices     []map[string]*Running // by label
}

// NewRunningReport makes one whose rows have a value for each of by.
func NewRunningReport(by ...string) *RunningReport {
	r := &RunningReport{by: by, slices: make([]map[string]*Running, len(by))}
	for i := range r.slices {
		r.slices[i] = map[string]*Running{}
	}
	return r
}

// Add counts one row: values holds one text per label, "" for none; fewer or
// more panic.
func (r *RunningReport) Add(a Answer, y float64, first bool, values []string) {
	if len(values) != len(r.by) {
		panic("ml: values of another number than labels")
	}
	r.all.Add(a, y)
	if first {
		r.first.Add(a, y)
	}
	for i, v := range values {
		if v == "" {
			continue
		}
		s := r.slices[i][v]
		if s == nil {
			s = &Running{}
			r.slices[i][v] = s
		}
		s.Add(a, y)
	}
}

// Report is what Evaluate gives for the rows that were added, up to rounding.
func (r *RunningReport) Report() Report {
	out := Report{All: r.all.Metrics(), First: r.first.Metrics()}
	for i, by := range r.by {
		for v, s := range r.slices[i] {
			out.Slices = append(out.Slices, Slice{By: by, Value: v, Metrics: s.Metrics()})
		}
	}
	slices.SortFunc(out.Slices, func(a, b Slice) int {
		return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(a.Value, b.Value))
	})
	return out
}
