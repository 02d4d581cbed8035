package source

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

func TestDatastoreList(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d := eager(s.URL + "/")
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
}

func TestDatastoreVersions(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.files["f5066d66"].etag = "" // Last-Modified
	s.files["73728cf4"].noRange = true
	s.files["7d5b4e2f"].noVersion = true
	d := eager(s.URL)
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
	}{
		{name: "private", refuse: status(403), want: lfb.ErrInvalid, says: "status 403"},
		{name: "unknown", refuse: status(404), want: lfb.ErrNotFound, says: "status 404"},
		{name: "down", refuse: status(503), want: lfb.ErrUnavailable, says: "status 503"},
		{name: "no JSON", api: "<html>", want: lfb.ErrInvalid, says: "data set em8xy: the API's answer"},
		{name: "other JSON", api: `{"resources": 7}`, want: lfb.ErrInvalid, says: "the API's answer"},
		{
			name: "connection breaks", refuse: func(int, http.ResponseWriter, *http.Request) bool {
				panic(http.ErrAbortHandler)
			},
			want: lfb.ErrUnavailable, says: "EOF",
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
			_, err := eager(s.URL).List(t.Context())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("List = %v, want %v that says %q", err, tt.want, tt.says)
			}
			if n := len(s.said()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestDatastoreNothingThere(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.apis["em8xy"], s.apis["24r65"] = `{"resources": {}}`, `{}`
	if _, err := eager(s.URL).List(t.Context()); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("List = %v, want lfb.ErrNotFound", err)
	}
}

// A refusal that says when to come again is passed on: nothing waits in here.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"17": 17 * time.Second, "Thu, 01 Jan 2015 00:00:00 GMT": 0,
		"": -1,
	} {
		s := newStandIn(t)
		s.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		_, err := eager(s.URL).List(t.Context())
		got := time.Duration(-1)
		var retry *RetryError
		if errors.As(err, &retry) {
			got = retry.After
		}
		if got != want || !errors.Is(err, lfb.ErrUnavailable) || len(s.said()) != 1 {
			t.Errorf("Retry-After %q: %v (%v), want lfb.ErrUnavailable for %v", header, got, err, want)
		}
	}
}

// transportFunc answers requests without a network, as fake clocks need it.
type transportFunc func(*http.Request) *http.Response

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestRequestsAreSpaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var asked []time.Duration
		hc := &http.Client{Transport: transportFunc(func(r *http.Request) *http.Response {
			asked = append(asked, time.Since(begin))
			body := `{"resources": {"a": {"format": "csv", "url": "/a.csv"}}}`
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}
		})}
		d := NewDatastore("http://datastore")
		d.c.hc = hc
		if _, err := d.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{0, 3 * time.Second, 6 * time.Second, 9 * time.Second}, asked); diff != "" {
			t.Errorf("times of requests (-want +got):\n%s", diff)
		}
	})
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
		d := eager(s.URL)
		item := Item{Name: "x", URL: s.URL + "/download/em8xy/f5066d66/x.csv?token=s3cr3t", Size: -1}
		_, _, err := d.Open(t.Context(), item, 0)
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: error = %v, want one without the signature", name, err)
		}
	}
}

// A signature that has run out is renewed by asking at the front again: the next try does.
func TestExpiredSignatureIsUnavailable(t *testing.T) {
	t.Parallel()
	s, bucket := newStandIn(t), newStandIn(t)
	s.refuse = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, bucket.URL+"/signed/f5066d66?"+signature, http.StatusFound)
		return true
	}
	bucket.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	_, _, err := eager(s.URL).Open(t.Context(), Item{URL: s.URL + "/x"}, 0)
	if !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Open = %v, want lfb.ErrUnavailable", err)
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
	d := eager(s.URL)
	d.c.stall = 20 * time.Millisecond
	_, _, err := d.Open(t.Context(), Item{URL: s.URL + "/x"}, 0)
	if !errors.Is(err, lfb.ErrUnavailable) || !strings.Contains(err.Error(), "no byte for 20ms") {
		t.Errorf("Open = %v, want lfb.ErrUnavailable for the silence", err)
	}
}
