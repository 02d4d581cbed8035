package user

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// metrics are what /metrics shows besides the process's own.
type metrics struct {
	requests *prometheus.CounterVec
	stages   [4]prometheus.Observer // complete, model, log, total
}

func newMetrics(o Options) *metrics {
	m := &metrics{requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lfb_predict_requests_total",
		Help: "Calls that were answered, or not, by the model that answered.",
	}, []string{"model", "version", "outcome"})}
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "lfb_predict_duration_seconds",
		Help:    "Time that a request's calls took, by stage: facts completed, model, answer spooled, and in total.",
		Buckets: []float64{25e-6, 50e-6, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.1, 0.5, 2},
	}, []string{"stage"})
	for k, stage := range []string{"complete", "model", "log", "total"} {
		m.stages[k] = duration.WithLabelValues(stage)
	}
	o.Registry.MustRegister(m.requests, duration, &state{o: o})
	return m
}

// observe counts the answers to one request and the time that they took.
func (m *metrics) observe(replies []serve.Reply, total time.Duration) {
	m.countAnswers(replies)
	took := replies[0].Took
	for k, d := range [4]time.Duration{took.Complete, took.Model, took.Log, total} {
		m.stages[k].Observe(d.Seconds())
	}
}

// observeTotal is the time that a table took, whose rows are counted as they go.
func (m *metrics) observeTotal(total time.Duration) { m.stages[3].Observe(total.Seconds()) }

// countAnswers counts what was answered, all by one model.
func (m *metrics) countAnswers(replies []serve.Reply) {
	for i := range replies {
		if l := replies[i].Model; replies[i].Refused == nil {
			m.requests.WithLabelValues(l.Promotion.Line, l.Version.ID, "answered").Inc()
		}
	}
}

// countFailure counts a request that no model answered.
func (m *metrics) countFailure(err error) {
	outcome := "error"
	if errors.Is(err, lfb.ErrUnavailable) {
		outcome = "unavailable"
	}
	m.requests.WithLabelValues("", "", outcome).Inc()
}

// state reads what is as it is asked for.
type state struct{ o Options }

var (
	infoDesc = prometheus.NewDesc("lfb_model_info", "The model that answers; always 1.",
		[]string{"model", "version", "revision", "sha", "trained_to"}, nil)
	ageDesc  = prometheus.NewDesc("lfb_model_age_seconds", "Since the last call that the model learned from.", nil, nil)
	dataDesc = prometheus.NewDesc("lfb_data_age_seconds",
		"Since the last call of the data set that the model is from, hold-out included.", nil, nil)
	seenDesc = prometheus.NewDesc("lfb_ledger_seen_timestamp_seconds",
		"When the database last said what serves; 0 not since the start.", nil, nil)
	spoolDesc = prometheus.NewDesc("lfb_spool_bytes", "Answers on local disk that wait to be shipped.", nil, nil)
	waitDesc  = prometheus.NewDesc("lfb_spool_oldest_age_seconds",
		"How long the oldest of these has waited; 0 where none waits.", nil, nil)
	wrongDesc = prometheus.NewDesc("lfb_predictions_refused_total",
		"Answers that the log refused and that were put aside.", nil, nil)
	lostDesc = prometheus.NewDesc("lfb_predictions_refused_dropped_total",
		"Answers put aside that were dropped for newer ones.", nil, nil)
)

// Describe names the metrics.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{infoDesc, ageDesc, dataDesc, seenDesc, spoolDesc, waitDesc, wrongDesc, lostDesc} {
		ch <- d
	}
}

// Collect reads them.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if l := s.o.Champion.Now(); l != nil {
		gauge(infoDesc, 1, l.Promotion.Line, l.Version.ID, strconv.FormatInt(l.Promotion.Revision, 10),
			l.Version.Bundle.SHA256,
			l.Version.TrainedTo.UTC().Format(time.RFC3339))
		gauge(ageDesc, s.o.Now().Sub(l.Version.TrainedTo).Seconds())
		gauge(dataDesc, s.o.Now().Sub(dataTo(l)).Seconds())
	}
	var seen float64
	if t := s.o.Champion.LedgerSeen(); !t.IsZero() {
		seen = float64(t.UnixMilli()) / 1000
	}
	gauge(seenDesc, seen)
	if s.o.Backlog != nil {
		if n, oldest, err := s.o.Backlog(); err == nil {
			gauge(spoolDesc, float64(n))
			gauge(waitDesc, s.o.waitedSince(oldest).Seconds())
		}
	}
	if s.o.Refused != nil {
		refused, dropped := s.o.Refused.Counts()
		ch <- prometheus.MustNewConstMetric(wrongDesc, prometheus.CounterValue, float64(refused))
		ch <- prometheus.MustNewConstMetric(lostDesc, prometheus.CounterValue, float64(dropped))
	}
}

// dataTo is when the model's data set ends: with its hold-out, where the bundle
// tells of it.
func dataTo(l *serve.Loaded) time.Time {
	var spans struct {
		Holdout struct {
			Last string `json:"last"` // day
		} `json:"holdout"`
	}
	if json.Unmarshal(l.Bundle.Manifest.Spans, &spans) != nil {
		return l.Version.TrainedTo
	}
	day, err := time.ParseInLocation(time.DateOnly, spans.Holdout.Last, lfb.London)
	if end := day.AddDate(0, 0, 1); err == nil && end.After(l.Version.TrainedTo) {
		return end
	}
	return l.Version.TrainedTo
}

// serverTiming is the header Server-Timing, in milliseconds.
func serverTiming(t serve.Took) string {
	ms := func(d time.Duration) string { return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64) }
	return "feat;dur=" + ms(t.Complete) + ", model;dur=" + ms(t.Model) + ", log;dur=" + ms(t.Log)
}
