package web_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/api/web"
	"lfb/api/web/canned"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
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

func TestAskReads(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for _, tc := range []struct {
		name, query string
		status      int
		want        string
	}{
		{"postcode", "where=se10+9nf", 200, "SE10 9NF"},
		{"district", "where=%20n1", 200, "N1, Islington (whole district)"},
		{"a slip", "where=SE1O+9NF", 200, "is read as SE10 9NF"},
		{"a torn postcode", "where=SE10+99F", 200, "is no postcode: answered for the district SE10"},
		{"a sector", "where=SE10+9", 200, "<h2>SE10 9, Greenwich (by its district)</h2>"},
		{"an area", "where=SE", 200, "is several districts"},
		{"an area's title", "where=SE", 200, "<h2>SE, several districts "},
		{"Brighton", "where=BN1+1AA", 422, "is outside London"},
		{"degrees", "where=51.4826,-0.0077", 200, "Greenwich"},
		{"metres", "where=538450+178650", 200, "538450, 178650"},
		{"borough", "where=tower+hamlets", 200, "<h2>Tower Hamlets (whole borough)</h2>"},
		{"across a borough", "where=tower+hamlets", 200, "Across all of Tower Hamlets it is "},
		{"borough code", "where=e09000011", 200, "Greenwich"},
		{"ward code", "where=E05000220", 200, "E05000220"},
		{"station", "where=old+kent+road", 200, "Old Kent Road"},
		{"second engine", "where=SE10&pump=2", 200, "second engine"},
		{"described", "where=Kitchen+fire+in+a+flat,+se109nf+please", 200, `fire <em class="tag">from your words`},
		{"described property", "where=kitchen+fire+in+a+flat+at+SE10+9NF", 200, `Dwelling <em class="tag">from your words`},
		{"described by district", "where=smoke+alarm+in+E14", 200, `automatic alarm <em class="tag">from your words`},
		{"described by borough", "where=gas+smell+somewhere+in+Tower+Hamlets", 200, "<h2>Tower Hamlets (whole borough)</h2>"},
		{"described by station", "where=lift+stuck+near+old+kent+road+station", 200, `lift release <em class="tag">from your words`},
		{"a field is stronger", "where=fire+in+SE10&reported=flooding", 200, "<dd>flooding</dd>"},
		{"sent from", "where=SE10&from=Soho", 200, "<dd>Soho</dd>"},
		{
			"not used", "where=SE10&reported=zombies", 200,
			"<strong>Not used:</strong> report &#34;zombies&#34; is not in the training rows",
		},
		{"far away", "where=55.0,-3.0", 422, "is outside London"},
		{"unknown district", "where=ZE3", 422, "is outside London"},
		{"nonsense", "where=%25%25", 422, "is not recognised. Try a postcode (SE10 9NF)"},
		{"blank", "where=%20", 200, "Type a place: the answer appears here"},
		{"not in Britain", "where=10,10", 422, "is not recognised"},
		{"no time", "where=SE10&when=soon", 422, "is none like"},
		{"no engine", "where=SE10&pump=3", 422, "neither 1 nor 2"},
		{"long", "where=" + strings.Repeat("x", 500), 422, "500 bytes"},
		{"words not used", "where=bin+fire+behind+Tesco,+SE10", 200, "<strong>Not used:</strong> “tesco”"},
		{"an engine in words", "where=kitchen+fire+second+engine+SE10", 200, `<dd>second engine <em class="tag">from your words</em></dd>`},
		{"a place of that name", "where=fire+near+Greenwich+station", 200, "Greenwich"},
		{"which of several", "where=A406", 200, "<h2>Which one?</h2>"},
		{"three words", "where=filled.count.soap", 422, "what3words"},
		{"a grid reference", "where=TQ+382+774", 200, "<h2>TQ 382 774, "},
		{"another county", "where=Brighton", 422, "Brighton is outside London"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := get(full, "/?when=2017-04-04T08:30&"+tc.query)
			if strings.Contains(tc.query, "when=") {
				w = get(full, "/?"+tc.query)
			}
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("GET /?%s = %d, want %d with %q:\n%s", tc.query, w.Code, tc.status, tc.want, w.Body)
			}
		})
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

// previews notes of every question whether it was a preview.
type previews struct {
	web.Predictor
	asked []bool
}

func (p *previews) Predict(questions []serve.Question) ([]serve.Reply, error) {
	for _, q := range questions {
		p.asked = append(p.asked, q.Preview)
	}
	return p.Predictor.Predict(questions)
}

// What the page asks while somebody types is no question for the log; what it comes to is.
func TestTypingIsNotLogged(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	p := &previews{Predictor: o.Predictor}
	o.Predictor = p
	h := web.New(o)
	for _, path := range []string{"/answer?where=SE10&preview", "/answer?where=SE10", "/?where=SE10"} {
		if got := get(h, path); got.Code != http.StatusOK {
			t.Errorf("%s = %d", path, got.Code)
		}
	}
	// Each question is put for the other engine too, whose answer is part of the record.
	if want := []bool{true, true, true, false, true, false}; !slices.Equal(p.asked, want) {
		t.Errorf("previews = %v, want %v", p.asked, want)
	}
}

// An answer has a permanent page that says what was said, by whom and what came of it, to who
// asked and to analysts.
func TestAnswersArePermanent(t *testing.T) {
	t.Parallel()
	o := newGuardedOptions(t)
	h := web.New(o)
	as := func(account, path string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.SetBasicAuth(account, "right")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	_, page := as("operator", "/?where=kitchen+fire+in+SE10&incident=000123-04042017")
	_, mine := as("admin", "/?where=N1")
	link := regexp.MustCompile(`/answers/[0-9a-f-]+`)
	answer, other := link.FindString(page), link.FindString(mine)
	headline := regexp.MustCompile(`<p class="big">.*`).FindString(page)
	if answer == "" || other == "" || headline == "" {
		t.Fatalf("answers %q and %q, headline %q", answer, other, headline)
	}
	for _, who := range []string{"operator", "analyst", "admin"} {
		code, kept := as(who, answer)
		for _, want := range []string{
			headline, "by operator", "version <code>9e3b41c07d52</code> (gbdt)", "000123-04042017",
			"The first engine was there 4:50 after it was sent", `value="kitchen fire in SE10"`, "<title>10:",
		} {
			if code != 200 || !strings.Contains(kept, want) {
				t.Errorf("%s as %s = %d, want it to say %q:\n%s", answer, who, code, want, kept)
			}
		}
	}
	if code, _ := as("operator", other); code != 404 {
		t.Errorf("an operator reads what another asked: %d", code)
	}
	for who, limited := range map[string]bool{"operator": true, "analyst": false, "admin": false} {
		if code, body := as(who, "/answers/nonsense"); code != 404 ||
			strings.Contains(body, "operators see what they asked themselves") != limited {
			t.Errorf("/answers/nonsense as %s = %d, want a word on what operators see %v:\n%s", who, code, limited, body)
		}
	}
	if code, body := as("operator", "/"); code != 200 || !strings.Contains(body, `href="`+answer+`"`) || strings.Contains(body, other) {
		t.Errorf("the page has not the operator's own last questions alone:\n%s", body)
	}
}

// Without data on call handling an administrator's figure counts, and says so.
func TestAssumedCallHandling(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	ask := func(want ...string) {
		t.Helper()
		body := get(h, "/?where=SE10").Body.String()
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("the answer does not say %q:\n%s", w, body)
			}
		}
	}
	ask("from when the engine is sent.</span>", "how long this call is handled is not known")
	form := url.Values{"seconds": {"90"}, "revision": {"0"}, "why": {"the year’s median"}}
	if w := post(h, "/settings", form); w.Code != 303 || w.Header().Get("Location") != "/settings?changed=setting" {
		t.Errorf("setting = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	ask("— in ", "1:30 for call handling is assumed, set by an administrator")
	if w := post(h, "/settings", form); w.Code != 409 {
		t.Errorf("setting from a revision that is past = %d, want 409", w.Code)
	}
	for _, seconds := range []string{"-1", "1801", "soon", ""} {
		if w := post(h, "/settings", url.Values{"seconds": {seconds}, "revision": {"1"}, "why": {"x"}}); w.Code != 422 {
			t.Errorf("setting %q s = %d, want 422", seconds, w.Code)
		}
	}
	if body := get(h, "/settings").Body.String(); !strings.Contains(body,
		"<strong>1:30</strong> is assumed, set by local") || !strings.Contains(body, "the year’s median") {
		t.Errorf("the page does not say what is set:\n%s", body)
	}
	if log := s.Changes(); len(log) != 1 || log[0].Action != "set call_handling" {
		t.Errorf("audit = %+v, want the one change", log)
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

// While one types places are suggested, and nothing is said to be wrong.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for query, want := range map[string]string{
		"kitchen+fire+near+green": `data-where="kitchen fire, Greenwich"`, "SE10": "", "A406": `role="option"`, "qq": "", "": "",
	} {
		w := get(full, "/suggestions?where="+query)
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, want) || want == "" &&
			strings.TrimSpace(body) != "" {
			t.Errorf("suggestions for %q = %d, want %q:\n%s", query, w.Code, want, body)
		}
	}
	for _, typed := range []string{"kitch", "kitchen fire", "SE1O 9", "BN1"} {
		w := get(full, "/answer?preview&where="+url.QueryEscape(typed))
		if body := w.Body.String(); w.Code != 200 || strings.Contains(body, "alert") {
			t.Errorf("while %q is typed = %d:\n%s", typed, w.Code, body)
		}
	}
}
