//go:build integration

package mlflow

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

var update = flag.Bool("update", false, "rewrite the recording that TestReplay plays")

// venv is the folder of programs of bench/mlflow's virtual environment.
func venv(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LFB_MLFLOW_VENV")
	if dir == "" {
		t.Fatal("LFB_MLFLOW_VENV is not set: bash bench/mlflow/run.sh")
	}
	return dir
}

// startServer runs a real mlflow server until the test ends.
func startServer(t *testing.T) string {
	t.Helper()
	bin := venv(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	dir := t.TempDir()
	cmd := exec.Command(filepath.Join(bin, "mlflow"), "server", "--host", "127.0.0.1", "--port", fmt.Sprint(port),
		"--workers", "1",
		"--backend-store-uri", "sqlite:///"+filepath.Join(dir, "mlflow.db"), "--artifacts-destination",
		filepath.Join(dir, "artifacts"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its workers end with it
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &log, &log, dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Logf("mlflow server:\n%s", truncate(log.String(), 4000))
		}
	})
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	for { // on a busy machine it starts for minutes: the test's own time is the limit
		resp, err := http.Get(base + "/health")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return base
			}
		}
		select {
		case <-ended:
			t.Fatalf("the mlflow server has ended: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// count asks the server how many of its things there are for one of our runs.
func count(t *testing.T, e *Exporter, id string) (runs, models, versions int) {
	t.Helper()
	ctx := t.Context()
	experiment, err := e.c.findExperiment(ctx, lfb.Real.Line())
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Runs     []run          `json:"runs"`
		Models   []loggedModel  `json:"models"`
		Versions []modelVersion `json:"model_versions"`
	}
	filter := fmt.Sprintf("tags.`%s` = '%s'", tagRun, id)
	in := map[string]any{"experiment_ids": []string{experiment}, "filter": filter, "max_results": 50}
	ask := func(method, path string, in any) answer {
		got, err := call[answer](ctx, e.c, method, path, in)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	versions = len(ask(http.MethodGet, "model-versions/search", url.Values{"filter": {filter}}).Versions)
	return len(ask(http.MethodPost, "runs/search", in).Runs), len(ask(http.MethodPost, "logged-models/search",
		in).Models), versions
}

// python predicts rows with what an alias names, as somebody else would.
func python(t *testing.T, server, alias string, b *bundle.Bundle,
	calls []lfb.Call,
) (pyfunc, onnx []float64, version string) {
	t.Helper()
	dir := t.TempDir()
	x, err := b.Encode(bundle.Attendance, calls)
	if err != nil {
		t.Fatal(err)
	}
	var names, rows bytes.Buffer
	for _, c := range x.Schema().Columns {
		fmt.Fprintln(&names, c.Name)
	}
	row := make([]float64, x.Width())
	for i := range x.Rows() {
		_ = binary.Write(&rows, binary.LittleEndian, x.Row(row, i))
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "columns.txt"), names.Bytes(), 0o600),
		os.WriteFile(filepath.Join(dir, "rows.bin"), rows.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(venv(t), "python"), "testdata/load.py", server, lfb.Real.Line(), alias, dir)
	cmd.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("load.py: %v\n%s", err, stderr.String())
	}
	var set bundle.EncoderSet
	body, err := os.ReadFile(filepath.Join(dir, "encoders.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &set); err != nil || len(set.Heads[0].Columns) != x.Width() {
		t.Errorf("the encoders beside the model: %v, %d heads", err, len(set.Heads))
	}
	fields := strings.Fields(string(out))
	return values(t, filepath.Join(dir, "pyfunc.bin")), values(t, filepath.Join(dir, "onnx.bin")), fields[len(fields)-1]
}

func values(t *testing.T, file string) []float64 {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(body)/8)
	if err := binary.Read(bytes.NewReader(body), binary.LittleEndian, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// near fails unless got is want within a relative tolerance.
func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		worst = max(worst, math.Abs(got[i]-want[i])/math.Abs(want[i]))
	}
	if t.Logf("%s: %d rows, largest relative difference %.1e", what, len(got), worst); !(worst <= tolerance) {
		t.Errorf("%s differs by %v, relative, want ≤ %v", what, worst, tolerance)
	}
}

// cutOff lets so many requests through, then fails as a dead connection does.
type cutOff struct {
	left atomic.Int64
}

func (c *cutOff) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.left.Add(-1) < 0 {
		return nil, errors.New("connection reset")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestRealServer exports to a real MLflow and loads the champion with Python.
func TestRealServer(t *testing.T) {
	server := startServer(t)
	ctx := t.Context()
	if *update {
		record(t, server)
	}
	e, err := New(config.MLflow{URI: server}, Options{Bucket: "lfb", Commit: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	// The candidates of the catalog at their own size, on 20,000 made-up rows.
	gbdt, forest := trained(t, "gbdt", 20000, ""), trained(t, "forest", 20000, "")
	line, second := trained(t, "linear", 20000, ""), trained(t, "gbdt", 20000, `{"leaves":31}`)
	in := retrain("run-1", gbdt, forest, second, line, trained(t, "baseline", 20000, ""))
	in.Candidates = in.Candidates[:5]
	started := time.Now()
	got, err := e.ExportRun(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("5 candidates, 3 models exported in %.2f s (bar: 10 s): %+v", time.Since(started).Seconds(), got)
	if got.Runs != 5 || got.Models != 3 || got.Again {
		t.Errorf("ExportRun = %+v, want 5 runs, 3 models", got)
	}
	again, err := e.ExportRun(ctx, in)
	if err != nil || !again.Again || again.Models != 3 || again.URL != got.URL {
		t.Errorf("ExportRun again = %+v, %v", again, err)
	}
	if runs, models, versions := count(t, e, "run-1"); runs != 6 || models != 3 || versions != 3 {
		t.Errorf("the server has %d runs, %d models, %d versions; want 6, 3, 3", runs, models, versions)
	}
	t.Run("aliases and parity", func(t *testing.T) { parity(t, e, server, in, gbdt, forest) })
	t.Run("cut short", func(t *testing.T) { cutShort(t, server, gbdt, line) })
	t.Run("failed run", func(t *testing.T) {
		failed := retrain("run-failed")
		failed.Run.State, failed.Run.Outcome, failed.Candidates, failed.DataSet = "failed", "failed", nil, nil
		if got, err := e.ExportRun(ctx, failed); err != nil || got.Runs != 0 {
			t.Errorf("ExportRun of a failed run = %+v, %v", got, err)
		}
	})
}

func parity(t *testing.T, e *Exporter, server string, in Retrain, first, second *bundle.Bundle) {
	ctx, line := t.Context(), lfb.Real.Line()
	var calls []lfb.Call
	for _, row := range servetest.City(14000)[4000:] {
		calls = append(calls, row.Call)
	}
	calls[0] = lfb.Call{Easting: math.NaN(), Northing: math.NaN(), StationGround: "Nowhere"}
	follow := func(champion, previous string) {
		t.Helper()
		if missing, err := e.Follow(ctx, line, champion, previous); err != nil || len(missing) > 0 {
			t.Fatalf("Follow(%s, %s) = %v, %v", champion, previous, missing, err)
		}
	}
	check := func(alias string, b *bundle.Bundle, version string) {
		t.Helper()
		answers, err := b.Predict(nil, calls)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, len(answers))
		for i, a := range answers {
			want[i] = a.Attendance.Mean
		}
		pyfunc, onnx, served := python(t, server, alias, b, calls)
		near(t, alias+" by pyfunc", pyfunc, want, 1e-9)
		near(t, alias+" by onnxruntime", onnx, want, 1e-5)
		if served != version {
			t.Errorf("@%s is version %s, want %s", alias, served, version)
		}
	}
	a, b := in.Candidates[0].Version, in.Candidates[1].Version
	follow(a, "")
	check(aliasChampion, first, a)
	follow(b, a) // a promotion by hand
	check(aliasChampion, second, b)
	check(aliasPrevious, first, a)
	missing, err := e.Follow(ctx, line, "000000000000", b)
	if err != nil || len(missing) != 1 {
		t.Errorf("Follow of a version without a model = %v, %v, want it missing", missing, err)
	}
	if v, err := e.c.findAlias(ctx, line, aliasChampion); err != nil || v != "" {
		t.Errorf("the champion's alias names %q, %v; want nothing", v, err)
	}
}

// cutShort kills an export after every few requests until one gets through: one of
// each thing must stand in the end.
func cutShort(t *testing.T, server string, bundles ...*bundle.Bundle) {
	in := retrain("run-cut", bundles...)
	done := false
	for n := 3; !done; n += 7 {
		if n > 200 {
			t.Fatal("the export never ended")
		}
		e, err := New(config.MLflow{URI: server}, Options{Bucket: "lfb"})
		if err != nil {
			t.Fatal(err)
		}
		link := &cutOff{}
		link.left.Store(int64(n))
		e.c.http.Transport = link
		_, err = e.ExportRun(t.Context(), in)
		if done = err == nil; !done && !errors.Is(err, lfb.ErrUnavailable) {
			t.Fatalf("after %d requests: %v", n, err)
		}
	}
	e, err := New(config.MLflow{URI: server}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if runs, models, versions := count(t, e, "run-cut"); runs != 5 || models != 1 || versions != 1 {
		t.Errorf("the server has %d runs, %d models, %d versions; want 5, 1, 1", runs, models, versions)
	}
}
