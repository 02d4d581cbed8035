package httpx

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
)

type itemInput struct {
	Page
	Dry  bool   `query:"dry"`
	Line string `query:"line"`
	Body struct {
		Count int      `json:"count"`
		Names []string `json:"names,omitempty"`
	}
}

// newListener has one operation, PUT /items, which lists what it is asked for.
func newListener() http.Handler {
	mux := http.NewServeMux()
	doc := NewAPI(mux, "Items", "For tests.", &huma.Tag{Name: "Items"})
	huma.Register(doc, Signed(huma.Operation{OperationID: "items", Method: "PUT", Path: "/items"}),
		func(_ context.Context, in *itemInput) (*List[int], error) {
			all := make([]int, in.Body.Count)
			for i := range all {
				all[i] = i
			}
			return Paginate(all, &in.Page, func(v int) string { return fmt.Sprint(v) })
		})
	CompleteDocument(doc)
	return Wrap(Compress(mux), 100_000, zap.NewNop())
}

func compressed(t *testing.T, text string) string {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestRequestsAsClientsSendThem(t *testing.T) {
	t.Parallel()
	h := newListener()
	bomb := compressed(t, `{"count":1,"names":["`+strings.Repeat("x", 1<<20)+`"]}`)
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code, says               string
	}{
		{"plain", "PUT", "/items", `{"count":2}`, nil, 200, "", "[0,1]"},
		{"capital media type", "PUT", "/items", `{"count":2}`, []string{"Content-Type", "Application/JSON; charset=UTF-8"}, 200, "", "[0,1]"},
		{"gzip", "PUT", "/items", compressed(t, `{"count":2}`), []string{"Content-Encoding", "GZIP"}, 200, "", "[0,1]"},
		{"no gzip", "PUT", "/items", `{"count":2}`, []string{"Content-Encoding", "gzip"}, 400, "malformed", "says gzip"},
		{"half a gzip", "PUT", "/items", compressed(t, `{"count":2}`)[:15], []string{"Content-Encoding", "gzip"}, 400, "malformed", "says gzip"},
		{"a bomb", "PUT", "/items", bomb, []string{"Content-Encoding", "gzip"}, 413, "too_large", ""},
		{"gzip, then brotli", "PUT", "/items", compressed(t, `{"count":2}`), []string{"Content-Encoding", "gzip", "Content-Encoding", "br"}, 415, "unsupported_media_type", `\"gzip, br\"`},
		{"brotli", "PUT", "/items", `x`, []string{"Content-Encoding", "br"}, 415, "unsupported_media_type", "gzip is"},
		{"XML", "PUT", "/items", `<count/>`, []string{"Content-Type", "text/xml"}, 415, "unsupported_media_type", ""},
		{"NaN", "PUT", "/items", `{"count":NaN}`, nil, 400, "malformed", "NaN, at byte 10, is not JSON: send null"},
		{"-Infinity", "PUT", "/items", `{"count":-Infinity}`, nil, 400, "malformed", "Infinity, at byte 11, is not JSON: send null"},
		{"None", "PUT", "/items", `{"count": None}`, nil, 400, "malformed", "None, at byte 11, is not JSON: send null"},
		{"nan", "PUT", "/items", `{"count": nan}`, nil, 400, "malformed", "nan, at byte 12, is not JSON: send null"},
		{"latin-1", "PUT", "/items", "{\"names\":[\"caf\xe9\"]}", nil, 400, "malformed", "not UTF-8"},
		{"a byte-order mark", "PUT", "/items", "\ufeff{\"count\":2}", nil, 200, "", "[0,1]"},
		{"a name twice", "PUT", "/items", `{"count":2,"names":[],"Count":3}`, nil, 400, "malformed", `\"Count\", at byte 29, stands twice`},
		{"too large a number", "PUT", "/items", `{"count":1e999}`, nil, 400, "malformed", "byte 15: 1e999 is too large a number"},
		{"wrong type", "PUT", "/items", `{"count":"two"}`, nil, 422, "invalid", "/count"},
		{"another page", "PUT", "/items?after=7", `{"count":2}`, nil, 422, "invalid", "no element"},
		{"a value twice", "PUT", "/items?after=1&after=2", `{"count":2}`, nil, 422, "invalid", `"query/after","detail":"is given more than once"`},
		{"a name spelled wrong", "PUT", "/items?afterr=1", `{"count":2}`, nil, 422, "invalid", `"query/afterr","detail":"is not known here; did you mean after?"`},
		{"a switch without a value", "PUT", "/items?dry", `{"count":2}`, nil, 422, "invalid", `"query/dry","detail":"is neither true nor false"`},
		{"a name that is not known", "PUT", "/items?utm=1", `{"count":2}`, nil, 422, "invalid", "there are after, limit, dry, line"},
		{"another path", "GET", "/nothing", "", nil, 404, "not_found", "/nothing"},
		{"another method", "GET", "/items", "", nil, 405, "method_not_allowed", "PUT"},
		{"another method for a document", "POST", "/docs", "", nil, 405, "method_not_allowed", "GET, HEAD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			if !slices.Contains(tt.header, "Content-Type") {
				r.Header.Set("Content-Type", "application/json")
			}
			for i := 0; i+1 < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := w.Body.String()
			if w.Code != tt.status || !strings.Contains(got, tt.says) || strings.Contains(got, "Go ") {
				t.Fatalf("= %d %s, want %d that says %q", w.Code, got, tt.status, tt.says)
			}
			if tt.status == 200 {
				return
			}
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v: %s", err, got)
			}
			if string(p.Code) != tt.code || p.Type != "urn:lfb:problem:"+tt.code || p.Status != tt.status || p.Title == "" ||
				p.RequestID == "" || p.RequestID != w.Header().Get(RequestIDHeader) ||
				w.Header().Get("Content-Type") != problemType {
				t.Errorf("problem = %+v of %q, want the code %s and the request's id", p, w.Header().Get("Content-Type"), tt.code)
			}
		})
	}
}

func TestErrorsOfTypesSpeakOfJSON(t *testing.T) {
	t.Parallel()
	var v struct {
		Inputs []struct {
			Shape []int64 `json:"shape"`
			Name  string  `json:"name"`
			Rate  float64 `json:"rate"`
			Yes   bool    `json:"yes"`
		} `json:"inputs"`
	}
	for body, want := range map[string]string{
		`{"inputs":[{"shape":["a"]}]}`: "inputs.shape: string, where a whole number is wanted",
		`{"inputs":[{"name":7}]}`:      "inputs.name: number, where a text is wanted",
		`{"inputs":[{"rate":"7"}]}`:    "inputs.rate: string, where a number is wanted",
		`{"inputs":[{"yes":1}]}`:       "inputs.yes: number, where true or false is wanted",
		`{"inputs":{}}`:                "inputs: object, where a list is wanted",
		`{"inputs":["x"]}`:             "inputs: string, where an object is wanted",
	} {
		if err := UnmarshalJSON([]byte(body), &v); err == nil || err.Error() != want {
			t.Errorf("UnmarshalJSON(%s) = %v, want %s", body, err, want)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := newListener()
	path, got := "/items?limit=2&line=a%26b", ""
	for pages := 0; path != ""; pages++ {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("PUT", path, strings.NewReader(`{"count":5}`))
		h.ServeHTTP(w, r)
		got += strings.TrimSpace(w.Body.String())
		link, more := strings.CutSuffix(w.Header().Get("Link"), `>; rel="next"`)
		if path = strings.TrimPrefix(link, "<"); more && (!strings.Contains(path, "line=a%26b") || pages > 2) {
			t.Fatalf("page %d leads to %s, want the same question, three pages", pages, path)
		}
	}
	if got != "[0,1][2,3][4]" {
		t.Errorf("pages = %s", got)
	}
}

// A client that waits for 100 Continue gets its answer where nobody reads the body, and
// is not waited for.
func TestRefusalsDoNotWaitForTheBody(t *testing.T) {
	t.Parallel()
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		WriteProblem(w, Problem{Status: http.StatusUnauthorized})
	})
	address := serveOn(t, Server{Handler: Wrap(refuse, 1<<20, zap.NewNop())})
	for header, want := range map[string]int{"": 401, "Content-Encoding: gzip\r\n": 401, "Content-Encoding: br\r\n": 415} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(time.Minute)) // a hang is a failure, not a wait for ever
		if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n%s\r\n",
			header); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != want || !res.Close {
			t.Errorf("%q: answer %+v, %v, want %d, not 100 Continue, and the connection closed", header, res, err, want)
		}
		_ = c.Close()
	}
}

func TestDocumentsAreKeptByTheirTag(t *testing.T) {
	t.Parallel()
	h := newListener()
	for _, path := range []string{"/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml", "/docs"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		tag := w.Header().Get("ETag")
		if w.Code != 200 || tag == "" {
			t.Fatalf("%s = %d, tag %q", path, w.Code, tag)
		}
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", tag)
		again := httptest.NewRecorder()
		if h.ServeHTTP(again, r); again.Code != 304 || again.Body.Len() > 0 {
			t.Errorf("%s again = %d with %d bytes, want 304", path, again.Code, again.Body.Len())
		}
	}
}

func TestLargeAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	h := newListener()
	for count, want := range map[string]string{"2": "", "5000": "gzip"} {
		r := httptest.NewRequest("PUT", "/items", strings.NewReader(`{"count":`+count+`}`))
		r.Header.Set("Accept-Encoding", "br;q=1.0, gzip;q=0.5")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body := io.Reader(w.Body)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%s numbers are encoded as %q, want %q", count, got, want)
		} else if want != "" {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		var numbers []int
		if err := json.NewDecoder(body).Decode(&numbers); err != nil || fmt.Sprint(len(numbers)) != count {
			t.Errorf("%s numbers = %d, %v", count, len(numbers), err)
		}
	}
}

// TestDocumentIsComplete holds what the document says of an operation.
func TestDocumentIsComplete(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newListener().ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Servers    []any
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct {
			Schemas map[string]struct{ AdditionalProperties any }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	responses := doc.Paths["/items"]["put"].Responses
	for _, status := range []string{"200", "400", "401", "403", "413", "415", "422", "429", "500", "503"} {
		if responses[status] == nil {
			t.Errorf("PUT /items has no %s: %v", status, responses)
		}
	}
	if len(doc.Servers) == 0 || responses["default"] != nil {
		t.Errorf("servers %v, default %v, want a server and no default", doc.Servers, responses["default"])
	}
	if s := doc.Components.Schemas["StatusProblem"]; s.AdditionalProperties != nil {
		t.Errorf("problems have additionalProperties %v, want any that come later", s.AdditionalProperties)
	}
	if s := doc.Components.Schemas["ItemInputBody"]; s.AdditionalProperties != false {
		t.Errorf("requests have additionalProperties %v, want none", s.AdditionalProperties)
	}
}

func TestCodesAreUnique(t *testing.T) {
	t.Parallel()
	codes := slices.Sorted(slices.Values(Codes()))
	if n := len(slices.Compact(slices.Clone(codes))); n != len(codes) {
		t.Errorf("codes %v: one stands twice", codes)
	}
}
