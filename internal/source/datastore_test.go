package source

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

// standIn is a London Datastore of the test's own: its API, its downloads, and
// the signed addresses that they redirect to.
type standIn struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string]*standInFile // by resource id
	apis     map[string]string       // by data set id: its JSON
	apiETag  string
	requests []string                                                 // method path range → status
	refuse   func(n int, w http.ResponseWriter, r *http.Request) bool // answers request n itself
	redirect bool                                                     // downloads redirect to signed addresses
}

type standInFile struct {
	content   []byte
	etag      string // without it, Last-Modified
	breakAt   int    // the connection breaks after so many bytes of a response, once
	noRange   bool
	noVersion bool
}

const signature = "X-Amz-Signature=s3cr3t"

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{files: map[string]*standInFile{}, apiETag: `"api-1"`}
	s.apis = map[string]string{
		"em8xy": `{"title": "LFB incidents", "resources": {
			"f5066d66": {"title": "2018 onwards", "format": "xlsx", "url": "%s/download/em8xy/f5066d66/LFB%%20Incident%%20data.csv.xlsx", "order": 1, "check_timestamp": "2026-01-01T00:00:00Z"},
			"73728cf4": {"title": "2009 - 2017", "format": "spreadsheet", "url": "/download/em8xy/73728cf4/LFB.csv", "order": 0},
			"cb9d6550": {"title": "Metadata", "format": "xlsx", "url": "/download/em8xy/cb9d6550/Metadata.xlsx"},
			"aaaa": {"title": "Guide", "format": "pdf", "url": "/download/em8xy/aaaa/guide.pdf"}}}`,
		"24r65": `{"resources": [
			{"id": "7d5b4e2f", "title": "old edition", "format": "csv", "url": "/download/24r65/none/old.csv", "check_timestamp": "2026-01-01T00:00:00Z", "order": 9},
			{"id": "7d5b4e2f", "title": "from 2025", "format": "csv", "url": "/download/24r65/7d5b4e2f/LFB.csv", "check_timestamp": "2026-02-01T00:00:00Z", "order": 1}]}`,
	}
	for _, id := range []string{"f5066d66", "73728cf4", "7d5b4e2f"} {
		s.files[id] = &standInFile{content: []byte(strings.Repeat(id+"\n", 20_000)), etag: `"` + id + `-1"`}
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) { r.status = status; r.ResponseWriter.WriteHeader(status) }

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *standIn) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, asked := &recorder{w, http.StatusOK}, r.Header.Get("Range")
	n := len(s.requests)
	s.requests = append(s.requests, "")
	defer func() {
		s.requests[n] = strings.TrimSpace(fmt.Sprintf("%s %s", r.URL.Path, asked)) + " → " + strconv.Itoa(rec.status)
	}()
	if s.refuse != nil && s.refuse(n, rec, r) {
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api":
		s.serveAPI(rec, r, parts[len(parts)-1])
	case parts[0] == "download" && s.redirect:
		http.Redirect(rec, r, "/signed/"+parts[2]+"?"+signature, http.StatusFound)
	case parts[0] == "download":
		s.serveFile(rec, r, s.files[parts[2]])
	case parts[0] == "signed":
		s.serveFile(rec, r, s.files[parts[1]])
	default:
		http.NotFound(rec, r)
	}
}

func (s *standIn) serveAPI(w http.ResponseWriter, r *http.Request, id string) {
	body, ok := s.apis[id]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if s.apiETag != "" {
		w.Header().Set("ETag", s.apiETag)
		if r.Header.Get("If-None-Match") == s.apiETag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if strings.Contains(body, "%s") {
		body = fmt.Sprintf(body, s.URL)
	}
	_, _ = w.Write([]byte(body)) // the client may have gone
}

func (s *standIn) serveFile(w http.ResponseWriter, r *http.Request, f *standInFile) {
	if f == nil {
		http.NotFound(w, r)
		return
	}
	modified := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case f.noVersion:
		modified = time.Time{}
	case f.etag != "":
		w.Header().Set("ETag", f.etag)
		modified = time.Time{}
	}
	probe := r.Header.Get("Range") == "bytes=0-0"
	if f.noRange {
		r.Header.Del("Range")
	}
	if f.breakAt > 0 && !probe {
		if !modified.IsZero() {
			w.Header().Set("Last-Modified", modified.Format(http.TimeFormat))
		}
		start, _, _ := contentRange(strings.Replace(r.Header.Get("Range"), "=", " ", 1) + "/*")
		w.Header().Set("Content-Length", strconv.Itoa(len(f.content)-int(start)))
		if start > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(f.content)-1, len(f.content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(f.content[start : int(start)+f.breakAt]) // breaks anyway
		f.breakAt = 0
		_ = http.NewResponseController(w).Flush() // breaks anyway
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "", modified, strings.NewReader(string(f.content)))
}

// said is the requests since the last call.
func (s *standIn) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

// patience is Options that wait without time passing, and note how long.
func patience(waits *[]time.Duration) Options {
	var mu sync.Mutex
	return Options{Space: -1, Rand: rand.New(rand.NewPCG(1, 2)), Sleep: func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		if waits != nil {
			*waits = append(*waits, d)
		}
		return ctx.Err()
	}}
}

func TestDatastoreList(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d := NewDatastore(s.URL+"/", s.Client(), patience(nil))
	got, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item := func(set, id, file string, kind lfb.Kind) Item {
		return Item{Name: set + "/" + id, URL: s.URL + "/download/" + set + "/" + id + "/" + file, Kind: kind,
			Version: `etag:"` + id + `-1"`, Size: 180_000}
	}
	want := []Item{
		item("24r65", "7d5b4e2f", "LFB.csv", lfb.MobilisationFile),
		item("em8xy", "73728cf4", "LFB.csv", lfb.IncidentFile),
		item("em8xy", "f5066d66", "LFB%20Incident%20data.csv.xlsx", lfb.IncidentFile),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	wantSkipped := []Skip{
		{"em8xy/aaaa Guide", `neither CSV, XLSX nor ZIP: "guide.pdf", format "pdf"`},
		{"em8xy/cb9d6550 Metadata", "metadata"},
	}
	if diff := cmp.Diff(wantSkipped, d.Skipped()); diff != "" {
		t.Errorf("Skipped (-want +got):\n%s", diff)
	}
}

// Asking again costs a few bytes, and says the same.
func TestDatastoreListUnchanged(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.redirect = true
	d := NewDatastore(s.URL, s.Client(), patience(nil))
	first, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.said()
	again, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("second List (-first +second):\n%s", diff)
	}
	for _, said := range s.said() {
		if !strings.HasSuffix(said, "304") && !strings.HasSuffix(said, "302") {
			t.Errorf("second List: %s, want 304", said)
		}
	}
	s.mu.Lock()
	s.files["7d5b4e2f"].etag = `"7d5b4e2f-2"`
	s.files["7d5b4e2f"].content = []byte("new")
	s.mu.Unlock()
	changed, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changed[0].Version != `etag:"7d5b4e2f-2"` || changed[0].Size != 3 || changed[1] != first[1] {
		t.Errorf("List after a change = %+v, want the first item's version and size changed", changed)
	}
}

func TestDatastoreVersions(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.apiETag = ""
	s.files["f5066d66"].etag = "" // Last-Modified
	s.files["73728cf4"].noRange = true
	s.files["7d5b4e2f"].noVersion = true
	d := NewDatastore(s.URL, s.Client(), patience(nil))
	for range 2 { // the second time with conditions
		got, err := d.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"checked:2026-02-01T00:00:00Z size:180000 180000", `etag:"73728cf4-1" 180000`,
			"modified:Thu, 01 Jan 2026 00:00:00 GMT 180000"}
		var versions []string
		for _, item := range got {
			versions = append(versions, fmt.Sprintf("%s %d", item.Version, item.Size))
		}
		if diff := cmp.Diff(want, versions); diff != "" {
			t.Errorf("versions and sizes (-want +got):\n%s", diff)
		}
	}
}

func TestDatastoreErrors(t *testing.T) {
	t.Parallel()
	status := func(code int) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
	}
	tests := []struct {
		name   string
		refuse func(int, http.ResponseWriter, *http.Request) bool
		api    string
		want   error
		says   string
		tries  int
	}{
		{name: "private", refuse: status(403), want: lfb.ErrInvalid, says: "status 403", tries: 1},
		{name: "unknown", refuse: status(404), want: lfb.ErrNotFound, says: "status 404", tries: 1},
		{name: "down", refuse: status(503), want: lfb.ErrUnavailable, says: "after 5 tries", tries: 5},
		{name: "no JSON", api: "<html>", want: lfb.ErrInvalid, says: "data set em8xy: the API's answer", tries: 1},
		{name: "other JSON", api: `{"resources": 7}`, want: lfb.ErrInvalid, says: "the API's resources", tries: 1},
		{name: "connection breaks", refuse: func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
			want: lfb.ErrUnavailable, says: "after 5 tries", tries: 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			s.refuse = tt.refuse
			if tt.api != "" {
				s.apis["em8xy"] = tt.api
			}
			_, err := NewDatastore(s.URL, s.Client(), patience(nil)).List(t.Context())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("List = %v, want %v that says %q", err, tt.want, tt.says)
			}
			if n := len(s.said()); n != tt.tries {
				t.Errorf("%d requests, want %d", n, tt.tries)
			}
		})
	}
}

func TestDatastoreNothingThere(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.apis["em8xy"], s.apis["24r65"] = `{"resources": {}}`, `{}`
	if _, err := NewDatastore(s.URL, s.Client(), patience(nil)).List(t.Context()); !errors.Is(err, lfb.ErrInvalid) && !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("List = %v, want lfb.ErrNotFound", err)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, retryAfter string
		refusals         int
		low, high        []time.Duration
		want             error
	}{
		{name: "429 twice", refusals: 2, low: []time.Duration{500 * time.Millisecond, time.Second},
			high: []time.Duration{time.Second, 2 * time.Second}},
		{name: "Retry-After in seconds", retryAfter: "17", refusals: 1, low: []time.Duration{17 * time.Second},
			high: []time.Duration{17 * time.Second}},
		{name: "Retry-After too long", retryAfter: "3600", refusals: 1, want: lfb.ErrUnavailable},
		{name: "Retry-After a date gone by", retryAfter: "Thu, 01 Jan 2015 00:00:00 GMT", refusals: 1,
			low: []time.Duration{500 * time.Millisecond}, high: []time.Duration{time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			s.refuse = func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n >= tt.refusals {
					return false
				}
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
			var waits []time.Duration
			_, err := NewDatastore(s.URL, s.Client(), patience(&waits)).List(t.Context())
			if !errors.Is(err, tt.want) {
				t.Fatalf("List = %v, want %v", err, tt.want)
			}
			if len(waits) != len(tt.low) {
				t.Fatalf("waited %v, want %d times", waits, len(tt.low))
			}
			for i, w := range waits {
				if w < tt.low[i] || w > tt.high[i] {
					t.Errorf("wait %d = %v, want %v to %v", i, w, tt.low[i], tt.high[i])
				}
			}
		})
	}
}

func TestRequestsAreSpaced(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	var waits []time.Duration
	o := patience(&waits)
	o.Space = 3 * time.Second
	if _, err := NewDatastore(s.URL, s.Client(), o).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The clock stands still to within the test's own time: each waits for all before it.
	if len(waits) != 4 || waits[0] < 2*time.Second || waits[3] < 10*time.Second {
		t.Errorf("waits between 5 requests = %v, want 3, 6, 9, 12 s or a little less", waits)
	}
}

// What signs an address may be in no error: those are logged.
func TestErrorsHideSignatures(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.redirect = true
	for name, refuse := range map[string]func(int, http.ResponseWriter, *http.Request) bool{
		"expired": func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/signed/") {
				w.WriteHeader(http.StatusForbidden)
				return true
			}
			return false
		},
		"breaks": func(_ int, _ http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/signed/") {
				panic(http.ErrAbortHandler)
			}
			return false
		},
		"redirects for ever": func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/signed/") {
				http.Redirect(w, r, r.URL.String(), http.StatusFound)
				return true
			}
			return false
		},
		"no address": func(_ int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Location", "http://[::1?"+signature)
			w.WriteHeader(http.StatusFound)
			return true
		},
	} {
		s.mu.Lock()
		s.refuse = refuse
		s.mu.Unlock()
		d := NewDatastore(s.URL, s.Client(), patience(nil))
		item := Item{Name: "x", URL: s.URL + "/download/em8xy/f5066d66/x.csv?token=s3cr3t", Size: -1}
		_, _, err := d.Open(t.Context(), item, 0)
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: error = %v, want one without the signature", name, err)
		}
	}
}

// A signature that has run out is renewed by asking at the front again.
func TestExpiredSignatureIsUnavailable(t *testing.T) {
	t.Parallel()
	s, bucket := newStandIn(t), newStandIn(t)
	s.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, bucket.URL+"/signed/f5066d66?"+signature, http.StatusFound)
		return true
	}
	bucket.refuse = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 0 {
			w.WriteHeader(http.StatusForbidden)
		}
		return n == 0
	}
	body, _, err := NewDatastore(s.URL, s.Client(), patience(nil)).Open(t.Context(), Item{URL: s.URL + "/x"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
	if n := len(s.said()); n != 2 {
		t.Errorf("asked %d times at the front, want 2", n)
	}
}

func TestStalledConnection(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	released := make(chan struct{})
	t.Cleanup(func() { close(released) })
	s.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		select {
		case <-released:
		case <-r.Context().Done():
		}
		return true
	}
	o := patience(nil)
	o.Stall, o.Tries = 20*time.Millisecond, 1
	_, _, err := NewDatastore(s.URL, s.Client(), o).Open(t.Context(), Item{URL: s.URL + "/x"}, 0)
	if !errors.Is(err, lfb.ErrUnavailable) || !strings.Contains(err.Error(), "no byte for 20ms") {
		t.Errorf("Open = %v, want lfb.ErrUnavailable for the silence", err)
	}
}
