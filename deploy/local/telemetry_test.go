//go:build measured

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/telemetry"
)

// span is what a collector keeps of one.
type span struct{ trace, id, parent, name string }

// spans is a collector: it takes what is sent by OTLP over HTTP.
type spans struct {
	mu  sync.Mutex
	all []span
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, res := range in.ResourceSpans {
		for _, scope := range res.ScopeSpans {
			for _, one := range scope.Spans {
				s.all = append(s.all, span{
					fmt.Sprintf("%x", one.TraceId), fmt.Sprintf("%x", one.SpanId),
					fmt.Sprintf("%x", one.ParentSpanId), one.Name,
				})
			}
		}
	}
}

// of is the trace's spans by their id.
func (s *spans) of(traceID string) map[string]span {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]span{}
	for _, one := range s.all {
		if one.trace == traceID {
			out[one.id] = one
		}
	}
	return out
}

// path is the names from a span up to the root of its trace.
func path(all map[string]span, s span) []string {
	var out []string
	for ok := true; ok; s, ok = all[s.parent] {
		out = append(out, s.name)
	}
	return out
}

// TestTelemetry follows one retrain from the starter's call to its statements and
// objects, and reads what both processes' metrics are called: the dashboard and
// the alert rules may use no other names.
func TestTelemetry(t *testing.T) {
	got := &spans{}
	server := httptest.NewServer(got)
	defer server.Close()
	metrics := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	s := newSystem(t, append(slices.Clone(small), "-telemetry.traces", server.URL, "-telemetry.metrics", metrics)...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	if status, body := s.post("/v1/predictions", `{"easting":535050,"northing":179250}`); status != http.StatusOK {
		t.Fatalf("POST /v1/predictions = %d %s", status, body)
	}
	traceID := s.traced(t, got)
	want := map[string][]string{
		"a statement": {
			"sql.conn", "RunActivity:", "StartActivity:", "RunWorkflow:Retrain",
			"StartWorkflow:Retrain",
		},
		"an object that is in": {
			"HTTP GET", "RunActivity:", "StartActivity:", "RunWorkflow:Retrain",
			"StartWorkflow:Retrain",
		},
	}
	s.until("the spans", 2*time.Minute, func() bool {
		all := got.of(traceID)
		for what, names := range want {
			if slices.ContainsFunc(values(all), func(one span) bool { return follows(path(all, one), names) }) {
				delete(want, what)
			}
		}
		return len(want) == 0
	})
	exposed := names(t, "http://"+metrics+"/metrics", "http://"+s.user+"/metrics")
	checkUsed(t, exposed)
}

func values(m map[string]span) []span {
	var out []span
	for _, s := range m {
		out = append(out, s)
	}
	return out
}

// follows says whether the names of want are beginnings of names, in this order.
func follows(names, want []string) bool {
	for _, name := range names {
		if len(want) > 0 && strings.HasPrefix(name, want[0]) {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// traced runs two retrains as a starter that traces would, one of which fails, and
// returns the first one's trace.
func (s *system) traced(t *testing.T, to sdktrace.SpanExporter) string {
	t.Helper()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(to))
	ctx := telemetry.Into(t.Context(), telemetry.With(provider))
	c := s.config()
	c.Source.Name, c.Source.Incidents, c.Source.Months, c.Train.Force = "synthetic", 9000, 6, true
	cl, err := app.Dial(ctx, c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	id := ""
	for _, candidates := range []string{small[len(small)-1], "nosuch"} {
		c.Train.Candidates = candidates
		ctx, root := provider.Tracer("test").Start(ctx, "a person")
		h, err := control.StartRetrain(ctx, cl, control.RetrainInput(c, "manual", "test"))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Get(ctx, nil); err != nil && !control.RunFailed(err) {
			t.Fatal(err)
		}
		root.End()
		if id == "" {
			id = trace.SpanContextFromContext(ctx).TraceID().String()
		}
	}
	return id
}

// ExportSpans lets the collector take the spans of this process too.
func (s *spans) ExportSpans(_ context.Context, list []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range list {
		s.all = append(s.all, span{
			one.SpanContext().TraceID().String(), one.SpanContext().SpanID().String(),
			one.Parent().SpanID().String(), one.Name(),
		})
	}
	return nil
}

// Shutdown has nothing to send.
func (s *spans) Shutdown(context.Context) error { return nil }

// names are the metrics that the addresses show, with a histogram's parts.
func names(t *testing.T, addresses ...string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, a := range addresses {
		resp, err := http.Get(a)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d, %v", a, resp.StatusCode, err)
		}
		for line := range strings.Lines(string(body)) {
			if name := regexp.MustCompile(`^[a-z_][a-z0-9_]*`).FindString(line); name != "" {
				out[name] = true
			}
		}
	}
	return out
}

// checkUsed holds deploy/metrics.txt, the names that the dashboard and the alerts
// use, to what is exposed.
func checkUsed(t *testing.T, exposed map[string]bool) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	used := strings.Fields(string(body))
	if len(used) < 10 {
		t.Fatalf("%d names in deploy/metrics.txt", len(used))
	}
	var have []string
	for name := range exposed {
		have = append(have, name)
	}
	slices.Sort(have)
	// Read from what monitor runs left, of which there is none here: internal/app's tests have them.
	monitored := []string{"lfb_alarm_open", "lfb_monitor_age_seconds"}
	for _, name := range used {
		if !exposed[name] && !slices.Contains(monitored, name) {
			t.Errorf("nobody exposes %s; there are:\n%s", name, strings.Join(have, "\n"))
		}
	}
}
