//go:build integration

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"lfb/internal/bundle"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/s3"
	"lfb/workflows"
)

// inPython are the candidates of candidates/python.
var inPython = []string{"catboost", "extratrees", "histgradientboosting", "lightgbm", "xgboost"}

// recordExchange is the admin API with what goes through it kept: files and results, in a
// folder for each attempt.
func (s *system) recordExchange(folder string) string {
	s.t.Helper()
	to := &url.URL{Scheme: "http", Host: s.args[slices.Index(s.args, "-api.admin")+1]}
	keep := func(path string, body []byte) {
		at := strings.Split(path, "/") // /v1/candidates/{attempt}/files/{name}
		dir := filepath.Join(folder, at[3])
		if err := os.MkdirAll(dir, 0o700); err != nil {
			s.t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(dir, at[5]), body, 0o600); err != nil {
			s.t.Error(err)
		}
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method != http.MethodGet || r.StatusCode != http.StatusOK {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		keep(r.Request.URL.Path, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				s.t.Error(err)
			}
			keep(r.URL.Path, body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	return server.URL
}

// runPython starts a program of the virtual environment in a group of its own, which ends with
// the test.
func (s *system) runPython(env []string, program string, args ...string) {
	s.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = &out, &out, append(os.Environ(), env...), s.t.TempDir()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if s.t.Failed() {
			s.t.Logf("%s %v:\n%.4000s", program, args, out.String())
		}
	})
}

func setting(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		t.Fatalf("%s is not set: bash bench/integration/candidates.sh", name)
	}
	return v
}

// TestPythonCandidates is the whole way of candidates that Python fitted on real rows: all five
// join the leaderboard, each answers here with the numbers of its file by its own runtime, one
// is promoted, answers and explains itself, is exported to MLflow, and is rolled back.
func TestPythonCandidates(t *testing.T) {
	python, mlflow := setting(t, "LFB_PYTHON"), setting(t, "LFB_MLFLOW_VENV")
	dir, exchange, line := t.TempDir(), t.TempDir(), lfb.Real.Line()
	publishReal(t, dir, "quarter.csv", "2017-01", "2017-02", "2017-03")
	tracker := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	s := newSystem(t, "-source", "dir", "-source.dir", dir, "-train.candidates", "baseline,linear", "-mlflow.uri",
		"http://"+tracker)
	s.runPython([]string{"MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true", "PATH=" + mlflow + ":" + os.Getenv("PATH")},
		filepath.Join(mlflow, "mlflow"), "server", "--host", "127.0.0.1", "--port",
		tracker[strings.LastIndex(tracker, ":")+1:], "--workers", "1",
		"--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "artifacts")
	s.start()
	s.until("MLflow", 5*time.Minute, func() bool {
		res, err := http.Get("http://" + tracker + "/health")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	s.until("a champion", 5*time.Minute, s.ready)
	first, err := registry.Champion(t.Context(), s.db(), line)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := control.NewPeople(s.db(), time.Now).MakeKey(t.Context(), control.Actor{Name: "admin"},
		control.KeyRequest{Scope: registry.RoleCandidate, Note: "a walk"})
	if err != nil {
		t.Fatal(err)
	}
	s.runPython([]string{
		"LFB_CANDIDATE_KEY=" + key, "LFB_CANDIDATE_API=" + s.recordExchange(exchange),
		"LFB_TEMPORAL_ADDRESS=" + s.config().Temporal.Address, "LFB_TEMPORAL_TLS=",
	}, python, append([]string{"-m", "lfb_candidates"}, inPython...)...)

	board := s.retrainInPython(dir)
	s.compareFiles(python, exchange, board)
	best := board[slices.IndexFunc(board, func(c registry.Candidate) bool {
		return strings.HasPrefix(c.Name, "external:")
	})]
	for _, c := range board {
		if strings.HasPrefix(c.Name, "external:") && c.Valid.First.RMSE < best.Valid.First.RMSE {
			best = c
		}
	}
	if now, err := registry.Champion(t.Context(), s.db(), line); err != nil || now.To != best.Version {
		s.verb("promote", best.Version, "-unjudged", "-why", "a walk")
	}
	s.checkExplained(best)
	s.checkTracked(mlflow, tracker, best)
	s.verb("rollback", first.To, "-why", "the walk ends")
	now, err := registry.Champion(t.Context(), s.db(), line)
	if err != nil || now.To != first.To {
		t.Errorf("after the rollback %s serves (%v), want %s", now.To, err, first.To)
	}
}

// retrainInPython has all candidates fitted and returns the leaderboard.
func (s *system) retrainInPython(dir string) []registry.Candidate {
	s.t.Helper()
	c := s.config()
	c.Source.Name, c.Source.Dir, c.Train.Force = "dir", dir, true
	c.Train.Candidates = "baseline,linear,gbdt,external:" + strings.Join(inPython, ",external:")
	cl := s.temporal()
	var h client.WorkflowRun
	s.until("the end of the run before", 5*time.Minute, func() (started bool) {
		var err error
		h, err = control.StartRetrain(s.t.Context(), cl, control.RetrainInput(c, "manual", "test"))
		return err == nil
	})
	var out workflows.RetrainResult
	if err := h.Get(s.t.Context(), &out); err != nil {
		s.t.Fatal(err)
	}
	_, board, err := s.db().Run(s.t.Context(), out.RunID)
	if err != nil {
		s.t.Fatal(err)
	}
	baseline := board[slices.IndexFunc(board, func(c registry.Candidate) bool { return c.Name == "baseline" })]
	external := 0
	for _, c := range board {
		s.t.Logf("%-30s rank %d, validation RMSE %.1f s, hold-out RMSE %.1f MAE %.1f P90 coverage %.3f, fitted in %v %s "+
			"%.400s",
			c.Name, c.Rank, c.Valid.First.RMSE, c.Holdout.First.RMSE, c.Holdout.First.MAE, c.Holdout.First.CoverageP90,
			c.FitTime.Round(time.Second/10), c.Error, c.Recipe)
		if !strings.HasPrefix(c.Name, "external:") {
			continue
		}
		external++
		if c.Error != "" || !(c.Valid.First.RMSE < baseline.Valid.First.RMSE) {
			s.t.Errorf("%s: %q, RMSE %.1f s, want one below the baseline's %.1f", c.Name, c.Error, c.Valid.First.RMSE,
				baseline.Valid.First.RMSE)
		}
	}
	s.t.Logf("the run ended as %s: %s", out.Outcome, out.Reason)
	if external != len(inPython) {
		s.t.Errorf("%d candidates of Python on the leaderboard, want %d", external, len(inPython))
	}
	return board
}

// decodeCandidate is the bundle of a candidate.
func (s *system) decodeCandidate(c registry.Candidate) *bundle.Bundle {
	s.t.Helper()
	blobs, err := s3.Open(s.t.Context(), s.config().S3)
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := blobs.ReadAll(s.t.Context(), c.Bundle)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := bundle.Decode(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// compareFiles holds what each candidate's bundle answers to what its file does, by
// onnxruntime or LightGBM, for the rows that were given out.
func (s *system) compareFiles(python, exchange string, board []registry.Candidate) {
	s.t.Helper()
	attempts, err := os.ReadDir(exchange)
	if err != nil || len(attempts) != len(inPython) {
		s.t.Fatalf("%d attempts, %v, want %d", len(attempts), err, len(inPython))
	}
	for _, dir := range attempts {
		attempt, results, err := s.db().Attempt(s.t.Context(), dir.Name())
		if err != nil {
			s.t.Fatal(err)
		}
		b := s.decodeCandidate(board[slices.IndexFunc(board, func(c registry.Candidate) bool {
			return c.Name == attempt.Candidate
		})])
		folder := filepath.Join(exchange, dir.Name())
		for _, head := range attempt.Heads {
			if !strings.HasPrefix(head, bundle.Attendance) {
				continue
			}
			cmd := exec.Command(python, "testdata/compare.py", folder, strings.ReplaceAll(head, "/", "-"))
			if out, err := cmd.CombinedOutput(); err != nil {
				s.t.Fatalf("compare.py: %v\n%s", err, out)
			}
			want, values := readDoubles(s.t, folder, "answers.bin"), readDoubles(s.t, folder, "rows.bin")
			probe, err := b.Encode(head, []lfb.Call{{}})
			if err != nil {
				s.t.Fatal(err)
			}
			x := ml.NewMatrix(probe.Schema(), len(want))
			for k, v := range values {
				x.Col(k % x.Width())[k/x.Width()] = v
			}
			got, err := b.Mean(head, x)
			if err != nil {
				s.t.Fatal(err)
			}
			s.t.Logf("%s %s, %d results: %d rows within %.1e, relative, of its file", attempt.Candidate, head, len(results),
				len(got), worst(s.t, got, want, 1e-5))
		}
	}
}

// worst is the greatest relative difference, which is to stay below the bar.
func worst(t *testing.T, got, want []float64, bar float64) (off float64) {
	t.Helper()
	for i := range want {
		off = max(off, math.Abs(got[i]-want[i])/math.Abs(want[i]))
	}
	if !(off <= bar) || len(got) != len(want) {
		t.Errorf("%d of %d values, off by up to %v, want %v", len(got), len(want), off, bar)
	}
	return off
}

func readDoubles(t *testing.T, folder, name string) []float64 {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(body)/8)
	if err := binary.Read(bytes.NewReader(body), binary.LittleEndian, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// checkExplained: the API answers by the version, and what the facts contribute is the answer.
func (s *system) checkExplained(c registry.Candidate) {
	s.t.Helper()
	type explained struct {
		Model       struct{ Version string }
		Explanation struct {
			Base          float64 `json:"base_seconds"`
			Calibration   float64 `json:"calibration_seconds"`
			Mean          float64 `json:"mean_seconds"`
			Contributions []struct{ Seconds float64 }
		}
	}
	var a explained
	s.until("answers by "+c.Version, time.Minute, func() bool {
		status, body := s.post("/v1/predictions?explain=true", `{"easting":530000,"northing":180000,"reported":"fire"}`)
		a = explained{}
		return status == http.StatusOK && json.Unmarshal([]byte(body), &a) == nil && a.Model.Version == c.Version
	})
	sum := a.Explanation.Base + a.Explanation.Calibration
	for _, f := range a.Explanation.Contributions {
		sum += f.Seconds
	}
	if math.Abs(sum-a.Explanation.Mean) > 1e-6 || len(a.Explanation.Contributions) < 5 {
		s.t.Errorf("%d contributions sum to %v of %v", len(a.Explanation.Contributions), sum, a.Explanation.Mean)
	}
	s.t.Logf("%s answers %.1f s: %d facts from a base of %.1f s", c.Name, a.Explanation.Mean,
		len(a.Explanation.Contributions), a.Explanation.Base)
}

// checkTracked loads what MLflow has as the champion, by Python, and holds it to the bundle.
func (s *system) checkTracked(mlflow, tracker string, c registry.Candidate) {
	s.t.Helper()
	b, folder := s.decodeCandidate(c), s.t.TempDir()
	var calls []lfb.Call
	for i := range 500 {
		calls = append(calls, lfb.Call{
			At: time.Date(2017, 3, 1, 0, 37*i, 0, 0, lfb.London), Easting: 510_050 + 100*float64(i%400), Northing: 170_050 +
				100*float64(i*7%250),
			PumpOrder: 1 + i%2,
		})
	}
	x, err := b.Encode(bundle.Attendance, calls)
	if err != nil {
		s.t.Fatal(err)
	}
	var names, rows bytes.Buffer
	for _, c := range x.Schema().Columns {
		fmt.Fprintln(&names, c.Name)
	}
	row := make([]float64, x.Width())
	for i := range x.Rows() {
		_ = binary.Write(&rows, binary.LittleEndian, x.Row(row, i))
	}
	for name, body := range map[string][]byte{"columns.txt": names.Bytes(), "rows.bin": rows.Bytes()} {
		if err := os.WriteFile(filepath.Join(folder, name), body, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	var said []byte
	s.until("the version as MLflow's champion", 3*time.Minute, func() bool {
		cmd := exec.Command(filepath.Join(mlflow, "python"), "../../internal/mlflow/testdata/load.py", "http://"+tracker,
			lfb.Real.Line(), "champion", folder)
		cmd.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true", "PYTHONPATH=")
		said, err = cmd.Output()
		return err == nil && strings.HasSuffix(strings.TrimSpace(string(said)), c.Version)
	})
	want, err := b.Mean(bundle.Attendance, x)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("exported to MLflow and loaded again: pyfunc within %.1e, onnxruntime within %.1e, relative",
		worst(s.t, readDoubles(s.t, folder, "pyfunc.bin"), want, 1e-9), worst(s.t, readDoubles(s.t, folder, "onnx.bin"),
			want, 1e-5))
}
