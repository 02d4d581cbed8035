package mlflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// answer is what the stand-in server says to one request.
type answer struct {
	status int
	body   string
}

// standIn answers requests in turn, the last answer again and again, and keeps
// what was asked.
type standIn struct {
	mu      sync.Mutex
	answers []answer
	asked   []string
	auth    []string
	bodies  []string
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	s.auth = append(s.auth, r.Header.Get("Authorization"))
	s.bodies = append(s.bodies, string(body))
	a := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	if a.status == http.StatusFound {
		w.Header().Set("Location", "http://elsewhere.example/")
	}
	w.WriteHeader(a.status)
	fmt.Fprint(w, a.body)
}

func dial(t *testing.T, h http.Handler, c config.MLflow) *client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c.URI = srv.URL + "/"
	cl, err := newClient(c)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

func ask(t *testing.T, c *client, path string) error {
	t.Helper()
	_, err := call[struct{}](t.Context(), c, http.MethodGet, path, url.Values{})
	return err
}

func TestAnswersBecomeErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer answer
		want   error
		text   string
	}{
		{"fine", answer{200, `{}`}, nil, ""},
		{"away", answer{503, "sorry"}, lfb.ErrUnavailable, "HTTP 503: sorry"},
		{"too many requests", answer{429, ""}, lfb.ErrUnavailable, "HTTP 429"},
		{"wrong value", answer{400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"no such"}`}, lfb.ErrInvalid, "HTTP 400 INVALID_PARAMETER_VALUE: no such"},
		{"unknown", answer{404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"x"}`}, lfb.ErrNotFound, "RESOURCE_DOES_NOT_EXIST"},
		{"there already", answer{400, `{"error_code":"RESOURCE_ALREADY_EXISTS","message":"x"}`}, lfb.ErrConflict, ""},
		{"wrong password", answer{401, "You are not authenticated"}, lfb.ErrInvalid, "HTTP 401: You are not authenticated"},
		{
			"a name that it does not answer to",
			answer{403, "Invalid Host header - possible DNS rebinding attack detected"},
			lfb.ErrInvalid, "--allowed-hosts",
		},
		{"a redirect", answer{302, ""}, lfb.ErrInvalid, "it redirects"},
		{"no JSON", answer{200, "<html>"}, lfb.ErrInvalid, "answer of 6 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &standIn{answers: []answer{tt.answer}}
			err := ask(t, dial(t, s, config.MLflow{}), "runs/get")
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("ask = %v, want %v that says %q", err, tt.want, tt.text)
			}
			if len(s.asked) != 1 {
				t.Errorf("asked %d times, want once: trying again is the activity's", len(s.asked))
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    config.MLflow
		want string
	}{
		{"none", config.MLflow{}, ""},
		{"user and password", config.MLflow{User: "ann", Password: "s3cret"}, "Basic YW5uOnMzY3JldA=="},
		{"token before both", config.MLflow{User: "ann", Password: "s3cret", Token: "abc"}, "Bearer abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &standIn{answers: []answer{{401, "no"}}}
			err := ask(t, dial(t, s, tt.c), "x")
			if s.auth[0] != tt.want {
				t.Errorf("Authorization = %q, want %q", s.auth[0], tt.want)
			}
			if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "abc") {
				t.Errorf("error %v: want one without the secret", err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "127.0.0.1:5000", "ftp://host/", "http://ann:secret@host:5000", "http://[::1"} {
		_, err := New(config.MLflow{URI: uri}, Options{})
		isKind(t, "New("+uri+")", err, lfb.ErrInvalid)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("New(%q) = %v: the password shows", uri, err)
		}
	}
	// Nobody listens: it ends, soon, as unavailable.
	c, err := newClient(config.MLflow{URI: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	isKind(t, "ask", ask(t, c, "x"), lfb.ErrUnavailable)
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := &standIn{answers: []answer{{200, ""}}}
	c := dial(t, s, config.MLflow{})
	tests := []struct {
		name, uri string
		want      string // path of the file; empty: refused
	}{
		{
			"the server's own", "mlflow-artifacts:/1/abc/artifacts",
			"/api/2.0/mlflow-artifacts/artifacts/1/abc/artifacts/plots/a.svg",
		},
		{
			"the same, spelt out", c.base.String() + "/api/2.0/mlflow-artifacts/artifacts/1/abc/artifacts",
			"/api/2.0/mlflow-artifacts/artifacts/1/abc/artifacts/plots/a.svg",
		},
		{"another server", "mlflow-artifacts://elsewhere:5000/1/abc", ""},
		{"a bucket", "s3://bucket/1/abc", ""},
		{"a folder of the server", "/srv/mlruns/1", ""},
	}
	for _, tt := range tests {
		n, err := c.upload(t.Context(), tt.uri, textFile("plots/a.svg", []byte("hello")))
		if tt.want == "" {
			isKind(t, tt.name, err, lfb.ErrInvalid)
			continue
		}
		if n != 5 || err != nil {
			t.Fatalf("%s: upload = %d, %v", tt.name, n, err)
		}
		last := len(s.asked) - 1
		if s.asked[last] != "PUT "+tt.want || s.bodies[last] != "hello" {
			t.Errorf("%s: %s with %q, want %s", tt.name, s.asked[last], s.bodies[last], tt.want)
		}
	}
	if len(s.asked) != 2 {
		t.Errorf("%d files were sent, want 2", len(s.asked))
	}
}

func TestLogBatchKeepsTheLimits(t *testing.T) {
	t.Parallel()
	s := &standIn{answers: []answer{{200, "{}"}}}
	c := dial(t, s, config.MLflow{})
	params, metrics := make([]pair, 250), make([]metric, 2000)
	if err := c.logBatch(t.Context(), "r", params, []pair{{"a", "b"}}, metrics); err != nil {
		t.Fatal(err)
	}
	var p, m, tags int
	for _, body := range s.bodies {
		var in struct {
			Metrics []metric `json:"metrics"`
			Params  []pair   `json:"params"`
			Tags    []pair   `json:"tags"`
		}
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			t.Fatal(err)
		}
		if len(in.Params) > 100 || len(in.Tags) > 100 || len(in.Metrics) > 1000 || len(in.Params)+len(in.Tags)+
			len(in.Metrics) > 1000 {
			t.Errorf("a batch of %d parameters, %d tags, %d metrics", len(in.Params), len(in.Tags), len(in.Metrics))
		}
		p, m, tags = p+len(in.Params), m+len(in.Metrics), tags+len(in.Tags)
	}
	if p != 250 || m != 2000 || tags != 1 {
		t.Errorf("sent %d parameters, %d metrics, %d tags; want 250, 2000, 1", p, m, tags)
	}
}

func TestExperimentRaceAndDeleted(t *testing.T) {
	t.Parallel()
	missing := answer{404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"none"}`}
	s := &standIn{answers: []answer{missing, {400, `{"error_code":"RESOURCE_ALREADY_EXISTS","message":"x"}`}, {200, `{"experiment":{"experiment_id":"7","lifecycle_stage":"active"}}`}}}
	if id, err := dial(t, s, config.MLflow{}).findExperiment(t.Context(), "lfb"); id != "7" || err != nil {
		t.Errorf("experiment = %q, %v; want 7", id, err)
	}
	s = &standIn{answers: []answer{{200, `{"experiment":{"experiment_id":"7","lifecycle_stage":"deleted"}}`}}}
	_, err := dial(t, s, config.MLflow{}).findExperiment(t.Context(), "lfb")
	isKind(t, "a deleted experiment", err, lfb.ErrInvalid)
}

func TestAliases(t *testing.T) {
	t.Parallel()
	none := answer{400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"alias not found"}`}
	at := func(v string) answer { return answer{200, `{"model_version":{"version":"` + v + `"}}`} }
	tests := []struct {
		name    string
		now     answer
		version string
		want    []string
	}{
		{"set for the first time", none, "2", []string{"GET", "POST"}},
		{"moved", at("1"), "2", []string{"GET", "POST"}},
		{"right already", at("2"), "2", []string{"GET"}},
		{"taken away", at("1"), "", []string{"GET", "DELETE"}},
		{"not there, not wanted", none, "", []string{"GET"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &standIn{answers: []answer{tt.now, {200, "{}"}}}
			if err := dial(t, s, config.MLflow{}).setAlias(t.Context(), "lfb", aliasChampion, tt.version); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range s.asked {
				got = append(got, strings.Fields(a)[0])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("asked %v, want %v", got, tt.want)
			}
		})
	}
}
