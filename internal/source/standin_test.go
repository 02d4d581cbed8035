package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// standIn is a London Datastore of the test's own: its API, its downloads, and
// the signed addresses that they redirect to.
type standIn struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string]*standInFile                                  // by resource id
	apis     map[string]string                                        // by data set id: its JSON
	requests []string                                                 // method path range → status
	refuse   func(n int, w http.ResponseWriter, r *http.Request) bool // answers request n itself
	redirect bool                                                     // downloads redirect to signed addresses
	edition  string                                                   // of the Ordnance Survey's products
}

type standInFile struct {
	content   []byte
	etag      string // without it, Last-Modified
	breakAt   int    // the connection breaks after so many bytes of a response, once
	noRange   bool
	noVersion bool
	name, md5 string // as the Ordnance Survey lists it
}

const signature = "X-Amz-Signature=s3cr3t"

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{files: map[string]*standInFile{}}
	s.apis = map[string]string{
		"em8xy": `{"title": "LFB incidents", "resources": {
			"f5066d66": {"title": "2018 onwards", "format": "xlsx", "url": "%s/download/em8xy/f5066d66/LFB%%20Incident%%20data.csv.xlsx", "order": 1, "check_timestamp": "2026-01-01T00:00:00Z"},
			"73728cf4": {"title": "2009 - 2017", "format": "spreadsheet", "url": "/download/em8xy/73728cf4/LFB.csv", "order": 0},
			"cb9d6550": {"title": "Metadata", "format": "xlsx", "url": "/download/em8xy/cb9d6550/Metadata.xlsx"},
			"aaaa": {"title": "Guide", "format": "pdf", "url": "/download/em8xy/aaaa/guide.pdf"}}}`,
		"24r65": `{"resources": {
			"7d5b4e2f": {"title": "from 2025", "format": "csv", "url": "/download/24r65/7d5b4e2f/LFB.csv", "check_timestamp": "2026-02-01T00:00:00Z", "order": 1}}}`,
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
	case parts[0] == "products":
		s.serveProduct(rec, r, parts[1], len(parts) == 3)
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
	if strings.Contains(body, "%s") {
		body = fmt.Sprintf(body, s.URL)
	}
	_, _ = w.Write([]byte(body)) // the client may have gone
}

// serveProduct is the Ordnance Survey's API of downloads: what a product is, its files, and
// with "redirect" the way to one.
func (s *standIn) serveProduct(w http.ResponseWriter, r *http.Request, id string, downloads bool) {
	q := r.URL.Query()
	switch {
	case s.files[id] == nil:
		http.NotFound(w, r)
	case !downloads:
		fmt.Fprintf(w, `{"id": %q, "name": %[1]q, "version": %q, "dataStructures": ["Vector"]}`, id, s.edition)
	case q.Get("area") != "GB" || q.Get("format") != "CSV":
		http.Error(w, "an area and a format are needed", http.StatusBadRequest)
	case q.Has("redirect"):
		http.Redirect(w, r, "/signed/"+id+"?"+signature, http.StatusTemporaryRedirect)
	default:
		f := s.files[id]
		fmt.Fprintf(w, `[{"md5": %q, "size": %d, "url": %q, "format": "CSV", "area": "GB", "fileName": %q}]`,
			f.md5, len(f.content), s.URL+r.URL.String()+"&redirect", f.name)
	}
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
		start, _ := parseContentRange(strings.Replace(r.Header.Get("Range"), "=", " ", 1) + "/*")
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

// change alters or looks at the stand-in between requests.
func (s *standIn) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// content is what a resource's file holds now.
func (s *standIn) content(id string) (content []byte) {
	s.change(func() { content = s.files[id].content })
	return content
}

// said is the requests since the last call.
func (s *standIn) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

// eager is the datastore at base without spaces between requests.
func eager(base string) *Datastore {
	d := NewDatastore(base)
	d.c.turns.SetLimit(rate.Inf)
	return d
}
