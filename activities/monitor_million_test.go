package activities

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
)

// TestMonitorMillion measures a monitor run over as many logged
// predictions as LFB_BENCH_MONITOR says, of a made-up city, on MariaDB: `make
// bench-monitor`. The bar is a million in 60 s and 300 MiB.
func TestMonitorMillion(t *testing.T) {
	want, err := strconv.Atoi(os.Getenv("LFB_BENCH_MONITOR"))
	if err != nil {
		t.Skip("LFB_BENCH_MONITOR is not a number of predictions: make bench-monitor")
	}
	w := newHistory(t, want)
	n := w.predict(t, want)
	w.a.forgetTraining()
	w.a.dropRaw(t)
	hold(t)
	runtime.GC()
	debug.FreeOSMemory()
	base := memory(t, "VmRSS")
	resetPeak(t)
	started := time.Now()
	var scored ScoreChampionResult
	var drifted MeasureDriftResult
	var g errgroup.Group
	g.Go(func() (err error) {
		scored, err = w.a.ScoreChampion(t.Context(), ScoreChampionInput{
			ID: "monitor run", Line: w.version.Line,
			Version: w.version.ID, DataSet: w.data, History: 1000,
		})
		return err
	})
	g.Go(func() (err error) {
		drifted, err = w.a.MeasureDrift(t.Context(), MeasureDriftInput{
			Line: w.version.Line, Version: w.version.ID,
			DataSet: w.data, Rule: registry.MonitorRule{PSI: 0.25, Wasserstein: 0.25},
		})
		return err
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	took, peak := time.Since(started), memory(t, "VmHWM")
	var join registry.Join
	fresh := 0
	for _, m := range scored.Months {
		if m.Join != nil {
			join.ByIncident += m.Join.ByIncident
			join.ByPlace += m.Join.ByPlace
			join.NoOutcome += m.Join.NoOutcome
		} else {
			fresh += m.Report.All.Rows
		}
	}
	fmt.Printf(`
Monitor over logged predictions (synthetic city, MariaDB, champion gbdt, %d cores; Score and MeasureDrift at once)

| predictions | joined by number | by place and time | rows asked afresh | features | seconds | peak MiB | of which there before |
|---:|---:|---:|---:|---:|---:|---:|---:|
| %d | %d | %d | %d | %d | %.1f | %d | %d |

`, runtime.GOMAXPROCS(0), n, join.ByIncident, join.ByPlace, fresh, len(drifted.Drift), took.Seconds(), peak>>20, base>>20)
	if scored.Predictions != n || join.Matched() < n*98/100 {
		t.Errorf("%d of %d predictions read, %d joined: want all and nearly all", scored.Predictions, n, join.Matched())
	}
}

// dropRaw removes the published files from the store, which is in this process's
// memory here: half a gigabyte that a monitor run does not read would double what the
// collector lets it take.
func (a *Activities) dropRaw(t *testing.T) {
	t.Helper()
	store := a.Blobs.(*memblob.Store)
	for _, key := range store.Keys() {
		if !strings.HasPrefix(key, "raw/") {
			continue
		}
		if err := store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
}

// hold waits, where LFB_BENCH_HOLD names a folder, for a file "go" in it, having left
// a file "ready": rows can then be made while others use the machine, and only what
// is measured needs it alone. A file "done" follows when the test ends.
func hold(t *testing.T) {
	t.Helper()
	dir := os.Getenv("LFB_BENCH_HOLD")
	if dir == "" {
		return
	}
	leave := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { leave("done") })
	leave("ready")
	for deadline := time.Now().Add(time.Hour); ; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "go")); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody said go within an hour")
		}
	}
}

// newHistory is a city with about so many attendances later than its champion.
func newHistory(t *testing.T, rows int) *watched {
	t.Helper()
	a := newActivities(t)
	months := max(12, min(72, rows/12000))
	spec := SourceSpec{
		Name: "synthetic", Incidents: rows*8/10 + 20000, Months: months, From: "2018-01", Seed: 1,
		MaxRejects: 0.05,
	}
	d := loaded(t, a, spec)
	t.Logf("%d attendances in %d months", d.Rows, months)
	plan, err := a.Plan(t.Context(), PlanInput{
		Line: lfb.Synthetic.Line(), DataSet: d,
		Train: TrainSpec{ValidDays: 14, CalibDays: 14, HoldoutDays: months*30 - 90},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.Train(t.Context(), TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: "gbdt",
		Train: TrainSpec{Seed: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := registry.Version{
		ID: out.Version, Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, Bundle: out.Bundle, Candidate: "gbdt",
		DataSet: d.ID, TrainedTo: out.TrainedTo, CreatedAt: time.Now().UTC(),
	}
	if err := a.Ledger.SaveVersion(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	return &watched{a: a, data: d, plan: plan, version: v}
}

// predict logs a prediction for each row that the champion did not learn from, up
// to limit, every other one without the incident's number.
func (w *watched) predict(t *testing.T, limit int) int {
	t.Helper()
	table, db := w.table(t), w.a.Monitor.(*mysql.DB)
	var batch []registry.Prediction
	n := 0
	for i := rowsAfter(table, w.version.TrainedTo); i < table.Len() && n < limit; i++ {
		p := w.asked(table, i, fmt.Sprintf("0190%032d", i))
		if p.Easting != p.Easting || p.Northing != p.Northing { // no place
			p.Easting, p.Northing = 0, 0
		} else if n%2 == 0 {
			p.IncidentNumber = ""
		}
		p.Request = []byte(`{"easting":535050,"northing":179250,"reported":"Alarm sounding","incident":"x"}`)
		batch = append(batch, p)
		if n++; len(batch) == 5000 {
			if err := db.SavePredictions(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := db.SavePredictions(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return n
}

// memory is a field of this process's status in bytes.
func memory(t *testing.T, field string) int64 {
	t.Helper()
	body, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, field+": %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatalf("no %s in /proc/self/status", field)
	return 0
}

// resetPeak makes VmHWM count from now on.
func resetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
}
