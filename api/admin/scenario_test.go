package admin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// scenario is one request and what must come back; a bug report becomes one.
type scenario struct {
	Name    string            `json:"name"`
	Issue   string            `json:"issue"` // what it guards
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	As      string            `json:"as"` // name:password; default root:secret; "-" nobody
	Header  map[string]string `json:"header"`
	Body    json.RawMessage   `json:"body"`
	Raw     string            `json:"raw"` // in place of body, as it is; LARGE is two megabytes
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"` // patterns
	Text    string            `json:"text"`    // pattern of the whole answer
	Want    any               `json:"want"`    // subset of the JSON; texts that begin with ~ are patterns
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("scenario files = %v, %v, want some", files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all []scenario
		if err := json.Unmarshal(body, &all); err != nil || len(all) == 0 {
			t.Fatalf("%s: %d scenarios, %v", file, len(all), err)
		}
		s := newSite(t)
		for _, c := range all {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) { c.check(t, s) })
		}
	}
}

func (c *scenario) check(t *testing.T, s *site) {
	body := string(c.Body) + c.Raw
	if c.Raw == "LARGE" {
		body = `{"why":"` + strings.Repeat("x", 2<<20) + `"}`
	}
	r := httptest.NewRequest(c.Method, c.Path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	as := c.As
	if as == "" {
		as = "root:secret"
	}
	if as != "-" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(as)))
	}
	for k, v := range c.Header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	got := string(raw)
	if w.Code != c.Status {
		t.Fatalf("%s %s = %d %s, want %d", c.Method, c.Path, w.Code, got, c.Status)
	}
	if kind := w.Header().Get("Content-Type"); w.Code >= 400 && w.Code != 404 && w.Code != 405 && kind != "application/problem+json" {
		t.Errorf("%d as %q, want a problem", w.Code, kind)
	}
	for k, want := range c.Headers {
		if v := strings.Join(w.Header().Values(k), ", "); !regexp.MustCompile(want).MatchString(v) {
			t.Errorf("header %s = %q, want %q", k, v, want)
		}
	}
	if c.Text != "" && !regexp.MustCompile(c.Text).MatchString(got) {
		t.Errorf("answer %q, want %s", got, c.Text)
	}
	if c.Want == nil {
		return
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("answer %q: %v", got, err)
	}
	if d := lacks(v, c.Want, ""); d != "" {
		t.Errorf("%s %s: %s\nanswer: %s", c.Method, c.Path, d, got)
	}
}

// lacks says where got does not hold want; empty: nowhere.
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
