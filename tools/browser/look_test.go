package browser

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// pages are those that every reader can come to.
func pages() []string {
	return []string{
		"/?where=SE10&reported=fire&when=2017-04-04T08:30", "/cover?out=Greenwich", "/availability", "/runs",
		"/runs/" + ended,
		"/runs/" + running, "/compare?run=" + first + "&run=" + ended, "/models", line + previous, line + "9e3b41c07d52",
		line + previous + "/promote",
		"/approvals/promote%20lfb-attendance-synthetic%203", "/schedules", "/data", "/data/5c1f2be09a77",
		"/sample/synthetic", "/monitoring", "/settings", "/about",
		"/admin", "/retrain?like=" + ended, "/runs/" + running + "/step?step=train+gbdt", "/data/5c1f2be09a77/report",
		"/people", "/audit", "/replays", "/replays/20170402-220000-1a2b3c4d", "/password",
	}
}

// nameless lists what a screen reader could not name, and what is there twice.
const nameless = `(() => {
	const out = [];
	for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
		if (!e.labels?.length && !e.ariaLabel) out.push('no label: ' + e.outerHTML);
	for (const e of document.querySelectorAll('img')) if (!e.alt) out.push('no alt: ' + e.src);
	for (const e of document.querySelectorAll('a, button'))
		if (!e.textContent.trim() && !e.ariaLabel && !e.querySelector('img[alt]:not([alt=""])')) out.push('no text: ' + e.outerHTML.slice(0, 90));
	for (const e of document.querySelectorAll('svg:not([aria-hidden=true])'))
		if (!e.closest('[aria-hidden=true]') && !e.ariaLabel) out.push('no label: ' + e.outerHTML.slice(0, 90));
	const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
	for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i))) out.push('id twice: ' + id);
	if (document.querySelectorAll('h1').length !== 1) out.push('h1: ' + document.querySelectorAll('h1').length);
	if (!document.documentElement.lang) out.push('no language');
	return out;
})()`

// pale lists texts whose contrast with what is behind them is below 4.5 to 1
// (3 to 1 for large ones): WCAG 2.2, 1.4.3.
const pale = `(() => {
	const rgb = (s) => (s.match(/[\d.]+/g) ?? []).map(Number);
	const light = ([r, g, b]) => {
		const f = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
		return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
	};
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = rgb(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const out = new Set();
	for (const e of document.querySelectorAll('main *, header *, footer *, .banner')) {
		if (e.closest('svg, option') || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
		const style = getComputedStyle(e), a = light(rgb(style.color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
			out.add(ratio.toFixed(2) + ': <' + e.tagName.toLowerCase() + ' class="' + e.className + '"> ' + e.textContent.trim().slice(0, 40));
	}
	return [...out];
})()`

func TestEveryPageIsAccessible(t *testing.T) {
	v := visit(t, "admin", 1200, 1500)
	for _, dark := range []bool{false, true} {
		v.dark(dark)
		for _, p := range pages() {
			v.open(p)
			for _, problem := range eval[[]string](v, nameless) {
				t.Errorf("%s: %s", p, problem)
			}
			for _, problem := range eval[[]string](v, pale) {
				t.Errorf("%s, dark %v: contrast %s", p, dark, problem)
			}
		}
		if bg := eval[string](v, "getComputedStyle(document.body).backgroundColor"); (bg == "rgb(21, 24, 28)") != dark {
			t.Errorf("dark %v: the background is %s", dark, bg)
		}
	}
}

func TestPhone(t *testing.T) {
	v := visit(t, "admin", 390, 844)
	for _, p := range pages() {
		v.open(p)
		if over := eval[float64](v, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			wide := eval[string](v, `[...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80)).slice(0, 3).join('\n')`)
			t.Errorf("%s is %v px wider than the phone, by\n%s", p, over, wide)
		}
		if n := eval[int](v, `[...document.querySelectorAll('main button, main select')].filter((e) => e.offsetParent && e.offsetHeight < 40).length`); n > 0 {
			t.Errorf("%s has %d controls too small for a thumb", p, n)
		}
	}
}

// TestShots keeps screenshots of the main pages where LFB_SHOTS says.
func TestShots(t *testing.T) {
	dir := os.Getenv("LFB_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const asked = "/?where=kitchen+fire+in+a+flat,+SE10+9NF&when=2017-04-04T08:30"
	for _, s := range []struct {
		name, path string
		w, h       int64
		dark       bool
	}{
		{"ui-ask", asked, 1366, 768, false},
		{"ui-ask-dark", asked, 1366, 768, true},
		{"ui-phone", asked, 390, 844, false},
		{"ui-home", "/admin", 1366, 900, false},
		{"ui-compare", "/compare?run=" + first + "&run=" + ended, 1100, 1000, false},
		{"ui-run", "/runs/" + ended, 1100, 1400, false},
		{"ui-models", "/models", 1100, 900, false},
		{"ui-model", line + "9e3b41c07d52", 1366, 2200, false},
		{"ui-promote", line + previous + "/promote", 1100, 800, false},
		{"ui-monitoring", "/monitoring", 1100, 1100, false},
	} {
		v := visit(t, "admin", s.w, s.h)
		v.dark(s.dark)
		v.open(s.path)
		v.until(`[...document.images].filter((i) => i.getBoundingClientRect().top < innerHeight).every((i) => i.complete)`)
		shot := ask(v, chromedp.CaptureScreenshot())
		if err := keep(filepath.Join(dir, s.name+".png"), shot); err != nil {
			t.Fatal(err)
		}
	}
}

// keep writes a screenshot as small as PNG makes it.
func keep(path string, shot []byte) error {
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
