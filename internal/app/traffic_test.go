package app

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestTraffic(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lfb_predict_requests_total"},
		[]string{"model", "version", "outcome"})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "lfb_predict_duration_seconds",
		Buckets: []float64{0.001, 0.01, 0.1},
	}, []string{"stage"})
	r.MustRegister(requests, took)
	if got, err := readTraffic(r); err != nil || got.Answered != 0 || got.Median != 0 {
		t.Errorf("readTraffic of nothing = %+v, %v", got, err)
	}
	requests.WithLabelValues("a", "1", "answered").Add(7)
	requests.WithLabelValues("a", "2", "answered").Add(3)
	requests.WithLabelValues("", "", "unavailable").Inc()
	for range 90 {
		took.WithLabelValues("total").Observe(0.005)
		took.WithLabelValues("model").Observe(0.05)
	}
	for range 10 {
		took.WithLabelValues("total").Observe(0.05)
	}
	got, err := readTraffic(r)
	if err != nil || got.Answered != 10 || len(got.Failures) != 1 || got.Failures[0].Outcome != "unavailable" {
		t.Fatalf("readTraffic = %+v, %v", got, err)
	}
	if got.Median < time.Millisecond || got.Median > 10*time.Millisecond || got.P99 < 10*time.Millisecond ||
		got.P99 > 100*time.Millisecond {
		t.Errorf("median %v, p99 %v", got.Median, got.P99)
	}
}
