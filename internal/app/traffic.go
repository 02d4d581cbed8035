package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lfb/api/web"
)

// readTraffic says what a process's metrics know of its answers.
func readTraffic(r prometheus.Gatherer) (*web.Traffic, error) {
	families, err := r.Gather()
	if err != nil {
		return nil, err
	}
	out := &web.Traffic{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			switch f.GetName() {
			case "process_start_time_seconds":
				out.Since = time.Unix(int64(m.GetGauge().GetValue()), 0)
			case "lfb_predict_requests_total":
				n := int(m.GetCounter().GetValue())
				if labels["outcome"] == "answered" {
					out.Answered += n
				} else {
					out.Failures = append(out.Failures, web.Failure{Outcome: labels["outcome"], Count: n})
				}
			case "lfb_predict_duration_seconds":
				if labels["stage"] != "total" {
					continue
				}
				var bounds []float64
				var counts []uint64
				for _, b := range m.GetHistogram().GetBucket() {
					bounds, counts = append(bounds, b.GetUpperBound()), append(counts, b.GetCumulativeCount())
				}
				out.Median, out.P99 = quantileOf(0.5, bounds, counts), quantileOf(0.99, bounds, counts)
			}
		}
	}
	return out, nil
}

// quantileOf is a quantile of a histogram with cumulative counts, evenly within each bucket,
// as Prometheus has it; 0 of nothing.
func quantileOf(q float64, bounds []float64, counts []uint64) time.Duration {
	if len(counts) == 0 || counts[len(counts)-1] == 0 {
		return 0
	}
	want, from, before := q*float64(counts[len(counts)-1]), 0.0, 0.0
	for i, n := range counts {
		if float64(n) >= want {
			share := (want - before) / max(float64(n)-before, 1)
			return time.Duration((from + share*(bounds[i]-from)) * float64(time.Second))
		}
		from, before = bounds[i], float64(n)
	}
	return 0 // not reached: the last count is all
}
