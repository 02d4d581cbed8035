package app_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/auth"
	"lfb/internal/config"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/registry"
)

// line is a TCP proxy that can stop forwarding, with every connection left open: what a
// host that has frozen, or a firewall that drops, looks like.
type line struct {
	address string
	mu      sync.RWMutex // held for writing while it hangs
}

// newLine forwards to a server; to none it hangs from the start.
func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &line{address: l.Addr().String()}
	var mu sync.Mutex
	var open []net.Conn
	keep := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		open = append(open, c)
	}
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			_ = c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			keep(c)
			if to == "" {
				continue
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = c.Close()
				continue
			}
			keep(server)
			go p.forward(c, server)
			go p.forward(server, c)
		}
	}()
	return p
}

func (p *line) forward(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.RLock()
		p.mu.RUnlock() //nolint:staticcheck // waits until the line no longer hangs
		if _, err2 := to.Write(buf[:n]); err != nil || err2 != nil {
			return
		}
	}
}

// pages are the web UI's that need more than what is at hand.
var pages = []string{
	"/runs", "/runs/x", "/runs/x/steps", "/runs/x/events", "/compare?run=x&run=y", "/models", "/models/lfb-attendance/x",
	"/models/lfb-attendance/x/bundle",
	"/models/lfb-attendance/x/export/onnx", "/models/lfb-attendance/x/promote", "/data", "/data/x", "/data/x/report",
	"/files/x", "/sample/real", "/schedules", "/approvals/x", "/monitoring",
}

// TestWhatHangsStopsNothingElse runs the api process with a database that stops
// answering while its connections stay open, and with an object store and a Temporal
// that never answered: every route and page says so, signing in too, and predictions go
// on. That it is within five seconds is httpx's to prove; here each is answered at all.
func TestWhatHangsStopsNothingElse(t *testing.T) {
	t.Parallel()
	cfg := mariadbtest.Start(t).Config()
	db := mysqltest.Open(t, cfg)
	database, store, temporal := newLine(t, cfg.Address), newLine(t, ""), newLine(t, "")
	hash, err := auth.HashPassword("secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]registry.Role{
		"root": registry.RoleAdmin, "late": registry.RoleAdmin,
		"ann": registry.RoleOperator,
	} {
		if err := db.SaveAccount(t.Context(), registry.Account{
			Name: name, Role: role, PasswordHash: hash,
			CreatedAt: time.Now(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	at := free(t, 3)
	c, err := config.Load("api", []string{
		"-state.dir", lived(t), "-api.user", at[0], "-api.admin", at[1], "-api.web", at[2], "-mysql.user", cfg.User,
		"-mysql.database", cfg.Database,
		"-mysql.address", database.address, "-s3.endpoint", store.address, "-temporal.address", temporal.address,
	}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	_, stop := runAPI(t, c)
	defer stop()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(client *http.Client, user, method, address, body string) (int, string) {
		match := ""
		if method == http.MethodPost || method == http.MethodPut {
			match = `"0"`
		}
		return request(t, client, user, method, address, body, match)
	}
	plain := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	browser := &http.Client{Timeout: time.Minute, Jar: jar, CheckRedirect: plain.CheckRedirect}
	user, admin, web := "http://"+at[0], "http://"+at[1], "http://"+at[2]
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		status, text := ask(plain, "", "GET", user+"/readyz", "")
		other, _ := ask(plain, "", "GET", admin+"/livez", "")
		page, _ := ask(plain, "", "GET", web+"/sign-in", "")
		if status == http.StatusOK && other == http.StatusOK && page == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("readyz = %d %s, livez = %d, sign-in = %d after a minute", status, text, other, page)
		}
	}
	predict := func() time.Duration {
		began := time.Now()
		if status, text := ask(plain, "ann", "POST", user+"/v1/predictions", `{"postcode_district":"SE1"}`); status != http.StatusOK {
			t.Fatalf("prediction = %d %s, want 200", status, text)
		}
		return time.Since(began)
	}
	measure := func() (all []time.Duration) {
		for range 500 {
			all = append(all, predict())
		}
		slices.Sort(all)
		return all
	}
	predict() // the first is hashed for
	quiet := measure()
	if status, text := ask(browser, "", "POST", web+"/sign-in",
		"name=root&password=secret"); status != http.StatusSeeOther {
		t.Fatalf("sign-in = %d %s", status, text)
	}
	if status, text := ask(plain, "root", "GET", admin+"/v1/accounts", ""); status != http.StatusOK {
		t.Fatalf("accounts = %d %s", status, text)
	}
	_, document := ask(plain, "", "GET", admin+"/openapi.json", "")

	database.mu.Lock() // from here on nothing is forwarded
	t.Cleanup(database.mu.Unlock)
	type result struct {
		what, text string
		status     int
		took       time.Duration
	}
	var wg sync.WaitGroup
	results := make(chan result, 1000)
	fetch := func(client *http.Client, as, method, address, body string) {
		wg.Go(func() {
			began := time.Now()
			status, text := ask(client, as, method, address, body)
			results <- result{method + " " + address, text, status, time.Since(began)}
		})
	}
	for _, op := range adminOperations(t, document) {
		fetch(plain, "root", op[0], admin+op[1], op[2])
	}
	for _, path := range pages {
		fetch(browser, "", "GET", web+path, "")
	}
	fetch(plain, "ann", "GET", user+"/v1/predictions/00000000-0000-7000-8000-000000000000", "")
	fetch(plain, "", "POST", web+"/sign-in", url.Values{"name": {"late"}, "password": {"secret"}}.Encode())
	fetch(plain, "late", "GET", admin+"/v1/runs", "")
	wg.Wait()
	hung := measure()
	close(results)
	slowest, unavailable := result{}, 0
	for r := range results {
		if r.took > slowest.took {
			slowest = r
		}
		if r.status == http.StatusServiceUnavailable {
			unavailable++
			continue
		}
		t.Errorf("%s = %d %.200s, want 503", r.what, r.status, r.text)
	}
	if unavailable < 40 {
		t.Errorf("%d routes were asked, want all", unavailable)
	}
	t.Logf("slowest %v %s; prediction p50 %v, p99 %v, and while the database hangs %v, %v", slowest.took, slowest.what,
		quiet[len(quiet)/2], quiet[len(quiet)*99/100], hung[len(hung)/2], hung[len(hung)*99/100])
}

// needsNothing are the operations of the admin API that need no part that can hang.
var needsNothing = []string{"greet", "columns"}

// adminOperations are a good request to every operation: method, path and body.
func adminOperations(t *testing.T, document string) (out [][3]string) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{
		"start-backfill": `{"from":"2017-01","to":"2017-02","why":"x"}`, "set-account": `{"role":"operator"}`, "change-account": `{"disabled":true}`,
		"plan-cover": `{}`, "save-cover-scenario": `{}`,
		"make-key": `{"scope":"admin","note":"x"}`, "promote": `{"version":"v3","why":"x"}`,
		"acknowledge-alarm": `{"name":"rmse","episode":1,"note":"x"}`,
		"add-note":          `{"text":"x"}`, "set-call-handling": `{"seconds":90,"why":"x"}`, "set-availability": `{"engines":[],"why":"x"}`,
		"change-password": `{"password":"tide over lambeth bridge"}`,
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if slices.Contains(needsNothing, op.OperationID) {
				continue
			}
			path := strings.NewReplacer("{model}", "lgbm", "{sha256}", strings.Repeat("a", 64)).Replace(path)
			if op.OperationID == "set-schedule" {
				path = "/v1/schedules/monitor"
			}
			body := bodies[op.OperationID]
			if body == "" && strings.EqualFold(method, "POST") || strings.EqualFold(method, "PUT") && body == "" {
				body = `{"why":"x"}`
			}
			out = append(out, [3]string{strings.ToUpper(method), regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x"), body})
		}
	}
	return out
}
