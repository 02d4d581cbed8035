package apitest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// Scenario is one request and what must come back.
type Scenario struct {
	Name    string            `json:"name"`
	Issue   string            `json:"issue"` // what it guards
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	As      string            `json:"as"`     // name:password; default Run's; "-" nobody
	Header  map[string]string `json:"header"` // "" takes one away
	Body    json.RawMessage   `json:"body"`
	Raw     string            `json:"raw"` // in place of body, as it is; LARGE is two megabytes
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"` // patterns, "" = absent
	Text    string            `json:"text"`    // pattern of the whole answer
	Want    any               `json:"want"`    // subset of the JSON; texts that begin with ~ are patterns
}

// Files are the scenario files of the package under test, which has some.
func Files(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("scenario files = %v, %v, want some", files, err)
	}
	return files
}

// Scenarios reads a file, which has some.
func Scenarios(t testing.TB, file string) []Scenario {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []Scenario
	if err := json.Unmarshal(body, &all); err != nil || len(all) == 0 {
		t.Fatalf("%s: %d scenarios, %v", file, len(all), err)
	}
	return all
}

// Content is the request's body.
func (c *Scenario) Content() string {
	if c.Raw == "LARGE" {
		return `{"why":"` + strings.Repeat("x", 2<<20) + `"}`
	}
	return c.Raw + string(c.Body)
}

// Run sends the request, as the account name:password unless the scenario says
// otherwise, and checks what comes back, which it returns.
func (c *Scenario) Run(t *testing.T, h http.Handler, as string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, c.request(as))
	res := w.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := string(raw)
	if res.StatusCode != c.Status {
		t.Fatalf("%s %s %.300s = %d %s, want %d", c.Method, c.Path, c.Content(), res.StatusCode, got, c.Status)
	}
	for k, want := range c.Headers {
		v := strings.Join(res.Header.Values(k), ", ")
		if (want == "") != (v == "") || !regexp.MustCompile(want).MatchString(v) {
			t.Errorf("header %s = %q, want %q", k, v, want)
		}
	}
	if c.Text != "" && !regexp.MustCompile(c.Text).MatchString(got) {
		t.Errorf("answer %q, want %s", got, c.Text)
	}
	if c.Want == nil {
		return res
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("answer %q: %v", got, err)
	}
	if d := Lacks(v, c.Want); d != "" {
		t.Errorf("%s %s %.300s: %s\nanswer: %s", c.Method, c.Path, c.Content(), d, got)
	}
	return res
}

func (c *Scenario) request(as string) *http.Request {
	body := c.Content()
	r := httptest.NewRequest(c.Method, c.Path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.As != "" {
		as = c.As
	}
	if as != "-" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(as)))
	}
	for k, v := range c.Header {
		if r.Header.Set(k, v); v == "" {
			r.Header.Del(k)
		}
	}
	return r
}

// Lacks says where got, as JSON is read, does not hold want; empty: nowhere.
func Lacks(got, want any) string { return lacks(got, want, "") }

func lacks(got, want any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s = %v, want an object", at, got)
		}
		for k, w := range want {
			if d := lacks(g[k], w, at+"/"+k); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			return fmt.Sprintf("%s = %v, want %d elements", at, got, len(want))
		}
		for i := range want {
			if d := lacks(g[i], want[i], fmt.Sprintf("%s/%d", at, i)); d != "" {
				return d
			}
		}
		return ""
	case string:
		g, ok := got.(string)
		if pattern, is := strings.CutPrefix(want, "~"); is && ok && regexp.MustCompile(pattern).MatchString(g) {
			return ""
		}
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("%s = %#v, want %#v", at, got, want)
	}
	return ""
}
