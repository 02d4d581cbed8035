package main

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
	"lfb/workflows"
)

// publish writes the incident file of a made-up city with so many further months
// into dir. Engines take slower times as long in the further months.
func publish(t *testing.T, dir string, months int, slower float64) {
	t.Helper()
	city, err := synthetic.New(synthetic.Options{
		Seed: 8, Incidents: 9000, Months: 6, From: "2024-01", Extra: months,
		Tidy: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	items, err := city.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(items, func(i source.Item) bool { return i.Kind == lfb.IncidentFile })
	body, _, err := city.Open(t.Context(), items[at], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	rows, err := csv.NewReader(body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	day, first, second := column("DateOfCall"), column("FirstPumpArriving_AttendanceTime"),
		column("SecondPumpArriving_AttendanceTime")
	for _, r := range rows[1:] {
		if r[day] < "2024-07" {
			continue
		}
		for _, c := range []int{first, second} {
			if v, err := strconv.Atoi(r[c]); err == nil {
				r[c] = strconv.Itoa(min(int(float64(v)*slower), 1200))
			}
		}
	}
	f, err := os.Create(filepath.Join(dir, "incidents.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
}

// ear is a webhook that keeps what it hears.
type ear struct {
	mu    sync.Mutex
	heard []string
}

func (e *ear) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, string(body))
}

func (e *ear) count(what string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range e.heard {
		if strings.Contains(h, what) {
			n++
		}
	}
	return n
}

// TestMonitorEndToEnd lets months arrive in which engines are slower: the
// monitor alarms once and starts exactly one retrain, then the cool-down holds.
// With a folder to write to it keeps the histories for the replay test.
func TestMonitorEndToEnd(t *testing.T) {
	dir, hook := t.TempDir(), &ear{}
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	publish(t, dir, 0, 1)
	s := newSystem(t, "-source", "dir", "-source.dir", dir, "-train.candidates", "baseline,linear", "-train.refit",
		"never", "-alarm.webhook", server.URL+"/hook",
		"-promote.approval", "required", "-promote.deadline", "5s", "-promote.after", "promote")
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	w := &watch{t: t, s: s, dir: dir, record: os.Getenv("LFB_RECORD_HISTORIES")}
	w.byDeadline()

	// The month that the champion was judged on is within the rule, or was trained on.
	if m := w.look("monitor-first"); m.Retrain != nil || len(m.Months) != 1 || m.Months[0].Month != "2024-06" ||
		len(m.Drift) == 0 {
		t.Errorf("first look: %s (%s), months %+v", m.Outcome, m.Reason, m.Months)
	}
	if m := w.look("monitor-unchanged"); m.Retrain != nil {
		t.Errorf("a monitor run of nothing new: %s (%s)", m.Outcome, m.Reason)
	}

	publish(t, dir, 1, 1.7)
	over := w.occupy()
	m := w.look("monitor-while-one-runs")
	if m.Outcome != registry.MonitorHeld || !strings.Contains(m.Reason, "running already") {
		t.Errorf("while a retrain runs: %s (%s), want held back", m.Outcome, m.Reason)
	}
	over()
	m = w.look("monitor-retrain-started")
	if m.Outcome != registry.MonitorStarted || m.Retrain == nil || !slices.Contains(m.Alarms, registry.CheckRMSE) {
		t.Fatalf("a month of slow engines: %s (%s), alarms %v", m.Outcome, m.Reason, m.Alarms)
	}
	if err := w.s.temporal().GetWorkflow(t.Context(), m.Retrain.WorkflowID, m.Retrain.RunID).Get(t.Context(),
		nil); err != nil {
		t.Fatal(err)
	}
	if m = w.look("monitor-after"); m.Retrain != nil {
		t.Errorf("the same data set again: %s (%s)", m.Outcome, m.Reason)
	}
	publish(t, dir, 2, 1.7)
	if m = w.look("monitor-held-back"); m.Retrain != nil || m.Verdict == nil || m.Verdict.Retrain &&
		m.Outcome != registry.MonitorHeld {
		t.Errorf("another month within the cool-down: %s (%s)", m.Outcome, m.Reason)
	}
	w.after(hook)
}

// watch is one system that is looked at.
type watch struct {
	t           *testing.T
	s           *system
	dir, record string
}

// byDeadline checks the first promotion, which nobody approved.
func (w *watch) byDeadline() {
	w.t.Helper()
	p, err := registry.Champion(w.t.Context(), w.s.db(), lfb.Real.Line())
	if err != nil || p.Who != "deadline" || !strings.Contains(p.Why, "nobody decided within 5s") {
		w.t.Errorf("the first promotion is by %q, as %q (%v), want the deadline", p.Who, p.Why, err)
	}
	if w.record != "" {
		r := &recorder{t: w.t, s: w.s, cl: w.s.temporal(), dir: w.record}
		r.keep("retrain-awaiting-approval", workflows.RetrainID(p.Line), "")
		r.keep("promote-by-deadline", workflows.PromoteID(p.Line, p.To, 0), "")
	}
}

// look runs one look to its end.
func (w *watch) look(name string) registry.Monitoring {
	w.t.Helper()
	c := w.s.config()
	c.Source.Name, c.Source.Dir, c.Train.Candidates = "dir", w.dir, "baseline,linear"
	h, err := control.StartMonitor(w.t.Context(), w.s.temporal(), control.MonitorInput(c, "manual", "test"))
	if err != nil {
		w.t.Fatal(err)
	}
	var m registry.Monitoring
	if err := h.Get(w.t.Context(), &m); err != nil {
		w.t.Fatal(err)
	}
	w.t.Logf("%s: %s (%s)", name, m.Outcome, m.Reason)
	if w.record != "" {
		r := &recorder{t: w.t, s: w.s, cl: w.s.temporal(), dir: w.record}
		r.keep(name, h.GetID(), h.GetRunID())
	}
	return m
}

// occupy holds the workflow id of the line's retrains, by a promotion that waits
// for a person, until over is called.
func (w *watch) occupy() (over func()) {
	w.t.Helper()
	p, err := registry.Champion(w.t.Context(), w.s.db(), lfb.Real.Line())
	if err != nil {
		w.t.Fatal(err)
	}
	cl := w.s.temporal()
	h, err := cl.ExecuteWorkflow(w.t.Context(), client.StartWorkflowOptions{
		ID:        workflows.RetrainID(p.Line),
		TaskQueue: workflows.QueueControl,
	},
		workflows.Promote, workflows.PromoteInput{
			Line: p.Line, Version: p.To, Seen: p.Revision, Kind: workflows.KindPromote, Who: "test", Why: "waits",
			Spec: workflows.PromoteSpec{Approval: true, Deadline: time.Hour},
		})
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		if err := cl.TerminateWorkflow(w.t.Context(), h.GetID(), h.GetRunID(), "the test goes on"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// after counts what is left of it all.
func (w *watch) after(hook *ear) {
	t, db := w.t, w.s.db()
	runs, err := db.ListRuns(t.Context(), registry.Query{Line: lfb.Real.Line()})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range runs {
		if r.Trigger == "monitor" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d retrains by the monitor, want one", n)
	}
	if got := hook.count("alarm rmse, episode 1"); got < 1 || got > 2 {
		t.Errorf("the webhook heard %d times of the alarm, want its opening once, and its end at most: %v", got, hook.heard)
	}
	if got := hook.count("opened: Realised RMSE"); got != 1 {
		t.Errorf("the webhook heard %d times that the alarm opened, want once: %v", got, hook.heard)
	}
	realised, err := db.Realised(t.Context(), lfb.Real.Line(), "", "")
	if err != nil || len(realised) < 2 {
		t.Errorf("%d months of realised performance (%v), want two and more", len(realised), err)
	}
	cl := w.s.temporal()
	list, err := control.ListSchedules(t.Context(), cl)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d schedules (%v), want retrain, monitor and places", len(list), err)
	}
	c := w.s.config()
	c.Source.Name, c.Source.Dir = "dir", w.dir
	change := control.ScheduleChange{Kind: control.ScheduledMonitor, Cron: "15 8 * * *", Note: "later"}
	if err := control.SetSchedule(t.Context(), cl, c, change); err != nil {
		t.Fatal(err)
	}
	d, err := control.DescribeSchedule(t.Context(), cl, workflows.MonitorScheduleID(lfb.Real.Line()))
	if err != nil || d.Zone != "Europe/London" || len(d.Next) == 0 || d.Next[0].In(lfb.London).Format("15:04") != "08:15" {
		t.Errorf("schedule = %+v, %v, want 08:15 in London", d, err)
	}
}
