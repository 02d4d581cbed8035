package mlflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// recording is a file of what a real server answered: see TestRealServer, which
// writes it with -update.
const recording = "testdata/exchange.json"

// exchange is one request, by its content, and the answer to it. Files are known
// by their name alone: what is in them changes with the models.
type exchange struct {
	Request string          `json:"request"`
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Text    string          `json:"text,omitempty"` // an answer that is no JSON
}

// nameOf is what an exchange is found by.
func nameOf(r *http.Request, body []byte) string {
	name := r.Method + " " + r.URL.RequestURI()
	if r.Method != http.MethodPut && len(body) > 0 {
		sum := sha256.Sum256(body)
		name += " " + hex.EncodeToString(sum[:6])
	}
	return name
}

// player answers requests from a recording: each answer once, the last of a
// request's answers again.
type player struct {
	t  *testing.T
	mu sync.Mutex
	by map[string][]exchange
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	name := nameOf(r, body)
	list := p.by[name]
	if len(list) == 0 {
		p.t.Errorf("a request that the recording lacks: %s\n%s", name, truncate(string(body), 500))
		w.WriteHeader(http.StatusTeapot)
		return
	}
	e := list[0]
	if len(list) > 1 {
		p.by[name] = list[1:]
	}
	w.WriteHeader(e.Status)
	if e.Text != "" {
		fmt.Fprint(w, e.Text)
		return
	}
	w.Write(e.Answer)
}

// recorded is the course that was recorded: an export, the same again, and aliases
// that follow two promotions.
func recorded(ctx context.Context, t *testing.T, e *Exporter) {
	t.Helper()
	in := retrain("run-recorded", trained(t, "gbdt", 2000, `{"rounds":5}`), trained(t, "baseline", 2000, ""))
	got, err := e.ExportRun(ctx, in)
	if err != nil || got.Runs != 4 || got.Models != 1 || got.Again {
		t.Errorf("ExportRun = %+v, %v; want 4 runs, 1 model", got, err)
	}
	if got, err = e.ExportRun(ctx, in); err != nil || !got.Again || got.Models != 1 {
		t.Errorf("ExportRun again = %+v, %v", got, err)
	}
	model, flat := in.Candidates[0].Version, in.Candidates[1].Version
	for _, step := range []struct {
		champion, previous string
		missing            int
	}{{model, "", 0}, {flat, model, 1}, {model, flat, 1}} {
		if missing, err := e.Follow(ctx, lfb.Real.Line(), step.champion, step.previous); err != nil ||
			len(missing) != step.missing {
			t.Errorf("Follow(%s, %s) = %v, %v; want %d missing", step.champion, step.previous, missing, err, step.missing)
		}
	}
}

// TestReplay runs an export against what a real server answered once. A request
// that is not in the recording fails: what we say to the server has changed, and
// the integration test must see it.
func TestReplay(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	var list []exchange
	if err := json.Unmarshal(body, &list); err != nil || len(list) < 20 {
		t.Fatalf("recording of %d exchanges: %v", len(list), err)
	}
	p := &player{t: t, by: map[string][]exchange{}}
	for _, e := range list {
		p.by[e.Request] = append(p.by[e.Request], e)
	}
	c := dial(t, p, config.MLflow{})
	recorded(t.Context(), t, &Exporter{c: c, experiment: "recorded", o: Options{Bucket: "lfb", Commit: "abc"}})
}

// tape is a transport that keeps what passes.
type tape struct {
	mu   sync.Mutex
	list []exchange
}

func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	e := exchange{Request: nameOf(r, body), Status: resp.StatusCode}
	var value any
	if json.Unmarshal(answer, &value) == nil {
		if e.Answer, err = json.Marshal(slim(value)); err != nil {
			return nil, err
		}
	} else {
		e.Text = string(answer)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, e)
	return resp, nil
}

// slim leaves out what the client does not read, which is most of an answer.
func slim(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if slices.Contains([]string{"metrics", "params", "inputs"}, k) {
				delete(v, k)
				continue
			}
			v[k] = slim(inner)
		}
	case []any:
		for i := range v {
			v[i] = slim(v[i])
		}
	}
	return v
}

// record runs the course against a real server and keeps it.
func record(t *testing.T, server string) {
	e, err := New(config.MLflow{URI: server, Experiment: "recorded"}, Options{Bucket: "lfb", Commit: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	link := &tape{}
	e.c.http.Transport = link
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	recorded(ctx, t, e)
	body := []byte("[")
	for i, e := range link.list {
		one, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = append(append(body, '\n'), one...)
	}
	body = append(body, "\n]"...)
	body = bytes.ReplaceAll(body, []byte(strings.TrimPrefix(server, "http://")), []byte("server"))
	if err := os.WriteFile(recording, append(body, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
