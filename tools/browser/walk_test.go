package browser

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var clock = regexp.MustCompile(`^\d+:\d\d$`)

func TestSignInAndOut(t *testing.T) {
	v := visit(t, "", 1200, 900)
	v.open("/")
	v = visit(t, "analyst", 1200, 900)
	v.has(".who", "analyst")
	v.open("/models")
	if n := eval[int](v, `document.querySelectorAll('a[href$="/promote"]').length`); n != 0 {
		t.Errorf("an analyst is offered %d promotions", n)
	}
	v.do(chromedp.Click(css(".out button")), chromedp.WaitVisible(css("#password")))
	v.open("/runs")
	if got := v.path(); got != "/sign-in?to=%2Fruns" {
		t.Errorf("after signing out /runs leads to %s", got)
	}
	v.expect = 1 // the browser logs the 401 of the next form
	v.do(
		chromedp.SendKeys(css("#name"), "analyst"), chromedp.SendKeys(css("#password"), "wrong\r"),
		chromedp.WaitVisible(css(".note[role=alert]")),
	)
	v.do(chromedp.SendKeys(css("#password"), password+"\r"), chromedp.WaitVisible(css("table.rows")))
	if got := v.path(); got != "/runs" {
		t.Errorf("after signing in again one is at %s, want /runs", got)
	}
}

// TestAskByTyping measures from the last key to the answer on the page.
func TestAskByTyping(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.js(`{
		const where = document.getElementById('where'), answer = document.getElementById('answer');
		window.waits = [];
		let typed = 0;
		where.addEventListener('input', () => { typed = performance.now(); });
		new MutationObserver(() => { if (typed && answer.querySelector('.answer')) { window.waits.push(performance.now() - typed); typed = 0; } }).observe(answer, {childList: true});
	}`)
	for _, place := range []string{"SE10 9NF", "N1", "Shoreditch", "kitchen fire in a flat, E14"} {
		v.js("document.getElementById('where').value = ''")
		v.do(chromedp.SendKeys(css("#where"), place))
		v.until(`document.querySelector('#answer:not(.stale) .answer')?.dataset.id && location.pathname === '/answers/' + document.querySelector('.answer').dataset.id`)
		if got := v.text(".big .num"); !clock.MatchString(got) {
			t.Errorf("%s: the answer is %q, want a time of day", place, got)
		}
		if title := eval[string](v, "document.title"); !strings.HasPrefix(title, v.text(".big .num")+" ") {
			t.Errorf("%s: the tab is called %q", place, title)
		}
	}
	waits := eval[[]float64](v, "window.waits")
	slices.Sort(waits)
	t.Logf("from the last key to the answer: %.0f ms", waits)
	if waits[0] > 100 {
		t.Errorf("from the last key to the answer: %.0f ms at least, want 100 at most", waits[0])
	}
	// Each question that settled is a step back, and stands among the last.
	if n := eval[int](v, "document.querySelectorAll('#last li').length"); n != 4 {
		t.Errorf("%d last questions, want 4", n)
	}
	v.js("history.back()")
	v.has("#answer h2", "Shoreditch")
	v.until(`document.getElementById('where').value === 'Shoreditch'`)
	v.do(chromedp.Click(css("#answer details:nth-of-type(2) summary")))
	v.has("#answer .why", "mean for this call")
}

// TestAskFitsTheScreen: the field and the number are on the first screen, and the phone's header is
// one line.
func TestAskFitsTheScreen(t *testing.T) {
	for _, size := range [][2]int64{{1366, 768}, {1024, 768}, {390, 844}} {
		v := visit(t, "admin", size[0], size[1])
		v.open("/?where=kitchen+fire+in+a+flat,+SE10+9NF")
		for _, sel := range []string{"#where", ".big .num", ".by"} {
			if bottom := eval[float64](v, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().bottom",
				sel)); bottom > float64(size[1]) {
				t.Errorf("%v: %s ends at %.0f px", size, sel, bottom)
			}
		}
		if h := eval[float64](v, "document.querySelector('.bar-top').offsetHeight"); size[0] < 500 && h > 56 {
			t.Errorf("%v: the header is %.0f px high, want 56 at most", size, h)
		}
	}
}

// TestSuggestions: places are suggested while one types, quietly, and chosen by the keyboard.
func TestSuggestions(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.js(`window.alerts = 0; new MutationObserver(() => { window.alerts += document.querySelectorAll('[role=alert]').length; }).observe(document.body, {childList: true, subtree: true})`)
	v.do(chromedp.SendKeys(css("#where"), "kitchen fire near green"))
	v.until(`document.querySelectorAll('#suggestions:not([hidden]) [role=option]').length > 1 && document.getElementById('where').ariaExpanded === 'true'`)
	v.do(chromedp.KeyEvent(kb.ArrowDown))
	v.until(`document.getElementById(document.getElementById('where').getAttribute('aria-activedescendant'))?.ariaSelected === 'true'`)
	v.do(chromedp.KeyEvent(kb.Enter))
	v.until(`document.querySelector('#answer:not(.stale) h2')?.innerText.includes('Greenwich') && document.getElementById('suggestions').hidden`)
	if got := eval[string](v, "document.getElementById('where').value"); got != "kitchen fire, Greenwich" {
		t.Errorf("the field has %q, want the words and the place", got)
	}
	v.until(`document.getElementById('ask-status').innerText.includes('Nine in ten by')`)
	if n := eval[int](v, "window.alerts"); n != 0 {
		t.Errorf("%d alarms while somebody typed", n)
	}
}

// change types another place.
func (v *visitor) change(place string) {
	v.Helper()
	v.js(fmt.Sprintf("{ const w = document.getElementById('where'); w.value = %q; w.dispatchEvent(new Event('input', "+
		"{bubbles: true})); }", place))
}

// network makes the requests of answers go wrong: offline, or later.
func (v *visitor) network(offline bool, latency float64) {
	v.Helper()
	v.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{
				Offline: offline, Latency: latency, DownloadThroughput: -1,
				UploadThroughput: -1,
			}},
		})
		return err
	}))
}

// askFirst asks a first question, whose answer must then never stand under another.
func (v *visitor) askFirst() {
	v.Helper()
	v.do(chromedp.SendKeys(css("#where"), "SE10 9NF\r"))
	v.until(`document.querySelector('#answer:not(.stale) .answer')?.dataset.id`)
}

// TestAskUnplugged changes the question without a network: the old answer is grey and says why.
func TestAskUnplugged(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.askFirst()
	v.expect = 8 // the browser logs what it cannot load: previews, suggestions, the question
	v.network(true, 0)
	v.change("N1")
	v.until(`document.getElementById('answer').classList.contains('stale')`)
	v.until(`document.querySelector('#answer.stale .trouble')?.innerText.includes('no connection')`)
	v.network(false, 0)
	v.do(chromedp.Click(css("#answer .trouble button")))
	v.until(`document.querySelector('#answer:not(.stale) h2')?.innerText.includes('N1') && !document.querySelector('.trouble')`)
}

// TestAskExpired changes the question after the session: nothing of another page is poured in, and
// signing in leads back to the question.
func TestAskExpired(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.askFirst()
	v.expect = 8 // each 401
	v.js("fetch('/sign-out', {method: 'POST', redirect: 'manual'}).then(() => { window.out = true; })")
	v.until("window.out")
	v.change("kitchen fire, SE8")
	v.until(`document.querySelector('#answer.stale .trouble')?.innerText.includes('no longer signed in')`)
	if n := eval[int](v, "document.querySelectorAll('main').length"); n != 1 {
		t.Errorf("%d main parts, want one: a page was poured into the answer", n)
	}
	v.do(chromedp.Click(css("#answer .trouble button")), chromedp.WaitVisible(css("#password")))
	v.do(chromedp.SendKeys(css("#name"), "operator"), chromedp.SendKeys(css("#password"), password+"\r"),
		chromedp.WaitVisible(css(".answer")))
	v.has("#answer h2", "SE8")
	if got := eval[string](v, "document.getElementById('where').value"); got != "kitchen fire, SE8" {
		t.Errorf("back with %q in the field", got)
	}
}

// TestAskSlow: while an answer takes 3 s the old one is grey, it is said, and then it comes.
func TestAskSlow(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.askFirst()
	v.network(false, 4000)
	v.change("N1")
	v.until(`document.querySelector('#answer.stale .trouble')?.innerText.includes('longer than usual')`)
	v.until(`document.querySelector('#answer:not(.stale) h2')?.innerText.includes('N1') && !document.querySelector('.trouble')`)
}

// TestAskBroken: a service in trouble is said, with a way to try again.
func TestAskBroken(t *testing.T) {
	v := visit(t, "operator", 1366, 768)
	v.askFirst()
	v.expect = 8
	v.js(`window.real = window.fetch; window.fetch = async () => new Response('', {status: 500})`)
	v.change("N1")
	v.until(`document.querySelector('#answer.stale .trouble')?.innerText.includes('has a problem (500)')`)
	v.js(`window.fetch = window.real`)
	v.do(chromedp.Click(css("#answer .trouble button")))
	v.until(`document.querySelector('#answer:not(.stale) h2')?.innerText.includes('N1') && !document.querySelector('.trouble')`)
}

func TestAskByMap(t *testing.T) {
	v := visit(t, "operator", 1200, 1500)
	v.js("window.stayed = true")
	v.do(chromedp.WaitVisible(css(".map .river")), chromedp.Click(css(".map-view > svg")),
		chromedp.WaitVisible(css("#answer .answer")))
	if !eval[bool](v, "window.stayed === true") {
		t.Error("the click loaded the page again")
	}
	if got := eval[string](v, "document.getElementById('where').value"); !regexp.MustCompile(`^51\.\d{5}, -?0\.\d{5}$`).MatchString(got) {
		t.Errorf("the field has %q, want latitude and longitude", got)
	}
	v.until(`document.querySelector('.map .mark:not(.off)') && document.querySelector('.map-tip:not([hidden])').innerText.includes('in ten')`)
	v.has(".map figcaption", "Open Government Licence")
	v.has(".banner", "Synthetic data")
}

// TestAskByKeyboard uses no pointer at all.
func TestAskByKeyboard(t *testing.T) {
	v := visit(t, "operator", 1200, 1500)
	v.until(`document.activeElement.id === 'where'`)
	v.do(chromedp.KeyEvent("SE10 9NF" + kb.Enter))
	v.has("#answer h2", "SE10 9NF")
	// The button, what is folded away, and what is reported.
	v.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" "))
	v.until(`document.getElementById('more').open`)
	v.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("fire"))
	v.until(`document.getElementById('reported').value === 'fire' && document.querySelector('#answer .facts').textContent.includes('fire')`)
	// From the form's end the facts and the reasons open by the keyboard too.
	v.do(chromedp.Focus(css("#answer details:nth-of-type(2) summary")), chromedp.KeyEvent(" "))
	v.until(`document.querySelector('#answer details:nth-of-type(2)').open`)
	// The protocol's key would type a letter although the page prevents it.
	v.js(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true, cancelable: true}))`)
	v.until(`document.activeElement.id === 'where' && document.activeElement.selectionEnd - document.activeElement.selectionStart === 8`)
	v.open("/coverage")
	v.do(chromedp.KeyEvent(kb.Tab))
	v.until(`document.activeElement.className === 'skip' && document.activeElement.getBoundingClientRect().left >= 0`)
}

// TestMap moves the map by the keyboard, and its colours by the question.
func TestMap(t *testing.T) {
	v := visit(t, "operator", 1200, 1500)
	const width = `document.querySelector('.map-view > svg').viewBox.baseVal.width`
	v.until(`document.querySelectorAll('.map .cells path').length > 20`)
	v.until(`document.querySelectorAll('.map text.name:not(.off)').length > 2 && document.querySelector('.map-scale').innerText.includes('km')`)
	all := eval[float64](v, width)
	v.do(chromedp.Focus(css(".map-view")), chromedp.KeyEvent("+"), chromedp.KeyEvent("+"),
		chromedp.KeyEvent(kb.ArrowRight))
	if near := eval[float64](v, width); near > 0.3*all {
		t.Errorf("after two steps nearer the map is %v wide, of %v", near, all)
	}
	v.until(`document.querySelector('.map-view .vh').innerText.includes('within 6 minutes')`)
	v.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css("#answer .answer")))
	v.do(chromedp.Click(css(".map-tools button:last-child")))
	v.until(width + ` > 0.99 * ` + fmt.Sprint(all))
	v.js(`document.querySelector('#ask [name=pump][value="2"]').click()`)
	v.until(`document.querySelector('.map-said').innerText.includes('second engine') && !document.querySelector('.map.stale')`)
}

// TestCover takes a station out by a click on the map, and starts again.
func TestCover(t *testing.T) {
	v := visit(t, "operator", 1200, 1500)
	v.open("/coverage?by=p50&day=2&hour=8")
	v.do(chromedp.WaitVisible(css(".map rect.station")), chromedp.Click(css(".map rect.station")))
	v.until(`location.pathname === '/cover' && document.querySelector('.whatif')?.innerText.includes(' out:')`)
	v.do(chromedp.WaitVisible(css(".map path.gone")), chromedp.Click(css("#plan a")))
	v.until(`document.querySelector('.whatif')?.innerText.includes('as often away as usual')`)
}

func TestRunsAndCompare(t *testing.T) {
	v := visit(t, "analyst", 1200, 1500)
	v.open("/runs/" + running)
	v.has("#steps", "train gbdt")
	v.has("#steps", "waited 1 min 48 s for a worker")
	v.has("#steps", "reused from run")
	v.open("/runs/" + ended)
	v.do(chromedp.ScrollIntoView(css("details")))
	for _, kind := range []string{"errors", "calibration", "coverage", "curve", "importances"} {
		v.do(chromedp.ScrollIntoView(css(`img[src$="/` + kind + `"]`)))
		v.until(`document.querySelector('img[src$="/` + kind + `"]').naturalWidth > 0`)
	}
	v.open("/runs")
	v.do(
		chromedp.Click(css(`input[value="`+first+`"]`)), chromedp.Click(css(`input[value="`+ended+`"]`)),
		chromedp.Click(css(".pager button")), chromedp.WaitVisible(css(".sides")),
	)
	v.has("main", "−2.3")
	if n := eval[int](v, `document.querySelectorAll('.sides img').length`); n != 6 {
		t.Errorf("%d plots side by side, want 6", n)
	}
}

// TestDesk counts clicks from signing in: what serves and whether it is getting worse
// takes none, why the last run came out as it did one, running it again with another seed
// three, cancelling a run two.
func TestDesk(t *testing.T) {
	v := visit(t, "admin", 1366, 900)
	clicks := 0
	click := func(sel string, next chromedp.CSS) {
		t.Helper()
		clicks++
		v.do(chromedp.Click(css(sel)), chromedp.WaitVisible(next))
	}
	if got := v.path(); got != "/admin" {
		t.Fatalf("an administrator lands on %s, want the home page", got)
	}
	v.has("#board", "v2 gbdt")
	v.has("#board", "Is it getting worse?")
	v.has("#board", "better than v1 gbdt, which served before")
	if top := eval[float64](v, `Math.max(...[...document.querySelectorAll('.board .headline')].slice(0, 2).map((e) => e.getBoundingClientRect().bottom))`); top > 900 {
		t.Errorf("what serves and how it does ends at %.0f px of 900", top)
	}
	click(".board details summary", css(".board details[open] .checks"))
	v.has(".board details", "better than the champion")
	if clicks > 1 {
		t.Errorf("why the last run came out so took %d clicks", clicks)
	}
	v.open("/admin")
	clicks = 0
	click(`.board a[href="/runs/`+ended+`"]`, css(`a[href^="/retrain"]`))
	click(`a[href^="/retrain"]`, css("#seed"))
	v.js("document.getElementById('seed').value = ''")
	v.do(chromedp.SendKeys(css("#seed"), "42"), chromedp.SendKeys(css("#why"), "another seed"))
	click(".retrain button", css("#steps"))
	if v.has("main", "The retrain is under way"); clicks > 3 {
		t.Errorf("another seed took %d clicks, want 3 at most", clicks)
	}
	v.has(".facts", "42")
	v.until(`!location.search.includes('changed')`)
	v.open("/admin")
	clicks = 0
	click(`.board a[href="/runs/`+running+`"]`, css("button.danger"))
	v.do(chromedp.SendKeys(css("[name=why]"), "the data is wrong"))
	click("button.danger", css(".done"))
	if v.has("main", "asked to stop"); clicks > 2 {
		t.Errorf("cancelling took %d clicks, want 2 at most", clicks)
	}
}

// TestBadgesFollow: what is decided elsewhere shows at the menu without a click.
func TestBadgesFollow(t *testing.T) {
	v := visit(t, "admin", 1366, 900)
	v.open("/runs")
	v.has(`[data-badge=models]`, "1")
	v.js(`fetch('/approvals/promote%20lfb-attendance-synthetic%203', {method: 'POST', body: new URLSearchParams({revision: 2, decision: 'reject', why: 'seen'})})`)
	v.until(`document.querySelector('[data-badge=models]').hidden`)
}

// TestTables sorts one, and a plot says what its points are.
func TestTables(t *testing.T) {
	v := visit(t, "analyst", 1366, 1200)
	v.open("/runs/" + ended)
	v.do(chromedp.ScrollIntoView(css(`thead a[href*="rmse-hold-out"]`)), chromedp.Click(css(`thead a[href*="rmse-hold-out"]`)), chromedp.WaitVisible(css("[aria-sort=ascending]")))
	v.do(chromedp.Click(css("[aria-sort=ascending] a")), chromedp.WaitVisible(css("[aria-sort=descending]")))
	v.do(chromedp.ScrollIntoView(css(`img[src$="/curve"]`)))
	v.until(`document.querySelector('img[src$="/curve"]').naturalWidth > 0`)
	v.js(`{
		const img = document.querySelector('img[src$="/curve"]'), box = img.getBoundingClientRect();
		img.dispatchEvent(new PointerEvent('pointerenter'));
		window.move = setInterval(() => {
			for (let x = 0; x < box.width; x += 20) for (let y = 0; y < box.height; y += 20)
				if (document.querySelector('.tip').hidden) img.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + x, clientY: box.top + y}));
		}, 100);
	}`)
	v.until(`!document.querySelector('.tip').hidden`)
	v.has(".tip", "round ")
	v.js("clearInterval(window.move)")
}

// TestApproveThenRollBack is an administrator's morning.
func TestApproveThenRollBack(t *testing.T) {
	v := visit(t, "admin", 1200, 1500)
	// The page is open while another decision is made.
	v.open(line + previous + "/promote")
	stale := eval[string](v, `document.querySelector('[name=revision]').value`)
	v.open("/models")
	v.do(chromedp.Click(css(`section a[href^="/approvals/"]`)), chromedp.WaitVisible(css("#why")))
	v.has("table.evidence", "RMSE")
	v.do(chromedp.SendKeys(css("#why"), "looked at the slices"), chromedp.Click(css(`button[value=approve]`)), chromedp.WaitVisible(css(".done")))
	v.has("main", "Approved.")
	v.has(".ledger li", "Looked at the slices")
	v.open(line + previous + "/promote")
	v.has(".lead", "based on revision 3")
	v.expect = 1 // the browser logs the 409
	v.do(
		chromedp.SetAttributeValue(css("[name=revision]"), "value", stale), chromedp.SendKeys(css("#why"), "too late"),
		chromedp.Click(css(".decide button")),
	)
	v.has("[role=alert]", "Overtaken")
	v.open(line + previous + "/promote")
	v.do(chromedp.SendKeys(css("#why"), "slower in the east"), chromedp.Click(css(".decide button")))
	v.has("main", "Done: it is in the ledger")
	v.has(".ledger li", "Slower in the east")
	v.open("/about")
	v.has("dl.facts", previous)
	v.open("/schedules")
	v.do(chromedp.SendKeys(css("[name=note]"), "files are late"), chromedp.Click(css("form.inline button")))
	v.has("main", "is paused")
}

func TestWithoutJavaScript(t *testing.T) {
	v := visit(t, "admin", 1200, 1500)
	v.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	v.open("/")
	v.do(
		chromedp.SendKeys(css("#where"), "SE10 9NF"), chromedp.Click(css("#ask button")),
		chromedp.WaitVisible(css("#answer .answer")),
	)
	if got := v.text(".big .num"); !clock.MatchString(got) {
		t.Errorf("the answer is %q, want a time of day", got)
	}
	v.until(`document.querySelector('.map img').naturalWidth > 0`)
	v.open("/coverage")
	v.do(chromedp.Click(css("#coverage button")))
	v.until(`location.search.includes("by=") && document.querySelector("table") !== null`)
	v.open(line + previous + "/promote")
	v.do(chromedp.SendKeys(css("#why"), "by hand"), chromedp.Click(css(".decide button")),
		chromedp.WaitVisible(css(".done")))
	if got := v.text(".done"); !strings.Contains(got, "it is in the ledger") {
		t.Errorf("rolled back without JavaScript: %q", got)
	}
}
