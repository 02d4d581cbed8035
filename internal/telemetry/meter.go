package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Meter counts what workflows came to. It is safe for concurrent use.
type Meter struct{ promotions, runs *prometheus.CounterVec }

func newMeter(r prometheus.Registerer) Meter {
	m := Meter{
		promotions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lfb_promotion_total", Help: "Attempts to change what serves, by how they ended.",
		}, []string{"model", "result"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lfb_retrain_total", Help: "Retrains that ended, by how.",
		}, []string{"model", "outcome"}),
	}
	r.MustRegister(m.promotions, m.runs)
	return m
}

// Meter counts for this process.
func (t *Telemetry) Meter() Meter {
	if t == nil {
		return With(nil).meter
	}
	return t.meter
}

// Promoted counts one attempt: promote, rollback, refit or stale.
func (m Meter) Promoted(line, result string) { m.promotions.WithLabelValues(line, result).Inc() }

// RunEnded counts one retrain.
func (m Meter) RunEnded(line, outcome string) { m.runs.WithLabelValues(line, outcome).Inc() }
