package web_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/api/web"
	"lfb/api/web/canned"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

var update = flag.Bool("update", false, "write the golden pages")

// newOptions are canned ones, with note wherever a text comes from outside.
func newOptions(t *testing.T, note string) web.Options {
	t.Helper()
	o, err := canned.NewOptions(note)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// newGuardedOptions are canned ones with an account of each role, named like it, whose
// password is right.
func newGuardedOptions(t *testing.T) web.Options {
	t.Helper()
	o := newOptions(t, "")
	var err error
	if o.Auth, o.Sessions, err = canned.OpenAccounts("right"); err != nil {
		t.Fatal(err)
	}
	return o
}

func handlers(t *testing.T, note string) (full, empty http.Handler) {
	t.Helper()
	return web.New(newOptions(t, note)), web.New(canned.NewEmptyOptions())
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// stable takes the assets' hashes out: a change of style changes no page.
var assetHash = regexp.MustCompile(`/static/[0-9a-f]{8}/`)

// wholePage is the golden page that holds the layout too; of the others only what
// is their own is kept.
const wholePage = "ask"

// mainOf is the page's own part; a fragment is all of it.
func mainOf(page string) string {
	_, rest, ok := strings.Cut(page, "<main id=\"main\" class=\"wide\">\n")
	own, _, closed := strings.Cut(rest, "\n</main>")
	if !ok || !closed {
		return page
	}
	return own + "\n"
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, s := range canned.Stories() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			h, empty := handlers(t, "") // what others ask stands on nobody's page
			if s.Empty {
				h = empty
			}
			w := get(h, s.Path)
			if w.Code != s.Status {
				t.Fatalf("GET %s = %d, want %d: %s", s.Path, w.Code, s.Status, w.Body)
			}
			got := mainOf(w.Body.String())
			if s.Name == wholePage {
				got = w.Body.String()
			}
			got = assetHash.ReplaceAllString(got, "/static/hash/")
			path := filepath.Join("testdata", s.Name+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("page %s differs (go test ./api/web -update where it should):\n%s", s.Name, d)
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for _, path := range []string{"/", "/runs", "/no/such/page"} {
		policy := get(full, path).Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: Content-Security-Policy = %q", path, policy)
		}
	}
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script>|javascript:`)
	for _, s := range canned.Stories() {
		if m := inline.FindString(get(full, s.Path).Body.String()); m != "" {
			t.Errorf("page %s has %q, which the policy forbids", s.Name, m)
		}
	}
}

func TestHostileTextIsEscaped(t *testing.T) {
	t.Parallel()
	const hostile = `<script>alert(1)</script>"'><img src=x>`
	full, _ := handlers(t, hostile)
	seen := 0
	for _, s := range canned.Stories() {
		if s.Empty {
			continue
		}
		body := get(full, s.Path).Body.String()
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("page %s lets hostile text through", s.Name)
		}
		if strings.Contains(body, "alert(1)") {
			seen++
		}
	}
	if seen < 5 {
		t.Errorf("hostile text shows on %d pages, want at least 5: the test tests nothing", seen)
	}
	body := get(full, "/?where=%3Cscript%3Ealert(1)%3C/script%3E").Body.String()
	if strings.Contains(body, "<script>alert") || !strings.Contains(body, "alert(1)") {
		t.Errorf("a hostile place is not shown escaped:\n%s", body)
	}
}

var href = regexp.MustCompile(`(?:href|src|data-events)="(/[^"]*)`)

// TestLinksResolve follows every link from every page, maps' hexagons by sample.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	done := map[string]bool{}
	places := 0
	for _, s := range canned.Stories() {
		if s.Empty {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(get(full, s.Path).Body.String(), -1) {
			path, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			if strings.HasPrefix(path, "/?") {
				if places++; places%20 != 0 {
					continue
				}
			}
			if done[path] || strings.HasSuffix(path, "/events") {
				continue
			}
			done[path] = true
			// The leaderboard has versions that were never registered: those that did not win.
			if w := get(full, path); w.Code != http.StatusOK && !strings.Contains(path, "/9e3b41c07d5") {
				t.Errorf("page %s links to %s = %d", s.Name, path, w.Code)
			}
		}
	}
	if len(done) < 20 {
		t.Errorf("%d links followed, want at least 20", len(done))
	}
}

func TestBadQueriesAreNamed(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for path, want := range map[string]int{
		"/coverage?hour=24": 422, "/coverage?day=x": 422, "/coverage?pump=0": 422, "/coverage?out=Atlantis": 303,
		"/cover?out=Atlantis": 422, "/cover?since=24": 422, "/cover?where=Atlantis": 422, "/cover?saved=x": 404,
		"/cover/layer?out=Soho/9": 422, "/coverage?by=nothing": 200,
		"/compare": 303, "/compare?run=a": 303, "/compare?" + strings.Repeat("run=a&", 21): 422, "/runs?before=soon": 422,
		"/runs?format=csv&table=9": 404, "/compare?run=a&run=b": 404, "/runs/x": 404, "/runs/x/events": 404,
		"/models/a/b": 404, "/models/a/b/bundle": 404, "/files/x": 404, "/data/x/report": 404, "/static/none.js": 404,
	} {
		if w := get(full, path); w.Code != want {
			t.Errorf("GET %s = %d, want %d", path, w.Code, want)
		}
	}
}

// TestCompareLeadsBackWithMarks: with one run marked there is nothing to compare, and it
// stays marked.
func TestCompareLeadsBackWithMarks(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	w := get(full, "/compare?run=20170403-060000-4f1c9a2b")
	to := w.Header().Get("Location")
	body := get(full, to).Body.String()
	if !strings.Contains(body, `value="20170403-060000-4f1c9a2b" aria-label="mark run 20170403-060000-4f1c9a2b" checked`) || !strings.Contains(body, "Mark two runs or more") {
		t.Errorf("it leads to %s: %s", to, body)
	}
}

// TestCompareShowsWhatDiffers puts the settings that differ on top, and leaves out those that do not.
func TestCompareShowsWhatDiffers(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	body := get(full,
		"/compare?run=20170403-060000-4f1c9a2b&run=20170403-010000-4f1c9a2b&run=20170403-040000-4f1c9a2b").Body.String()
	for _, want := range []string{`<th scope="row">even if the data has not changed</th><td>no</td><td>no</td><td>yes</td>`, "run C", `class="whisker better"`, "3 runs compared"} {
		if !strings.Contains(body, want) {
			t.Errorf("it lacks %s: %s", want, body)
		}
	}
	if strings.Contains(body, "train holdout days") || strings.Contains(body, ">data set<") {
		t.Error("it lists settings that are the same")
	}
	csv := get(full, "/compare?run=20170403-060000-4f1c9a2b&run=20170403-010000-4f1c9a2b&format=csv&table=2")
	if got := csv.Body.String(); csv.Header().Get("Content-Type") != "text/csv; charset=utf-8" ||
		!strings.HasPrefix(got, "candidate,run A,run B\ngbdt,100.5,98.2\n") {
		t.Errorf("as CSV it is %s", got)
	}
}

func TestPlots(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	if w := get(full, "/runs/20170403-060000-4f1c9a2b/plots/gbdt/curve"); w.Code != 200 ||
		!strings.Contains(w.Body.String(), "rounds") {
		t.Errorf("curve = %d, %.200s", w.Code, w.Body)
	}
	for _, kind := range []string{"slices", "errors", "calibration", "coverage", "importances"} {
		for _, base := range []string{
			"/runs/20170403-060000-4f1c9a2b/plots/gbdt/",
			"/models/lfb-attendance-synthetic/9e3b41c07d52/plots/",
		} {
			w := get(full, base+kind)
			body := w.Body.String()
			if w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(body, "<svg ") ||
				!strings.Contains(body, "prefers-color-scheme:dark") {
				t.Errorf("GET %s%s = %d, %.200s", base, kind, w.Code, body)
			}
			if again := get(full, base+kind).Body.String(); again != body {
				t.Errorf("GET %s%s: drawn again it differs", base, kind)
			}
		}
	}
	for _, path := range []string{
		"/runs/20170403-060000-4f1c9a2b/plots/none/errors", "/runs/20170403-060000-4f1c9a2b/plots/gbdt/none",
		"/runs/20170403-060000-4f1c9a2b/plots/randomforest/errors", "/runs/none/plots/gbdt/errors",
	} {
		if w := get(full, path); w.Code != 404 {
			t.Errorf("GET %s = %d, want 404", path, w.Code)
		}
	}
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	w := get(full, "/models/lfb-attendance-synthetic/9e3b41c07d52/bundle")
	if got := w.Header().Get("Content-Disposition"); w.Code != 200 || !strings.Contains(got, "9e3b41c07d52.lfb") ||
		w.Body.Len() == 0 {
		t.Errorf("bundle = %d, %q, %d bytes", w.Code, got, w.Body.Len())
	}
	w = get(full, "/data/5c1f2be09a77/report/raw")
	if got := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.Contains(got, "sandbox") {
		t.Errorf("report = %d, policy %q, want a sandbox", w.Code, got)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	o := newGuardedOptions(t)
	o.Sessions = nil
	h := web.New(o)
	for _, tc := range []struct {
		name, account, password, path string
		want                          int
	}{
		{"nobody", "", "", "/", 401},
		{"nobody's detail", "", "", "/runs/x/events", 401},
		{"styles are open", "", "", "/static/none", 404},
		{"wrong password", "admin", "wrong", "/", 401},
		{"operator asks", "operator", "right", "/?where=SE10", 200},
		{"operator reads runs", "operator", "right", "/runs", 403},
		{"operator downloads", "operator", "right", "/data/5c1f2be09a77/report", 403},
		{"analyst reads runs", "analyst", "right", "/runs", 200},
		{"admin reads models", "admin", "right", "/models", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tc.path, nil)
			if tc.account != "" {
				r.SetBasicAuth(tc.account, tc.password)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("GET %s as %q = %d, want %d", tc.path, tc.account, w.Code, tc.want)
			}
			if tc.account == "operator" && w.Code == 200 && strings.Contains(w.Body.String(), `href="/runs"`) {
				t.Error("an operator is shown pages that they may not read")
			}
		})
	}
}

// A run's events go on by a fake clock until the reader is gone.
func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := handlers(t, "")
		events := func(run string) string {
			ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
			defer leave()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/runs/"+run+"/events", nil))
			return w.Body.String()
		}
		begin := time.Now()
		ended := events("20170403-060000-4f1c9a2b")
		if !strings.Contains(ended, "event: end\ndata: over\n\n") || time.Since(begin) != 0 {
			t.Errorf("events of a run that has ended = %q after %v, want an end at once", ended, time.Since(begin))
		}
		running := events("20170403-090000-4f1c9a2b")
		if !strings.Contains(running, "event: steps\ndata: <div") || strings.Contains(running, "event: end") {
			t.Errorf("events of a running run = %q, want its steps and no end", running)
		}
		w := httptest.NewRecorder()
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/admin/events", nil))
		if home := w.Body.String(); strings.Count(home, "event: board") != 1 || !strings.Contains(home, `event: badges`+"\n"+`data: {"models":1,"monitoring":1,"runs":0}`) {
			t.Errorf("events of the home page in a quiet minute = %.300q, want it and its badges once", home)
		}
		if n := strings.Count(running, "event: steps"); n != 1 {
			t.Errorf("steps that did not change were sent %d times, want once", n)
		}
	})
}

// broken is a store that is away.
type broken struct{ *canned.Store }

func (broken) ListRuns(context.Context, registry.Query) ([]registry.Run, error) {
	return nil, fmt.Errorf("dial tcp 10.1.2.3:3306: secret detail: %w", lfb.ErrUnavailable)
}

func (broken) VersionNames(context.Context, registry.VersionQuery) ([]registry.VersionName, error) {
	return nil, errors.New("table secret_detail is missing")
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	s, err := canned.NewStore("")
	if err != nil {
		t.Fatal(err)
	}
	o.Store = broken{s}
	h := web.New(o)
	if w := get(h, "/?where=SE10"); w.Code != http.StatusOK {
		t.Errorf("GET / without a store = %d, want an answer", w.Code)
	}
	for path, want := range map[string]int{"/runs": 503, "/models": 500} {
		w := get(h, path)
		if w.Code != want || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("GET %s without a store = %d, want %d without inner text:\n%s", path, w.Code, want, w.Body)
		}
	}
}

// What is sent is packed, and Ask is light without the map.
func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	const most = 40 << 10
	total := 0
	packed := func(path string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip, br")
		w := httptest.NewRecorder()
		full.ServeHTTP(w, r)
		if w.Header().Get("Content-Encoding") != "gzip" && w.Body.Len() > 4<<10 {
			t.Errorf("GET %s: %d bytes, encoded %q, want gzip", path, w.Body.Len(), w.Header().Get("Content-Encoding"))
		}
		total += w.Body.Len()
		return w.Body.String()
	}
	packed("/?where=SE10")
	for _, m := range regexp.MustCompile(`/static/[0-9a-f]+/[a-z.]+`).FindAllString(get(full, "/").Body.String(), -1) {
		if !strings.Contains(m, "/map.") {
			packed(m)
		}
	}
	if t.Logf("Ask: %d bytes over the wire", total); total > most {
		t.Errorf("Ask is %d bytes over the wire, want at most %d", total, most)
	}
}
