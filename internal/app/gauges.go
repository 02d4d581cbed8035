package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// watchedStore is what the monitor's gauges are read from.
type watchedStore interface {
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error)
}

// gauges shows the newest look at each line as it is asked for. It reads the
// database, so that every worker shows the same, also after a restart; while the
// database is away there are none, which is an alert of its own.
type gauges struct {
	store watchedStore
	log   *zap.Logger
	now   func() time.Time
}

// scrapeTimeout bounds how long a scrape waits for the database.
const scrapeTimeout = 3 * time.Second

var (
	errorDesc = prometheus.NewDesc("lfb_prediction_error_seconds",
		"Realised error of the newest month, first engine: mae, rmse, p90 (pinball), bias.",
		[]string{"model", "version", "basis", "measure"}, nil)
	coverageDesc = prometheus.NewDesc("lfb_interval_coverage_ratio",
		"Share of arrivals within the quantile, newest month, first engine.", []string{"model", "version", "basis", "q"}, nil)
	brierDesc = prometheus.NewDesc("lfb_prediction_brier",
		"Brier score of the probability of arriving within so many minutes, newest month, first engine.",
		[]string{"model", "version", "basis", "minutes"}, nil)
	psiDesc = prometheus.NewDesc("lfb_feature_psi", "Population stability index against the training snapshot.",
		[]string{"model", "feature"}, nil)
	wassDesc = prometheus.NewDesc("lfb_feature_wasserstein",
		"Wasserstein distance from the training snapshot, in its standard deviations.", []string{"model", "feature"}, nil)
	missedDesc = prometheus.NewDesc("lfb_schedule_missed_total", "Starts that came later than the catch-up window.",
		[]string{"schedule"}, nil)
	skipDesc = prometheus.NewDesc("lfb_schedule_skipped_total", "Starts left out as the one before still ran.",
		[]string{"schedule"}, nil)
	alarmDesc = prometheus.NewDesc("lfb_alarm_open", "Alarms that are open; 1 each.", []string{"model", "alarm"}, nil)
	lookDesc  = prometheus.NewDesc("lfb_monitor_age_seconds", "Since the newest look at the champion ended.",
		[]string{"model"}, nil)
	callDesc = prometheus.NewDesc("lfb_published_age_seconds", "Since the newest call that is published and loaded.",
		[]string{"model"}, nil)
)

// Describe names the metrics.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		errorDesc, coverageDesc, brierDesc, psiDesc, wassDesc, missedDesc, skipDesc,
		alarmDesc, lookDesc, callDesc,
	} {
		ch <- d
	}
}

// Collect reads them.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	for _, line := range lfb.Lines() {
		if err := g.line(ctx, ch, line); err != nil {
			g.log.Warn("monitor metrics left out", zap.String("line", line), zap.Error(err))
			return
		}
	}
}

func (g *gauges) line(ctx context.Context, ch chan<- prometheus.Metric, line string) error {
	looks, err := g.store.Monitorings(ctx, line, "", 10)
	if err != nil {
		return err
	}
	alarms, err := g.store.Alarms(ctx, line, true)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		ch <- prometheus.MustNewConstMetric(alarmDesc, prometheus.GaugeValue, 1, line, a.Name)
	}
	for _, m := range looks {
		if m.State == registry.Succeeded || m.State == registry.Unchanged {
			g.look(ch, m)
			return nil
		}
	}
	return nil
}

func (g *gauges) look(ch chan<- prometheus.Metric, m registry.Monitoring) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(lookDesc, g.now().Sub(m.EndedAt).Seconds(), m.Line)
	if !m.LastCall.IsZero() {
		gauge(callDesc, g.now().Sub(m.LastCall).Seconds(), m.Line)
	}
	newest := map[registry.Basis]registry.Realised{}
	for _, r := range m.Months { // oldest first; of the champion only, as others serve no more
		if r.Version == m.Version && r.Report.First.Rows > 0 {
			newest[r.Basis] = r
		}
	}
	for basis, r := range newest {
		f, b := r.Report.First, string(basis)
		for measure, v := range map[string]float64{"mae": f.MAE, "rmse": f.RMSE, "p90": f.PinballP90, "bias": f.Bias} {
			gauge(errorDesc, v, m.Line, r.Version, b, measure)
		}
		gauge(coverageDesc, f.CoverageP50, m.Line, r.Version, b, "0.5")
		gauge(coverageDesc, f.CoverageP90, m.Line, r.Version, b, "0.9")
		gauge(brierDesc, f.Brier6, m.Line, r.Version, b, "6")
		gauge(brierDesc, f.Brier10, m.Line, r.Version, b, "10")
	}
	for _, d := range m.Drift {
		gauge(psiDesc, d.PSI, m.Line, d.Feature)
		gauge(wassDesc, d.Wasserstein, m.Line, d.Feature)
	}
	for _, s := range m.Schedules {
		ch <- prometheus.MustNewConstMetric(missedDesc, prometheus.CounterValue, float64(s.Missed), s.ID)
		ch <- prometheus.MustNewConstMetric(skipDesc, prometheus.CounterValue, float64(s.Skipped), s.ID)
	}
}
