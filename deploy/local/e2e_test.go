package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
	"lfb/internal/registry"
	"lfb/internal/source/synthetic"
	"lfb/workflows"
)

// asLocal makes the test binary the command itself, so that it can be killed.
const asLocal = "LFB_TEST_RUN_LOCAL"

func TestMain(m *testing.M) {
	if os.Getenv(asLocal) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// system is the command in a process of its own, on a folder and ports that it
// keeps when it is started again.
type system struct {
	t    *testing.T
	dir  string
	args []string
	user string // address of the user API
	cmd  *exec.Cmd
	out  *lockedBuffer
	dead chan error
	pool *mysql.DB
}

func newSystem(t *testing.T, args ...string) *system {
	t.Helper()
	p := freePorts(t, 7)
	s := &system{t: t, dir: filepath.Join(t.TempDir(), "state"), user: fmt.Sprintf("127.0.0.1:%d", p[4])}
	s.args = append([]string{
		"-state.dir", s.dir,
		"-local.temporal-port", fmt.Sprint(p[0]), "-local.ui-port", fmt.Sprint(p[1]), "-local.s3-port", fmt.Sprint(p[2]),
		"-local.mysql-port", fmt.Sprint(p[3]), "-api.user", s.user, "-api.admin", fmt.Sprintf("127.0.0.1:%d", p[5]),
		"-api.web", fmt.Sprintf("127.0.0.1:%d", p[6]),
	}, args...)
	t.Cleanup(s.kill)
	return s
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func (s *system) start() {
	s.t.Helper()
	s.out = &lockedBuffer{}
	s.cmd = exec.Command(os.Args[0], s.args...)
	s.cmd.Env = append(os.Environ(), asLocal+"=1")
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.dead = make(chan error, 1)
	go func(cmd *exec.Cmd, dead chan error) { dead <- cmd.Wait() }(s.cmd, s.dead)
}

// kill is kill -9; it returns when the process is gone.
func (s *system) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.dead
	s.cmd = nil
}

// pollUntil waits for something to hold, and fails with how things stand where that takes
// longer than the limit.
func pollUntil(t *testing.T, what string, limit time.Duration, holds func() (ok bool, now string)) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		ok, now := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %s", what, limit, now)
		}
	}
}

// until waits for something to hold, and fails with what the process printed
// when it ends first or nothing happens for long.
func (s *system) until(what string, limit time.Duration, holds func() bool) {
	s.t.Helper()
	pollUntil(s.t, what, limit, func() (bool, string) {
		if holds() {
			return true, ""
		}
		select {
		case err := <-s.dead:
			s.dead <- err
			s.t.Fatalf("waiting for %s: the process ended: %v\n%s", what, err, s.out)
		default:
		}
		return false, "\n" + s.out.String()
	})
}

// config is what a second terminal has.
func (s *system) config() *config.Config {
	s.t.Helper()
	vars, err := stack.Settings(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	vars["LFB_STATE_DIR"] = s.dir
	c, err := config.Load("test", nil, func(k string) (string, bool) { v, ok := vars[k]; return v, ok })
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// db is one pool for the life of the test, given when the database answers: the
// api is ready before it, with the champion on its disk.
func (s *system) db() *mysql.DB {
	s.t.Helper()
	if s.pool == nil {
		db, err := mysql.New(s.config().MySQL)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { _ = db.Close() })
		s.pool = db
	}
	s.until("the database", 2*time.Minute, func() bool { return s.pool.Ping(s.t.Context()) == nil })
	return s.pool
}

func (s *system) temporal() client.Client {
	s.t.Helper()
	cl, err := app.Dial(s.t.Context(), s.config(), zap.NewNop())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(cl.Close)
	return cl
}

// ready says whether predictions are answered.
func (s *system) ready() bool {
	res, err := http.Get("http://" + s.user + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// post is ask with POST.
func (s *system) post(path, body string) (int, string) { return s.ask(http.MethodPost, path, body) }

// ask asks the user API as the admin and returns status and body.
func (s *system) ask(method, path, body string) (int, string) {
	s.t.Helper()
	password, err := os.ReadFile(filepath.Join(s.dir, "admin.password"))
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequest(method, "http://"+s.user+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(app.AdminAccount, strings.TrimSpace(string(password)))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(got)
}

// lockedBuffer is a bytes.Buffer that two goroutines may use.
type lockedBuffer struct {
	mu  chan struct{}
	buf bytes.Buffer
}

func (b *lockedBuffer) lock() func() {
	if b.mu == nil {
		b.mu = make(chan struct{}, 1)
	}
	b.mu <- struct{}{}
	return func() { <-b.mu }
}

func (b *lockedBuffer) Write(p []byte) (int, error) { defer b.lock()(); return b.buf.Write(p) }
func (b *lockedBuffer) String() string              { defer b.lock()(); return b.buf.String() }

// small is a city that is trained on in seconds.
var small = []string{
	"-train.refit", "never", "-source.incidents", "9000", "-source.months", "6", "-source.from",
	"2024-01", "-train.candidates", "baseline-mean,baseline,linear,gbdt",
}

func smallCity(t *testing.T) synthetic.Counts {
	t.Helper()
	city, err := synthetic.New(synthetic.Options{Seed: 1, Incidents: 9000, Months: 6, From: "2024-01"})
	if err != nil {
		t.Fatal(err)
	}
	return city.Counts()
}

// TestFirstStart is what a new user does: start it, wait for the champion, ask.
func TestFirstStart(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	status, body := s.post("/predict", `{"HourOfCall":3,"IncGeo_BoroughCode":"E09000011","IncGeo_WardCode":"E05000214",
		"Easting_rounded":535050,"Northing_rounded":179250,"IncidentStationGround":"Nowhere","NumStationsWithPumpsAttending":1,
		"NumPumpsAttending":1,"PumpCount":1,"PumpHoursRoundUp":1,"PumpOrder":1,"DelayCodeId":1,"Month":5}`)
	var seconds float64
	var minutes int
	if n, err := fmt.Sscanf(body, "Response time : %f seconds. (%d mins)", &seconds, &minutes); status != 200 || n != 2 {
		t.Fatalf("POST /predict = %d %q (%v), want the original's text", status, body, err)
	}
	if seconds < 60 || seconds > 900 || minutes != int(seconds/60)+1 {
		t.Errorf("POST /predict = %q: out of range, or minutes not rounded up", body)
	}
	status, body = s.post("/v1/predictions", `{"easting":535050,"northing":179250}`)
	var answer struct {
		ID         string
		Attendance struct {
			P50      float64 `json:"p50_seconds"`
			P90      float64 `json:"p90_seconds"`
			Within6  float64 `json:"p_within_6_minutes"`
			Within10 float64 `json:"p_within_10_minutes"`
		}
		Model struct{ Version string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		t.Fatalf("POST /v1/predictions = %d %s", status, body)
	}
	a := answer.Attendance
	if !(a.P50 > 0 && a.P50 < a.P90 && a.Within6 > 0 && a.Within6 < a.Within10 && a.Within10 <= 1) ||
		len(answer.Model.Version) != 12 {
		t.Errorf("POST /v1/predictions = %s: not a sane answer with its version", body)
	}
	db := s.db()
	s.until("the answer in the log", 2*time.Minute, func() bool {
		p, err := db.Prediction(t.Context(), answer.ID)
		return err == nil && p.Version == answer.Model.Version && p.Attendance.P50 == a.P50
	})
	s.until("the champion on the terminal", 2*time.Minute, func() bool {
		return strings.Contains(s.out.String(), "champion: version "+answer.Model.Version)
	})
	if out := s.verb("champion"); !strings.Contains(out, answer.Model.Version) {
		t.Errorf("champion = %q, want version %s", out, answer.Model.Version)
	}
	if out := s.verb("ask", "kitchen fire, second engine, SE10 9NF"); !strings.Contains(out, "SE10 9NF") ||
		!strings.Contains(out, "Nine in ten by ") || !strings.Contains(out, "second engine (from your words)") {
		t.Errorf("ask = %q, want an answer", out)
	}
	var told struct{ ID string }
	if err := json.Unmarshal([]byte(s.verb("-json", "ask", "SE10 9NF")), &told); err != nil {
		t.Fatal(err)
	}
	if p, err := db.Prediction(t.Context(), told.ID); err != nil || p.Account == "" {
		t.Errorf("the answer on the terminal in the log = %+v, %v", p, err)
	}
	gate(t, s)
}

// verb is the program in another terminal, whose own settings are of another system.
func (s *system) verb(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-state.dir", s.dir}, args...)...)
	cmd.Env = append(os.Environ(), asLocal+"=1", "LFB_MYSQL_ADDRESS=127.0.0.1:1", "LFB_SOURCE=datastore")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%q: %v: %s", args, err, out)
	}
	return string(out)
}

// gate retrains on the same files: cheaply unchanged; forced, the champion is
// never compared with itself; and a candidate known to be worse is refused.
func gate(t *testing.T, s *system) {
	t.Helper()
	same := small[len(small)-1]
	for _, tt := range []struct {
		name, candidates string
		force            bool
		outcome          string
	}{
		{"nothing new", same, false, "unchanged"},
		{"the champion again", same, true, "kept"},
		{"known to be worse", "baseline-mean,baseline", true, "refused"},
	} {
		c := s.config()
		c.Source.Name, c.Source.Incidents, c.Source.Months = "synthetic", 9000, 6
		c.Train.Candidates, c.Train.Force = tt.candidates, tt.force
		h, err := control.StartRetrain(t.Context(), s.temporal(), control.RetrainInput(c, "manual", "test"))
		if err != nil {
			t.Fatal(err)
		}
		var out workflows.RetrainResult
		if err := h.Get(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if out.Outcome != tt.outcome {
			t.Errorf("%s: the retrain ended as %s (%s), want %s", tt.name, out.Outcome, out.Reason, tt.outcome)
		}
	}
	if ledger, err := s.db().Promotions(t.Context(), lfb.Synthetic.Line(), 0); err != nil || len(ledger) != 1 {
		t.Errorf("the ledger has %d entries (%v), want one", len(ledger), err)
	}
}

// TestKilledTenTimes kills the process at ten random moments of a retrain and
// starts it again: the run completes, every row is there once, one champion.
func TestKilledTenTimes(t *testing.T) {
	s := newSystem(t, small...)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		s.start()
		// A start takes about two seconds, a retrain of this city ten: moments of both.
		time.Sleep(time.Duration(500+rng.IntN(5500)) * time.Millisecond)
		s.kill()
	}
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	want, db := smallCity(t), s.db()
	incidents, mobilisations := countRows(t, db)
	if incidents != want.Incidents || mobilisations != want.Mobilisations {
		t.Errorf("%d incidents and %d mobilisations, want exactly %d and %d", incidents, mobilisations, want.Incidents,
			want.Mobilisations)
	}
	ledger, err := db.Promotions(t.Context(), lfb.Synthetic.Line(), 0)
	if err != nil || len(ledger) != 1 {
		t.Errorf("the ledger has %d entries (%v), want one", len(ledger), err)
	}
	runs, err := db.ListRuns(t.Context(), registry.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.State == registry.Failed {
			t.Errorf("run %s failed: %s", r.ID, r.Reason)
		}
	}
}

func countRows(t *testing.T, db *mysql.DB) (incidents, mobilisations int64) {
	t.Helper()
	tables := load.NewTables(db)
	for _, err := range tables.Incidents(t.Context(), lfb.Synthetic) {
		if err != nil {
			t.Fatal(err)
		}
		incidents++
	}
	for _, err := range tables.Mobilisations(t.Context(), lfb.Synthetic) {
		if err != nil {
			t.Fatal(err)
		}
		mobilisations++
	}
	return incidents, mobilisations
}

// retrainDir retrains on a folder and returns the error's text; empty: none.
func retrainDir(t *testing.T, s *system, dir string) string {
	t.Helper()
	c := s.config()
	c.Source.Name, c.Source.Dir, c.Train.Candidates = "dir", dir, "baseline,linear"
	h, err := control.StartRetrain(t.Context(), s.temporal(), control.RetrainInput(c, "manual", "test"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out workflows.RetrainResult
	err = h.Get(ctx, &out)
	if err == nil {
		return ""
	}
	if !control.RunFailed(err) {
		t.Fatalf("retrain on %s: %v, want the run to have failed", dir, err)
	}
	return err.Error()
}

// TestBadInput gives folders that cannot be used: the run fails with an error
// that names file and place, and what served before still serves.
func TestBadInput(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	_, before := s.post("/v1/predictions", `{"easting":535050,"northing":179250}`)
	good := cityCSV(t)
	header, rest, _ := strings.Cut(good, "\n")
	tests := []struct {
		name, file, body string
		want             []string // in the error
	}{
		{"truncated", "incidents.csv", good[:len(good)-len(good)/3], []string{"incidents.csv", "line"}},
		{"wrong encoding", "incidents.csv", "\x00\x01" + good, []string{"incidents.csv"}},
		{
			"missing key column", "incidents.csv", strings.Replace(header, "IncidentNumber", "Number", 1) + "\n" + rest,
			[]string{"incidents.csv", "IncidentNumber"},
		},
		{
			"nothing but rejects", "incidents.csv", header + "\n" + strings.Repeat("x"+strings.Repeat(",",
				strings.Count(header, ","))+"\n", 50),
			[]string{"incidents.csv", "50 of 50 rows rejected"},
		},
		{"no workbook", "incidents.xlsx", "PK\x03\x04 not a workbook", []string{"incidents.xlsx"}},
		{"empty folder", "", "", []string{"no "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.file != "" {
				if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := retrainDir(t, s, dir)
			if got == "" {
				t.Fatal("the run succeeded, want it failed")
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("error = %s\nwant it to name %q", got, want)
				}
			}
			t.Log(got)
		})
	}
	if status, after := s.post("/v1/predictions", `{"easting":535050,"northing":179250}`); status != 200 || version(after) != version(before) {
		t.Errorf("after the failures: %d %s, want version %s still to answer", status, after, version(before))
	}
}

func version(body string) string {
	var b struct{ Model struct{ Version string } }
	if json.Unmarshal([]byte(body), &b) != nil {
		return ""
	}
	return b.Model.Version
}

// cityCSV is a small incident file.
func cityCSV(t *testing.T) string {
	t.Helper()
	city, err := synthetic.New(synthetic.Options{Seed: 7, Incidents: 300, Months: 3, From: "2024-01"})
	if err != nil {
		t.Fatal(err)
	}
	items, err := city.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Kind != lfb.IncidentFile {
			continue
		}
		body, _, err := city.Open(t.Context(), it, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	t.Fatal("the city has no incident file")
	return ""
}
