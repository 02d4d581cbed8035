package source

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

func TestDatastoreList(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d := NewDatastore(s.URL+"/", s.Client(), patience(nil))
	got, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item := func(set, id, file string, kind lfb.Kind) Item {
		return Item{
			Name: set + "/" + id, URL: s.URL + "/download/" + set + "/" + id + "/" + file, Kind: kind,
			Version: `etag:"` + id + `-1"`, Size: 180_000,
		}
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
	s.change(func() { s.files["7d5b4e2f"].etag, s.files["7d5b4e2f"].content = `"7d5b4e2f-2"`, []byte("new") })
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
		want := []string{
			"checked:2026-02-01T00:00:00Z size:180000 180000", `etag:"73728cf4-1" 180000`,
			"modified:Thu, 01 Jan 2026 00:00:00 GMT 180000",
		}
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
		{
			name: "connection breaks", refuse: func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
			want: lfb.ErrUnavailable, says: "after 5 tries", tries: 5,
		},
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
	if _, err := NewDatastore(s.URL, s.Client(), patience(nil)).List(t.Context()); !errors.Is(err, lfb.ErrNotFound) {
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
		{
			name: "429 twice", refusals: 2, low: []time.Duration{500 * time.Millisecond, time.Second},
			high: []time.Duration{time.Second, 2 * time.Second},
		},
		{
			name: "Retry-After in seconds", retryAfter: "17", refusals: 1, low: []time.Duration{17 * time.Second},
			high: []time.Duration{17 * time.Second},
		},
		{name: "Retry-After too long", retryAfter: "3600", refusals: 1, want: lfb.ErrUnavailable},
		{
			name: "Retry-After a date gone by", retryAfter: "Thu, 01 Jan 2015 00:00:00 GMT", refusals: 1,
			low: []time.Duration{500 * time.Millisecond}, high: []time.Duration{time.Second},
		},
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
		s.change(func() { s.refuse = refuse })
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
