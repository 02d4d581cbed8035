package telemetry

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// timerBounds are the buckets of the SDK's timers, in seconds: from a local
// activity to a day's fit.
var timerBounds = []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600, 86400}

// notPlain is what Prometheus takes in no name of a metric or label.
var notPlain = regexp.MustCompile(`[^A-Za-z0-9_]`)

// TemporalMetrics registers what the Temporal SDK measures with r, under the SDK's
// own names: temporal_activity_execution_latency_seconds, temporal_request_total, ….
// The SDK gives one metric other labels at other times, so that each set of labels
// is a series of its own and a label that is missing is one that is absent.
func TemporalMetrics(r prometheus.Registerer) client.MetricsHandler {
	s := &series{by: map[string]prometheus.Metric{}}
	r.MustRegister(s)
	return handler{s: s}
}

// series is every series that the SDK has asked for.
type series struct {
	mu sync.Mutex
	by map[string]prometheus.Metric // counters, gauges and histograms
}

// Describe describes nothing: what there is shows as it comes.
func (s *series) Describe(chan<- *prometheus.Desc) {}

// Collect sends every series.
func (s *series) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.by {
		ch <- m
	}
}

// of is the series of a name and labels, made by build where it is new.
func (s *series) of(name string, labels map[string]string, build func(prometheus.Labels) prometheus.Metric) prometheus.Metric {
	key := name
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		key += "\x00" + k + "\x00" + labels[k]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.by[key]
	if !ok {
		m = build(labels)
		s.by[key] = m
	}
	return m
}

// handler meets client.MetricsHandler for one set of labels.
type handler struct {
	s      *series
	labels map[string]string
}

// WithTags adds labels.
func (h handler) WithTags(tags map[string]string) client.MetricsHandler {
	labels := map[string]string{}
	maps.Copy(labels, h.labels)
	for k, v := range tags {
		if v != "" && v != "none" {
			labels[notPlain.ReplaceAllString(k, "_")] = v
		}
	}
	return handler{h.s, labels}
}

// Counter counts under the name with _total.
func (h handler) Counter(name string) client.MetricsCounter {
	name = strings.TrimSuffix(notPlain.ReplaceAllString(name, "_"), "_total") + "_total"
	c := h.s.of(name, h.labels, func(l prometheus.Labels) prometheus.Metric {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: "Of the Temporal SDK.", ConstLabels: l})
	}).(prometheus.Counter)
	return counter{c}
}

// Gauge sets a value.
func (h handler) Gauge(name string) client.MetricsGauge {
	name = notPlain.ReplaceAllString(name, "_")
	g := h.s.of(name, h.labels, func(l prometheus.Labels) prometheus.Metric {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "Of the Temporal SDK.", ConstLabels: l})
	}).(prometheus.Gauge)
	return gauge{g}
}

// Timer measures seconds, under the name with _seconds.
func (h handler) Timer(name string) client.MetricsTimer {
	name = notPlain.ReplaceAllString(name, "_") + "_seconds"
	t := h.s.of(name, h.labels, func(l prometheus.Labels) prometheus.Metric {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: "Of the Temporal SDK.", ConstLabels: l, Buckets: timerBounds})
	}).(prometheus.Histogram)
	return timer{t}
}

type (
	counter struct{ c prometheus.Counter }
	gauge   struct{ g prometheus.Gauge }
	timer   struct{ h prometheus.Histogram }
)

// Inc adds n.
func (c counter) Inc(n int64) { c.c.Add(float64(max(n, 0))) }

// Update sets v.
func (g gauge) Update(v float64) { g.g.Set(v) }

// Record adds one duration.
func (t timer) Record(d time.Duration) { t.h.Observe(d.Seconds()) }
