package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lfb/api/web"
	"lfb/internal/serve"
)

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
			headline, "by operator", "v2 gbdt <code class=\"fine\">9e3b41c07d52</code>", "000123-04042017",
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
