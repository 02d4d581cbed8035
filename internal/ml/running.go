package ml

import (
	"cmp"
	"math"
	"slices"
)

// RunningScore computes what Score does one row at a time: its memory does not grow with the rows. The
// zero value is ready. It is not safe for concurrent use.
type RunningScore struct {
	sum   Metrics // of every row's; RMSE of squares
	y, m2 float64 // mean of y, and its squared deviations (Welford)
}

// Add counts one answer and what happened, in seconds.
func (r *RunningScore) Add(a Answer, y float64) {
	m := &r.sum
	m.Rows++
	m.MAE += math.Abs(a.P50 - y)
	m.RMSE += (a.Mean - y) * (a.Mean - y)
	m.Bias += a.Mean - y
	m.PinballP50 += quantileLoss(a.P50, y, Q50)
	m.PinballP90 += quantileLoss(a.P90, y, Q90)
	m.CoverageP50 += boolToFloat(y <= a.P50)
	m.CoverageP90 += boolToFloat(y <= a.P90)
	in6, in10 := boolToFloat(y <= Aim), boolToFloat(y <= Limit)
	m.Within6 += in6
	m.Within10 += in10
	m.Within6Pred += a.Within6
	m.Within10Pred += a.Within10
	m.Brier6 += (a.Within6 - in6) * (a.Within6 - in6)
	m.Brier10 += (a.Within10 - in10) * (a.Within10 - in10)
	d := y - r.y
	r.y += d / float64(m.Rows)
	r.m2 += d * (y - r.y)
}

// Metrics is what Score gives for the rows that were added, but for the rounding of R2.
// No rows give the zero Metrics.
func (r *RunningScore) Metrics() Metrics {
	m := r.sum
	for _, v := range []*float64{
		&m.MAE, &m.RMSE, &m.Bias, &m.PinballP50, &m.PinballP90, &m.CoverageP50, &m.CoverageP90,
		&m.Within6, &m.Within6Pred, &m.Brier6, &m.Within10, &m.Within10Pred, &m.Brier10,
	} {
		*v /= max(float64(m.Rows), 1)
	}
	m.RMSE = math.Sqrt(m.RMSE)
	if r.m2 > 0 {
		m.R2 = 1 - r.sum.RMSE/r.m2
	}
	return m
}

// RunningReport computes what Evaluate does one row at a time. Make one with NewRunningReport.
type RunningReport struct {
	all, first RunningScore
	by         []string
	slices     []map[string]*RunningScore // by label
}

// NewRunningReport returns an empty report on rows that have a value for each of by.
func NewRunningReport(by ...string) *RunningReport {
	r := &RunningReport{by: by, slices: make([]map[string]*RunningScore, len(by))}
	for i := range r.slices {
		r.slices[i] = map[string]*RunningScore{}
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
			s = &RunningScore{}
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
