package browser

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// violations are axe-core's, with the first element of each.
const violations = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) =>
	r.violations.map((v) => v.id + ' (' + v.impact + ', ' + v.nodes.length + '): ' + v.nodes[0].html.slice(0, 160)))`

// TestAxe holds every page to axe-core, where bench/axe.sh says where that is.
func TestAxe(t *testing.T) {
	path := os.Getenv("LFB_AXE")
	if path == "" {
		t.Skip("bench/axe.sh fetches axe-core and runs this")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		name string
		w, h int64
		dark bool
	}{{"light", 1366, 768, false}, {"dark", 1366, 768, true}, {"phone", 390, 844, false}} {
		t.Run(look.name, func(t *testing.T) {
			v := visit(t, "admin", look.w, look.h)
			// the page's own policy lets no script of ours in
			v.do(call(page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}))
			v.dark(look.dark)
			for _, p := range append(pages(), "/admin", "/retrain", "/settings") {
				v.open(p)
				v.js(string(axe))
				for _, f := range ask(v, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise)) {
					t.Errorf("%s: %s", p, f)
				}
			}
		})
	}
}
