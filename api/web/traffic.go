package web

import "time"

// Traffic is what this process's metrics say of the answers that it gave since it started.
type Traffic struct {
	Since       time.Time
	Answered    int
	Failures    []Failure // by outcome
	Median, P99 time.Duration
}

// Failure is how many requests were not answered, and why.
type Failure struct {
	Outcome string
	Count   int
}

// PerHour is how many answers an hour it gave on average.
func (t *Traffic) PerHour(now time.Time) float64 {
	return float64(t.Answered) / max(now.Sub(t.Since).Hours(), 1.0/60)
}
