package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"lfb/activities"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/external"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/registry"
	"lfb/workflows"
)

// trainer is a program that fits candidates, as one in another language would: it knows
// Temporal, the admin API and its key.
type trainer struct {
	key   string
	tries atomic.Int32
	// before, where not nil, is called before each try fits; an error ends the try.
	before func(ctx context.Context, try int32, task activities.FitCandidateInput) error
}

// work polls the queue of external:<name> until the test ends.
func (f *trainer) work(s *system, name string) {
	s.t.Helper()
	w := worker.New(s.temporal(), workflows.ExternalQueue(name), worker.Options{
		DisableWorkflowWorker:        true,
		MaxHeartbeatThrottleInterval: time.Second,
	})
	w.RegisterActivityWithOptions(f.fit, activity.RegisterOptions{Name: activities.FitCandidate})
	if err := w.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(w.Stop)
}

func (f *trainer) ask(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+f.key)
	r.Header.Set("Content-Type", "application/octet-stream")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusConflict {
		return nil, temporal.NewNonRetryableApplicationError(string(got), "AttemptClosed", nil)
	}
	if err == nil && res.StatusCode >= 300 {
		err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("%s %s = %d %s", method, address, res.StatusCode, got),
			"Refused", nil)
	}
	return got, err
}

// fit meets the activity FitCandidate.
func (f *trainer) fit(ctx context.Context,
	task activities.FitCandidateInput,
) (out activities.FitCandidateResult, err error) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for tick := time.Tick(time.Second); ; {
			select {
			case <-stop:
				return
			case <-tick:
				activity.RecordHeartbeat(ctx, activities.Heartbeat{
					Step: "train " + task.Candidate, Done: 1, Total: 2,
					Unit: "heads",
				})
			}
		}
	}()
	if f.before != nil {
		if err := f.before(ctx, f.tries.Add(1), task); err != nil {
			return out, err
		}
	}
	at := task.API + "/v1/candidates/" + task.Attempt
	for _, head := range task.Heads {
		var sets [2]ml.Set
		schema, err := f.ask(ctx, http.MethodGet, at+"/files/"+head.Schema.Name, nil)
		for k, file := range []activities.ExternalFile{head.Train, head.Valid} {
			var body []byte
			if err == nil {
				body, err = f.ask(ctx, http.MethodGet, at+"/files/"+file.Name, nil)
			}
			if err == nil {
				sets[k], err = readRows(body, schema)
			}
		}
		if err != nil {
			return out, err
		}
		m, err := gbdt.Recipe{Rounds: 80}.Fit(ctx, sets[0], sets[1], ml.Options{Seed: task.Seed, Threads: 1})
		if err != nil {
			return out, err
		}
		var text bytes.Buffer
		if err := lightgbm.Write(&text, m.(*gbdt.Model).Mean()); err != nil {
			return out, err
		}
		name := activities.ResultName(head.Head, external.Mean, external.LightGBM)
		if _, err := f.ask(ctx, http.MethodPut, at+"/results/"+name, text.Bytes()); err != nil {
			return out, err
		}
		sum := sha256.Sum256(text.Bytes())
		out.Results = append(out.Results, activities.ExternalResult{
			Head: head.Head, Quantity: external.Mean, Format: external.LightGBM, Result: name,
			SHA256: hex.EncodeToString(sum[:]), Bytes: int64(text.Len()), Rounds: 80,
		})
	}
	out.Library = "gbdt 1.0"
	return out, nil
}

// readRows reads Parquet by a head's schema.
func readRows(body, schema []byte) (ml.Set, error) {
	var s struct {
		ml.Schema
		Target string `json:"target"`
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		return ml.Set{}, err
	}
	f, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return ml.Set{}, err
	}
	out := ml.Set{X: ml.NewMatrix(&s.Schema, int(f.NumRows())), Y: make([]float64, f.NumRows())}
	for j, path := range f.Schema().Columns() {
		into := out.Y
		if path[0] != s.Target {
			at := s.Index(path[0])
			if at < 0 {
				continue // of a wider variant
			}
			into = out.X.Col(at)
		}
		values := make([]parquet.Value, len(into))
		n, err := parquet.NewColumnChunkValueReader(f.RowGroups()[0].ColumnChunks()[j]).ReadValues(values)
		if n != len(values) || err != nil && !errors.Is(err, io.EOF) {
			return out, fmt.Errorf("column %v: %d values: %w", path, n, err)
		}
		for i, v := range values {
			into[i] = v.Double()
		}
	}
	return out, nil
}

// makeCandidateKey makes a key as a person does.
func makeCandidateKey(s *system) string {
	lines := strings.Fields(s.verb("key", "candidate", "-why", "a test")) // the key is its last word
	return lines[len(lines)-1]
}

// retrainOutside is a retrain with these candidates of other programs.
func retrainOutside(s *system, names ...string) workflows.RetrainInput {
	s.t.Helper()
	c := s.config()
	c.Source.Name, c.Source.Incidents, c.Source.Months = "synthetic", 9000, 6
	c.Train.Candidates, c.Train.ExternalWait, c.Train.Force = "baseline", 5*time.Second, true
	for _, name := range names {
		c.Train.Candidates += ",external:" + name
	}
	return control.RetrainInput(c, "manual", "test")
}

// TestCandidatesOfOtherPrograms has one fit on the real server, by the admin API alone: it is
// tried again where it fails midway, one that nobody polls for fails and holds up nothing, and
// the version is promoted, answers with its reasons, is rolled back, and cannot be fitted here.
func TestCandidatesOfOtherPrograms(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	cl, db := s.temporal(), s.db()
	f := &trainer{key: makeCandidateKey(s)}
	f.before = func(ctx context.Context, try int32, task activities.FitCandidateInput) error {
		if try > 1 {
			return nil
		}
		if _, err := f.ask(ctx, http.MethodPut, task.API+"/v1/candidates/"+task.Attempt+"/results/attendance.mean.lightgbm",
			[]byte("half a model")); err != nil {
			return err
		}
		return errors.New("the library fell over")
	}
	f.work(s, "elsewhere")
	h, err := control.StartRetrain(t.Context(), cl, retrainOutside(s, "elsewhere", "nobody"))
	if err != nil {
		t.Fatal(err)
	}
	var out workflows.RetrainResult
	if err := h.Get(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	_, board, err := db.Run(t.Context(), out.RunID)
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) registry.Candidate {
		k := slices.IndexFunc(board, func(c registry.Candidate) bool { return c.Name == name })
		if k < 0 {
			t.Fatalf("%s is not on the leaderboard %+v", name, board)
		}
		return board[k]
	}
	made, none, baseline := at("external:elsewhere"), at("external:nobody"), at("baseline")
	if made.Error != "" || !(made.Holdout.First.RMSE < baseline.Holdout.First.RMSE) || made.FitTime <= 0 ||
		f.tries.Load() != 2 {
		t.Errorf("the candidate = %+v after %d tries, want it better than the baseline's %.1f s after 2", made,
			f.tries.Load(), baseline.Holdout.First.RMSE)
	}
	if !strings.Contains(none.Error, "no worker of the queue train-nobody took the fit within 0:05") {
		t.Errorf("without a worker: %q", none.Error)
	}
	serveOutside(s, made.Version)
	resetOutside(s, f, h.GetRunID())
	f.cancelOutside(s)
}

// serveOutside promotes the version, asks it, rolls it back and makes it again as far as that goes.
func serveOutside(s *system, version string) {
	s.t.Helper()
	if !strings.Contains(s.verb("champion"), version) {
		s.verb("promote", version, "-unjudged", "-why", "a test")
	}
	var answer struct {
		Model struct{ Version string }
		Why   struct {
			Base          float64 `json:"base_seconds"`
			Calibration   float64 `json:"calibration_seconds"`
			Mean          float64 `json:"mean_seconds"`
			Contributions []struct{ Seconds float64 }
		} `json:"explanation"`
	}
	s.until("its answer", time.Minute, func() bool {
		status, body := s.post("/v1/predictions?explain=true", `{"easting":535050,"northing":179250}`)
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			s.t.Fatalf("POST /v1/predictions = %d %s", status, body)
		}
		return answer.Model.Version == version
	})
	sum := answer.Why.Base + answer.Why.Calibration
	for _, c := range answer.Why.Contributions {
		sum += c.Seconds
	}
	// they are told to the tenth of a second
	if !(math.Abs(sum-answer.Why.Mean) < 1) || len(answer.Why.Contributions) == 0 {
		s.t.Errorf("the explanation %+v sums to %.1f", answer.Why, sum)
	}
	s.verb("rollback", "-why", "a test")
	if got := s.verb("reproduce", version); !strings.Contains(got, "a program elsewhere fitted it") {
		s.t.Errorf("reproduce = %q", got)
	}
}

// resetOutside resets a run that is over to before its fit: the attempt that it kept is closed,
// and another is opened.
func resetOutside(s *system, f *trainer, runID string) {
	s.t.Helper()
	e := &endings{t: s.t, s: s, cl: s.temporal(), db: s.db()}
	old := e.record(e.cl.GetWorkflow(s.t.Context(), workflows.RetrainID(lfb.Synthetic.Line()), runID))
	tasks, task := 0, -1
	events := e.cl.GetWorkflowHistory(s.t.Context(), old.WorkflowID, old.WorkflowRunID, false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() && task < 0 {
		ev, err := events.Next()
		e.must(err)
		if ev.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks++
		}
		if ev.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == activities.FitCandidate {
			task = tasks - 1
		}
	}
	tries := f.tries.Load()
	next := e.cl.GetWorkflow(s.t.Context(), old.WorkflowID, e.resetTo(old, task))
	var out workflows.RetrainResult
	e.must(next.Get(s.t.Context(), &out))
	k := slices.IndexFunc(out.Leaderboard, func(l activities.Standing) bool { return l.Candidate == "external:elsewhere" })
	// How many tries that takes hangs on which tasks were told of together before the reset.
	if k < 0 || out.Leaderboard[k].Error != "" || f.tries.Load() == tries {
		s.t.Errorf("after the reset: %+v after %d more tries, want the fit of a second attempt", out.Leaderboard,
			f.tries.Load()-tries)
	}
}

// cancelOutside cancels a run while its candidate is fitted: the fit is told, and its attempt
// takes nothing any more.
func (f *trainer) cancelOutside(s *system) {
	s.t.Helper()
	e := &endings{t: s.t, s: s, cl: s.temporal(), db: s.db()}
	fits, told := make(chan activities.FitCandidateInput, 1), make(chan error, 1)
	waits := &trainer{key: f.key, before: func(ctx context.Context, _ int32, task activities.FitCandidateInput) error {
		fits <- task
		<-ctx.Done()
		told <- ctx.Err()
		return ctx.Err()
	}}
	waits.work(s, "slow")
	h, err := control.StartRetrain(s.t.Context(), e.cl, retrainOutside(s, "slow"))
	e.must(err)
	task := <-fits
	e.must(control.CancelWorkflow(s.t.Context(), e.cl, h.GetID(), h.GetRunID(), "a test"))
	<-told
	e.ends(e.record(h), registry.Cancelled)
	_, err = f.ask(s.t.Context(), http.MethodPut, task.API+"/v1/candidates/"+task.Attempt+
		"/results/attendance.mean.lightgbm", []byte("late"))
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != "AttemptClosed" {
		s.t.Errorf("a result after the cancel: %v, want it refused", err)
	}
}
