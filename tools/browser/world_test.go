package browser

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"lfb/api/web"
	"lfb/api/web/canned"
)

const (
	password = "correct horse battery"
	line     = "/models/lfb-attendance-synthetic/"
	previous = "41d09c8ae6f3"
	ended    = "20170403-060000-4f1c9a2b"
	first    = "20170403-010000-4f1c9a2b"
	running  = "20170403-090000-4f1c9a2b"
)

// patience is how long one walk may take on a slow machine.
const patience = 180 * time.Second

var chrome context.Context // one browser for all walks; each has a context of its own

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var end context.CancelFunc
	chrome, end = chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(chromedp.NoSandbox,
		chromedp.DisableGPU))
	defer end()
	if err := chromedp.Do(chrome, chromedp.Navigate("about:blank")); err != nil {
		fmt.Fprintln(os.Stderr, "chromium:", err)
		return 1
	}
	return m.Run()
}

// visitor is one person at one browser window, on a site of their own.
type visitor struct {
	*testing.T
	ctx  context.Context
	site string

	tiles string // a street map's address: requests to it leave the host

	mu     sync.Mutex
	wrong  []string // what the browser complained of
	expect int      // refused requests that the walk asks for: each is one complaint
}

// visit opens a window of w by h pixels on a new site, in which role is signed in;
// an empty role is a site without accounts.
func visit(t *testing.T, role string, w, h int64, with ...func(*web.Options)) *visitor {
	t.Helper()
	o, err := canned.NewOptions("")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range with {
		set(&o)
	}
	if role != "" {
		if o.Auth, o.Sessions, err = canned.OpenAccounts(password); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(web.New(o))
	tab, closeTab := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil { // the first call's context is the tab's
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(tab, patience)
	v := &visitor{T: t, ctx: ctx, site: server.URL, tiles: o.Tiles}
	t.Cleanup(func() {
		stop()
		closeTab()
		server.CloseClientConnections() // of a run's events
		server.Close()
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.wrong) > v.expect {
			t.Errorf("the browser complains:\n%s", strings.Join(v.wrong, "\n"))
		}
	})
	v.listen(tab)
	v.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}),
		chromedp.EmulateViewport(w, h))
	if role != "" {
		v.signIn(role)
	}
	return v
}

// listen notes what is wrong with a page, and requests that leave the host.
func (v *visitor) listen(tab context.Context) {
	v.Helper()
	note := func(format string, args ...any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(tab, func(e any) {
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			note("exception: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type.String() == "error" || e.Type.String() == "warning" {
				note("console.%s", e.Type)
			}
		case *log.EventEntryAdded:
			if e.Entry.Level.String() == "error" || e.Entry.Level.String() == "warning" {
				note("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && "http://"+u.Host != v.site &&
				(v.tiles == "" || !strings.HasPrefix(v.tiles, "http://"+u.Host+"/")) {
				note("a request leaves the host: %s", e.Request.URL)
			}
		}
	})
	if err != nil {
		v.Fatal(err)
	}
}

// call is a command of the browser's protocol as a step.
func call[P any](c cdp.Command[P, cdp.Empty], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// step is something to do.
type step = chromedp.Action[chromedp.Void]

// css is a selector.
func css(sel string) chromedp.CSS { return chromedp.CSS(sel) }

func (v *visitor) do(steps ...step) {
	v.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		// for the message only
		page, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string]("location.href + document.body.innerText.slice(0, 600)"))
		v.Fatalf("%v; the page says:\n%s", err, page)
	}
}

// ask is a step that gives a value.
func ask[T any](v *visitor, a chromedp.Action[T]) T {
	v.Helper()
	out, err := chromedp.Run(v.ctx, a)
	if err != nil {
		v.Fatal(err)
	}
	return out
}

// open goes to a page and waits for its heading.
func (v *visitor) open(path string) {
	v.Helper()
	v.do(chromedp.Navigate(v.site+path), chromedp.WaitReady(css("h1")))
}

func (v *visitor) signIn(role string) {
	v.Helper()
	v.open("/")
	v.do(
		chromedp.SendKeys(css("#name"), role), chromedp.SendKeys(css("#password"), password+"\r"),
		chromedp.WaitVisible(css(`nav[aria-label="Main"]`)),
	)
}

// text is the visible text of the first element that sel finds.
func (v *visitor) text(sel string) string {
	v.Helper()
	return ask(v, chromedp.Text(css(sel)))
}

// has fails the walk unless the element comes to have the text.
func (v *visitor) has(sel, want string) {
	v.Helper()
	v.until(fmt.Sprintf("(document.querySelector(%q)?.innerText ?? '').includes(%q)", sel, want))
}

// until waits for a condition of the page.
func (v *visitor) until(js string) {
	v.Helper()
	end := time.Now().Add(patience / 2)
	for {
		// A page that is being left answers with an error: the next one is asked.
		if ok, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool]("!!("+js+")")); err == nil && ok {
			return
		}
		if time.Now().After(end) {
			v.Fatalf("it never came to %s; the page says:\n%s", js, eval[string](v, "document.body.innerText.slice(0, 900)"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func eval[T any](v *visitor, js string) T {
	v.Helper()
	return ask(v, chromedp.Evaluate[T](js))
}

// js runs a script for what it does.
func (v *visitor) js(script string) {
	v.Helper()
	eval[bool](v, script+";true")
}

// path is where the window is.
func (v *visitor) path() string { return eval[string](v, "location.pathname + location.search") }

func (v *visitor) dark(on bool) {
	v.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	v.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	}))
}
