package user_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
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
	As      string            `json:"as"` // name:password; default ann:secret; "-" nobody
	Header  map[string]string `json:"header"`
	Body    json.RawMessage   `json:"body"`
	Raw     string            `json:"raw"` // in place of body, as it is
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"` // patterns, "" = absent
	Text    string            `json:"text"`    // pattern of the whole answer
	Want    any               `json:"want"`    // subset of the JSON; texts that begin with ~ are patterns
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("scenario files = %v, %v, want some", files, err)
	}
	s := newSite(t, champion(t))
	for _, file := range files {
		for _, c := range scenarios(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.check(t, s)
			})
		}
	}
}

func scenarios(t testing.TB, file string) []scenario {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return all
}

func (c *scenario) check(t *testing.T, s *site) {
	header := map[string]string{}
	switch c.As {
	case "":
	case "-":
		header["Authorization"] = ""
	default:
		header["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.As))
	}
	for k, v := range c.Header {
		header[k] = v
	}
	if c.Raw == "" {
		c.Raw = string(c.Body)
	}
	res := s.do(c.Method, c.Path, c.Raw, header)
	got := text(t, res)
	if res.StatusCode != c.Status {
		t.Fatalf("%s %s %s = %d %s, want %d", c.Method, c.Path, c.Raw, res.StatusCode, got, c.Status)
	}
	for k, want := range c.Headers {
		v := res.Header.Get(k)
		if (want == "") != (v == "") || !regexp.MustCompile(want).MatchString(v) {
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
	if err := json.Unmarshal([]byte(got), &v); err != nil {
		t.Fatalf("answer %q: %v", got, err)
	}
	if d := lacks(v, c.Want, ""); d != "" {
		t.Errorf("%s %s %s: %s\nanswer: %s", c.Method, c.Path, c.Raw, d, got)
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
