package telemetry

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// timerBounds are the buckets of the SDK's timers, in seconds: from a local
// activity to a day's fit.
var timerBounds = []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600, 86400}

// temporalMetrics registers what the Temporal SDK measures with r, under the SDK's
// own names: temporal_activity_execution_latency_seconds, temporal_request_total, ….
// It panics where r has them already.
func temporalMetrics(r prometheus.Registerer) client.MetricsHandler {
	exporter, err := otelprom.New(otelprom.WithRegisterer(r), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		panic(err)
	}
	buckets := metric.NewView(metric.Instrument{Kind: metric.InstrumentKindHistogram},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: timerBounds}})
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(buckets))
	return plainTags{opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: provider.Meter("temporal"), UseMonotonicCounters: true,
	})}
}

// plainTags leaves out the tags by which the SDK says that there is nothing to say.
type plainTags struct{ client.MetricsHandler }

// WithTags adds labels.
func (p plainTags) WithTags(tags map[string]string) client.MetricsHandler {
	said := maps.Clone(tags)
	maps.DeleteFunc(said, func(_, v string) bool { return v == "" || v == "none" })
	return plainTags{p.MetricsHandler.WithTags(said)}
}
