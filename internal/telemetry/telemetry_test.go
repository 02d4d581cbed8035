package telemetry

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap/zaptest"

	"lfb/internal/config"
)

// traced is telemetry whose spans can be read back.
func traced() (*Telemetry, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return With(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))), spans
}

// exposition is what /metrics would say.
func exposition(t *testing.T, tel *Telemetry) string {
	t.Helper()
	families, err := tel.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			fmt.Fprintf(&b, "%s %s\n", f.GetName(), m.String())
		}
	}
	return b.String()
}

// The SDK gives one metric with and without a label, and the same series from many
// handlers; all of it must be gathered as one exposition.
func TestTemporalMetrics(t *testing.T) {
	t.Parallel()
	tel := With(nil)
	h := tel.temporal
	h.Counter("temporal_request").Inc(2)
	h.WithTags(map[string]string{
		"operation": "Poll", "task_queue": "io",
		"workflow_type": "none",
	}).Counter("temporal_request").Inc(1)
	for range 3 {
		h.WithTags(map[string]string{"activity_type": "Clean"}).Timer("temporal_activity_execution_latency").Record(
			2 * time.Second)
	}
	h.Gauge("temporal_worker_task_slots_used").Update(4)
	h.Gauge("temporal_worker_task_slots_used").Update(3)
	got := exposition(t, tel)
	for _, want := range []string{
		"temporal_request_total counter:{value:2",
		`temporal_request_total label:{name:"operation"  value:"Poll"}  label:{name:"task_queue"  value:"io"}  counter:{value:1`,
		`temporal_activity_execution_latency_seconds label:{name:"activity_type"  value:"Clean"}  histogram:{sample_count:3  sample_sum:6`,
		"temporal_worker_task_slots_used gauge:{value:3}",
		"go_goroutines", "lfb_build_info", "process_resident_memory_bytes",
	} {
		if !strings.Contains(strings.ReplaceAll(got, "  ", " "), strings.ReplaceAll(want, "  ", " ")) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "none") {
		t.Error("a tag that says none became a label")
	}
}

func TestMetricsHandler(t *testing.T) {
	t.Parallel()
	h := With(nil).MetricsHandler(zaptest.NewLogger(t))
	for path, want := range map[string]string{"/metrics": "go_goroutines", "/livez": "ok"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s says %.100q, want %q", path, w.Body, want)
		}
	}
}

// TestOpenMetrics: a scraper that asks for OpenMetrics gets it.
func TestOpenMetrics(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	w := httptest.NewRecorder()
	With(nil).MetricsHandler(zaptest.NewLogger(t)).ServeHTTP(w, r)
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text") ||
		!strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("/metrics is %s, ends %q", kind, w.Body.String()[max(0, w.Body.Len()-20):])
	}
}

// conn is a database connection that answers nothing to anything.
type conn struct{ driver.Conn }

func (conn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return none{}, nil
}
func (conn) Close() error { return nil }

type none struct{}

func (none) Columns() []string         { return []string{"x"} }
func (none) Close() error              { return nil }
func (none) Next([]driver.Value) error { return io.EOF }

// connector opens such connections.
type connector struct{}

type dialect struct{}

func (dialect) Open(string) (driver.Conn, error) { return conn{}, nil }

func (connector) Connect(context.Context) (driver.Conn, error) { return conn{}, nil }
func (connector) Driver() driver.Driver                        { return dialect{} }

// A statement and a store's request are spans of the trace that they happen in,
// and begin none of their own; values do not show.
func TestSpansOfStatementsAndRequests(t *testing.T) {
	t.Parallel()
	tel, spans := traced()
	db := tel.OpenDB(connector{})
	defer db.Close()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			t.Error("the store was sent a header that its signature does not cover")
		}
	}))
	defer store.Close()
	web := &http.Client{Transport: tel.Transport(http.DefaultTransport)}
	act := func(ctx context.Context) {
		rows, err := db.QueryContext(ctx, "SELECT 1 WHERE secret = ?", "hunter2")
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next(); rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		_ = rows.Close()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPut, store.URL+"/bundle/x", http.NoBody)
		resp, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	act(t.Context())
	if n := len(spans.Ended()); n != 0 {
		t.Fatalf("%d spans outside of any trace", n)
	}
	ctx, root := tel.Provider().Tracer(scope).Start(t.Context(), "work")
	act(ctx)
	root.End()
	names := map[string]bool{}
	for _, s := range spans.Ended() {
		names[s.Name()] = true
		if s.SpanContext().TraceID() != root.SpanContext().TraceID() {
			t.Errorf("span %s is in another trace", s.Name())
		}
		if text := fmt.Sprint(s.Attributes()); strings.Contains(text, "hunter2") {
			t.Errorf("span %s shows a value: %s", s.Name(), text)
		}
	}
	if !names["sql.conn.query"] || !names["HTTP PUT"] {
		t.Errorf("spans %v, want a statement's and a request's", names)
	}
}

func TestHandlerContinuesATrace(t *testing.T) {
	t.Parallel()
	tel, spans := traced()
	h := tel.Handler("user", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, path := range []string{"/metrics", "/readyz", "/predict"} {
		r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
		r.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	ended := spans.Ended()
	if len(ended) != 1 || ended[0].Name() != "user POST" ||
		ended[0].SpanContext().TraceID().String() != "0123456789abcdef0123456789abcdef" {
		t.Errorf("%d spans, want one, of the caller's trace", len(ended))
	}
}

// Off is off: nothing is wrapped, and nothing of a nil Telemetry panics.
func TestOff(t *testing.T) {
	t.Parallel()
	off, err := New(t.Context(), config.Telemetry{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, tel := range []*Telemetry{nil, off, From(t.Context())} {
		var o client.Options
		if err := tel.Temporal(&o); err != nil || len(o.Interceptors) != 0 {
			t.Errorf("Temporal = %v, %d interceptors", err, len(o.Interceptors))
		}
		if tel.Transport(http.DefaultTransport) != http.DefaultTransport || tel.Traces() {
			t.Error("a transport was wrapped without traces")
		}
		if err := tel.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if tel.Registry() == nil {
			t.Error("no registry")
		}
	}
	if From(Into(t.Context(), off)) != off {
		t.Error("From does not give what Into gave")
	}
}
