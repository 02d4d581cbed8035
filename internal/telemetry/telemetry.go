package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/internal/config"
)

// Telemetry is what a process measures and traces with. The zero value does
// neither, and all of its methods may be called on nil.
type Telemetry struct {
	registry *prometheus.Registry
	temporal client.MetricsHandler
	meter    Meter
	provider *sdktrace.TracerProvider // nil: no traces
}

// New makes a process's telemetry: a registry with the process's own metrics, and
// a tracer where c names a collector. Close sends what is still on its way.
func New(ctx context.Context, c config.Telemetry, service string) (*Telemetry, error) {
	if c.Traces == "" {
		return With(nil), nil
	}
	address := c.Traces
	if u, err := url.Parse(address); err == nil && strings.Trim(u.Path, "/") == "" {
		address = u.JoinPath("v1/traces").String()
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address),
		otlptracehttp.WithTimeout(5*time.Second))
	if err != nil {
		return nil, fmt.Errorf("-telemetry.traces: %w", err)
	}
	return With(sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.TraceShare))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "lfb-"+service),
			attribute.String("service.version", Revision()))),
	)), nil
}

// With is telemetry with a tracer provider of the caller's; nil traces nothing.
func With(provider *sdktrace.TracerProvider) *Telemetry {
	r := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lfb_build_info", Help: "The program; always 1.", ConstLabels: prometheus.Labels{"revision": Revision()},
	})
	info.Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info)
	return &Telemetry{registry: r, temporal: temporalMetrics(r), meter: newMeter(r), provider: provider}
}

// Revision is the git revision that the program was built from; empty where it is
// not known.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

type contextKey struct{}

// Into gives ctx the telemetry of its process.
func Into(ctx context.Context, t *Telemetry) context.Context {
	return context.WithValue(ctx, contextKey{}, t)
}

// From is the telemetry that Into gave; nil without.
func From(ctx context.Context) *Telemetry {
	t, _ := ctx.Value(contextKey{}).(*Telemetry)
	return t
}

// Registry is where metrics are registered; a new one that nobody serves on nil.
func (t *Telemetry) Registry() *prometheus.Registry {
	if t == nil {
		return With(nil).registry
	}
	return t.registry
}

// Traces says whether spans are kept.
func (t *Telemetry) Traces() bool { return t != nil && t.provider != nil }

// Provider makes tracers; only where Traces.
func (t *Telemetry) Provider() trace.TracerProvider { return t.provider }

// Propagator carries a trace in headers: W3C's traceparent.
func Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// Close sends the spans that are still here, for as long as ctx lets it.
func (t *Telemetry) Close(ctx context.Context) error {
	if !t.Traces() {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// MetricsHandler answers /metrics, and /livez for a container's health check.
func (t *Telemetry) MetricsHandler(log *zap.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.Registry(), promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		ErrorLog:          zap.NewStdLog(log.Named("metrics")),
	}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}
