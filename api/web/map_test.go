package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"lfb/api/web"
	"lfb/internal/serve"
)

func packed(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var mapAddress = regexp.MustCompile(`data-(base|layer)="([^"]+)"`)

// The map travels apart from its pages, packed, and is kept.
func TestMapIsKeptByBrowsers(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	page := packed(t, full, "/?where=SE10&when=2017-04-04T08:30")
	wire := page.Body.Len()
	if wire > 40<<10 || page.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("Ask is %d bytes on the wire, want at most 40 KiB, packed", wire)
	}
	unpacked, err := gzip.NewReader(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(unpacked); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range mapAddress.FindAllStringSubmatch(text.String(), -1) {
		address := strings.ReplaceAll(m[2], "&amp;", "&")
		if seen[address] {
			continue
		}
		seen[address] = true
		w := packed(t, full, address)
		wire += w.Body.Len()
		if keep := w.Header().Get("Cache-Control"); w.Code != http.StatusOK || !strings.Contains(keep, "max-age") {
			t.Errorf("GET %s = %d, Cache-Control %q", address, w.Code, keep)
		}
		if m[1] == "base" {
			continue
		}
		var l struct {
			Cells    []struct{ T string }
			Stations []struct{ N string }
		}
		if err := json.Unmarshal(get(full, address).Body.Bytes(), &l); err != nil || len(l.Cells) == 0 ||
			len(l.Stations) == 0 {
			t.Errorf("GET %s: %d cells, %d stations, %v", address, len(l.Cells), len(l.Stations), err)
		}
		if again := packed(t, full, address, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("GET %s again = %d, want 304", address, again.Code)
		}
		if stale := get(full, strings.Replace(address, "v=", "v=x",
			1)); !strings.Contains(stale.Header().Get("Cache-Control"), "no-cache") {
			t.Errorf("a version that does not serve is kept: %q", stale.Header().Get("Cache-Control"))
		}
	}
	for _, file := range []string{"static/map.js", "static/map.css"} {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wire += len(body)
	}
	if len(seen) != 2 || wire > 300<<10 {
		t.Errorf("%d parts of the map, %d bytes with it, want base and layer and at most 300 KiB", len(seen), wire)
	}
}

// swapped serves another version from the second look on.
type swapped struct {
	web.Champion
	looks atomic.Int32
}

func (c *swapped) Now() *serve.Loaded {
	m := *c.Champion.Now()
	if c.looks.Add(1) > 1 {
		m.Version.ID = "next"
	}
	return &m
}

// TestMapIsKeptAsWhatDrewIt: colours of the version before are not kept under the address of
// the one that came while they were drawn.
func TestMapIsKeptAsWhatDrewIt(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Champion = &swapped{Champion: o.Champion}
	h := web.New(o)
	for i, want := range []string{"no-cache", "max-age"} {
		if keep := get(h, "/map/layer?v=next").Header().Get("Cache-Control"); !strings.Contains(keep, want) {
			t.Errorf("look %d is kept as %q, want %s", i, keep, want)
		}
	}
}

func TestLayerFollowsTheQuestion(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for path, want := range map[string]string{
		"/answer?where=SE10&when=2017-12-25T18:00&pump=2": "day=1&amp;hour=18&amp;pump=2",
		"/?where=SE10&when=2017-12-25T18:00":              "day=1&amp;hour=18&amp;pump=1",
	} {
		if body := get(full, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("GET %s: the map's colours are not those of %s", path, want)
		}
	}
	for _, path := range []string{
		"/map/layer?day=7", "/map/layer?pump=3", "/map/picture?e=x",
		"/cover/layer?out=Nowhere",
	} {
		if w := get(full, path); w.Code/100 != 4 {
			t.Errorf("GET %s = %d, want a refusal", path, w.Code)
		}
	}
}

// Without JavaScript the map is a picture, light or dark, in one piece.
func TestPictureIsWhole(t *testing.T) {
	t.Parallel()
	full, empty := handlers(t, "")
	for _, path := range []string{
		"/map/picture", "/map/picture?dark=1&e=538450&n=177650",
		"/cover/picture?out=Greenwich",
	} {
		w := get(full, path)
		body := w.Body.String()
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
			t.Fatalf("GET %s = %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil {
			t.Errorf("GET %s: %v", path, err)
		}
		if strings.Contains(body, "class=") || strings.Contains(body, "style=") || !strings.Contains(body, ">Lambeth<") ||
			!strings.Contains(body, "#h") {
			t.Errorf("GET %s is not coloured in", path)
		}
		if marked := strings.Contains(body, "<circle"); marked != strings.Contains(path, "e=") {
			t.Errorf("GET %s: marked is %v", path, marked)
		}
	}
	if w := get(empty, "/map/layer"); w.Code != http.StatusNotFound {
		t.Errorf("a map without a model = %d", w.Code)
	}
}

// A street map widens the policy by its host and by nothing else.
func TestTilesWidenThePolicy(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	const closed = "img-src 'self';"
	if p := get(web.New(o), "/").Header().Get("Content-Security-Policy"); !strings.Contains(p, closed) {
		t.Errorf("without tiles the policy is %q", p)
	}
	o.Tiles, o.TilesCredit = "https://tiles.example.org:8443/{z}/{x}/{y}.png?key=a", "© Example"
	w := get(web.New(o), "/")
	if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p,
		"img-src 'self' https://tiles.example.org:8443;") {
		t.Errorf("with tiles the policy is %q", p)
	}
	if body := w.Body.String(); !strings.Contains(body, "Street map: © Example") ||
		!strings.Contains(body, "data-tiles=") {
		t.Error("the street map is not on the page, or does not say who made it")
	}
}
