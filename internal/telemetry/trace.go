package telemetry

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/http"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// scope is the name under which our own spans are made.
const scope = "lfb"

// Temporal gives client options the SDK's metrics, and spans that go from the
// starter through workflows to activities.
func (t *Telemetry) Temporal(o *client.Options) error {
	if t == nil {
		return nil
	}
	o.MetricsHandler = t.temporal
	if !t.Traces() {
		return nil
	}
	i, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: t.provider.Tracer(scope), TextMapPropagator: Propagator(), DisableQueryTracing: true,
	})
	if err != nil {
		return err
	}
	o.Interceptors = append(o.Interceptors, interceptor.ClientInterceptor(i))
	return nil
}

// Handler gives every request to h a span; probes and /metrics have none.
func (t *Telemetry) Handler(name string, h http.Handler) http.Handler {
	if !t.Traces() {
		return h
	}
	return otelhttp.NewHandler(h, name, otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(Propagator()),
		otelhttp.WithFilter(func(r *http.Request) bool {
			switch r.URL.Path {
			case "/metrics", "/livez", "/readyz", "/startupz":
				return false
			}
			return true
		}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return name + " " + r.Method }))
}

// Transport gives every request that base sends a span.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if !t.Traces() {
		return base
	}
	// No propagation: a store that does not expect the header may not have signed it.
	return otelhttp.NewTransport(base, otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()),
		otelhttp.WithFilter(func(r *http.Request) bool { return isTraced(r.Context()) }))
}

// OpenDB is sql.OpenDB with a span a statement: its text, never its values.
func (t *Telemetry) OpenDB(c driver.Connector) *sql.DB {
	if !t.Traces() {
		return sql.OpenDB(c)
	}
	return otelsql.OpenDB(c, otelsql.WithTracerProvider(t.provider), otelsql.WithSpanOptions(otelsql.SpanOptions{
		OmitConnResetSession: true, OmitConnectorConnect: true, OmitRows: true, DisableErrSkip: true,
		SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
			return isTraced(ctx)
		},
	}))
}

// isTraced says whether ctx is in a trace: what a process does by itself, such as
// asking what serves, begins none.
func isTraced(ctx context.Context) bool { return trace.SpanContextFromContext(ctx).IsValid() }
