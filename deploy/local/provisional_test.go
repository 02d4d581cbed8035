package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/testdata"
	"lfb/workflows"
)

// publishReal writes the brigade's own rows of some months of 2017, as 2017-01, into dir.
func publishReal(t *testing.T, dir, name string, months ...string) {
	t.Helper()
	body, err := os.ReadFile(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	if err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(string(body), "\n")
	out := header + "\n"
	for line := range strings.Lines(rest) {
		if f := strings.SplitN(line, ",", 3); len(f) == 3 && slices.ContainsFunc(months,
			func(m string) bool { return strings.HasPrefix(f[1], m) }) {
			out += line
		}
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestProvisionalEndToEnd starts on two real months, of which nothing passes the gate: what
// it refuses answers all the same and says so, until March is published and the monitor
// has it replaced. With a folder to write to it keeps the histories for the replay test.
func TestProvisionalEndToEnd(t *testing.T) {
	dir, line := t.TempDir(), lfb.Real.Line()
	publishReal(t, dir, "january-february.csv", "2017-01", "2017-02")
	s := newSystem(t, "-source", "dir", "-source.dir", dir, "-train.candidates", "baseline,linear", "-train.refit", "auto")
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	w := &watch{t: t, s: s, dir: dir, record: os.Getenv("LFB_RECORD_HISTORIES")}
	serving := func() (registry.Promotion, registry.Version) {
		t.Helper()
		p, err := registry.Champion(t.Context(), s.db(), line)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.db().Version(t.Context(), line, p.To)
		if err != nil {
			t.Fatal(err)
		}
		return p, v
	}
	p, v := serving()
	if v.Provisional == nil || !strings.Contains(string(p.Evidence), `"provisional":{"version":"`+v.ID) {
		t.Fatalf("%s serves (%s): provisional %+v, evidence %.200s; want it to be provisional", v.ID, p.Why, v.Provisional,
			p.Evidence)
	}
	status, body := s.post("/v1/predictions", `{"easting": 530000, "northing": 180000}`)
	if status != http.StatusOK || !strings.Contains(body, `"provisional":["`+v.Provisional.Failing[0].Name) {
		t.Errorf("prediction = %d %s; want an answer that says what its model failed", status, body)
	}
	runs, err := s.db().ListRuns(t.Context(), registry.Query{Line: line})
	if err != nil || len(runs) != 1 || runs[0].Outcome != workflows.OutcomeProvisional {
		t.Errorf("runs = %+v, %v; want one that ended as provisional", runs, err)
	}
	if w.record != "" {
		r := &recorder{t: t, s: s, cl: s.temporal(), dir: w.record}
		r.keep("retrain-provisional", workflows.RetrainID(line), "")
	}
	if m := w.look("monitor-provisional"); m.Retrain != nil || m.Provisional == nil ||
		!slices.Contains(m.Alarms, registry.AlarmProvisional) {
		t.Errorf("a look at the same rows: %s (%s), alarms %v; want the alarm and no retrain", m.Outcome, m.Reason, m.Alarms)
	}

	publishReal(t, dir, "march.csv", "2017-03")
	m := w.look("monitor-provisional-retrain-started")
	if m.Outcome != registry.MonitorStarted || m.Retrain == nil {
		t.Fatalf("with March: %s (%s); want a retrain", m.Outcome, m.Reason)
	}
	if err := s.temporal().GetWorkflow(t.Context(), m.Retrain.WorkflowID, m.Retrain.RunID).Get(t.Context(),
		nil); err != nil {
		t.Fatal(err)
	}
	// Two entries: what passed, and its refit on every row.
	p, v = serving()
	if v.Provisional != nil || p.Revision != 3 || p.Kind != workflows.KindRefit || v.RefitOf == "" || p.From != v.RefitOf {
		t.Errorf("revision %d (%s) serves %s (%s), provisional %+v, refit of %q; want the refit of what passed", p.Revision,
			p.Kind, v.ID, p.Why, v.Provisional, v.RefitOf)
	}
	if evaluated, err := s.db().Version(t.Context(), line, v.RefitOf); err != nil ||
		!v.TrainedTo.After(evaluated.TrainedTo) || v.TrainedTo.Format("2006-01-02") != "2017-03-31" {
		t.Errorf("refit trained to %v, %v; want to the end of March", v.TrainedTo, err)
	}
	s.until("the refit answers", time.Minute, func() bool {
		_, body := s.ask(http.MethodGet, "/v1/model", "")
		return strings.Contains(body, `"evaluated":"`+v.RefitOf)
	})
	if w.record != "" {
		r := &recorder{t: t, s: s, cl: s.temporal(), dir: w.record}
		r.keep("retrain-refitted", m.Retrain.WorkflowID, m.Retrain.RunID)
		r.keep("promote-refit", workflows.PromoteID(line, p.To, 2), "")
	}
	if m := w.look("monitor-after-provisional"); slices.Contains(m.Alarms, registry.AlarmProvisional) {
		t.Errorf("after it passed: alarms %v", m.Alarms)
	}
}
