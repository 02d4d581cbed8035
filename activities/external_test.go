package activities

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"lfb/internal/bundle"
	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/external"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/registry"
)

// elsewhere is a candidate that this test fits as another program would.
const elsewhere = "external:elsewhere"

func elsewhereInput(plan PlanResult, run string) TrainInput {
	spec := ExternalSpec{API: "http://127.0.0.1:1", Wait: time.Minute, Time: time.Hour, MaxBytes: 64 << 20}
	return TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: plan.DataSet, Spans: plan.Spans, RunID: run,
		Candidate: elsewhere,
		Train:     TrainSpec{Seed: 1, External: spec},
	}
}

// readSet reads the rows of a head as a program elsewhere would.
func readSet(t *testing.T, body []byte, schema ml.Schema, target string) ml.Set {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for j, path := range f.Schema().Columns() {
		r := parquet.NewColumnChunkValueReader(f.RowGroups()[0].ColumnChunks()[j])
		values := make([]parquet.Value, f.NumRows())
		if n, err := r.ReadValues(values); n != len(values) || err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("column %v: %d values, %v", path, n, err)
		}
		for _, v := range values {
			columns[path[0]] = append(columns[path[0]], v.Double())
		}
	}
	x := ml.NewMatrix(&schema, int(f.NumRows()))
	for j, c := range schema.Columns {
		copy(x.Col(j), columns[c.Name])
	}
	return ml.Set{X: x, Y: columns[target]}
}

// fitElsewhere does what a program elsewhere does with a task, by the attempt alone. change,
// where not nil, spoils a model before it is given back.
func fitElsewhere(t *testing.T, a *Activities, task FitCandidateInput,
	change func(model []byte) []byte,
) FitCandidateResult {
	t.Helper()
	ctx := t.Context()
	attempt, _, err := a.Attempts.Attempt(ctx, task.Attempt)
	if err != nil {
		t.Fatal(err)
	}
	fetch := func(f ExternalFile) []byte {
		ref, ok := attempt.File(f.Name)
		body, err := a.Blobs.ReadAll(ctx, ref)
		if !ok || err != nil || ref.SHA256 != f.SHA256 || ref.Bytes != f.Bytes {
			t.Fatalf("file %+v is %+v of the attempt, %v", f, ref, err)
		}
		return body
	}
	out := FitCandidateResult{Library: "gbdt 1.0"}
	for _, head := range task.Heads {
		var schema struct {
			ml.Schema
			Target string `json:"target"`
		}
		if err := json.Unmarshal(fetch(head.Schema), &schema); err != nil {
			t.Fatal(err)
		}
		recipe := gbdt.Recipe{Rounds: 60, Quantiles: []float64{ml.Q50, ml.Q90}}
		m, err := recipe.Fit(ctx, readSet(t, fetch(head.Train), schema.Schema, schema.Target),
			readSet(t, fetch(head.Valid), schema.Schema, schema.Target), ml.Options{Seed: task.Seed})
		if err != nil {
			t.Fatal(err)
		}
		for k, quantity := range []string{external.Mean, external.P50, external.P90} {
			if head.Head == bundle.Attendance && k > 0 {
				break // its quantiles come from residuals
			}
			var text bytes.Buffer
			if err := lightgbm.Write(&text, m.(*gbdt.Model).Heads()[k]); err != nil {
				t.Fatal(err)
			}
			body := text.Bytes()
			if change != nil {
				body = change(body)
			}
			ref := lfb.RefTo("candidate/result/", body)
			if ref, err = a.Blobs.PutBytes(ctx, ref.Key+ref.SHA256, body); err != nil {
				t.Fatal(err)
			}
			name := ResultName(head.Head, quantity, external.LightGBM)
			if err := a.Attempts.SaveAttemptResult(ctx, task.Attempt, registry.AttemptFile{Name: name, Ref: ref},
				time.Now()); err != nil {
				t.Fatal(err)
			}
			out.Results = append(out.Results, ExternalResult{
				Head: head.Head, Quantity: quantity, Format: external.LightGBM, Result: name, SHA256: ref.SHA256, Bytes: ref.Bytes,
				Rounds: 60,
			})
		}
	}
	return out
}

// TestACandidateOfAnotherProgram is fitted from what its attempt was given, and becomes a
// version as any other: compared, served as trained, explained, made again but for the fit,
// and cleaned up after.
func TestACandidateOfAnotherProgram(t *testing.T) {
	t.Parallel()
	a, ctx := newActivities(t), t.Context()
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	in := elsewhereInput(plan, "r")
	task, err := a.OpenAttempt(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.OpenAttempt(ctx, in); err != nil || again.Attempt != task.Attempt ||
		again.Heads[0] != task.Heads[0] {
		t.Errorf("OpenAttempt again = %+v, %v, want the same", again, err)
	}
	attempt, _, err := a.Attempts.Attempt(ctx, task.Attempt)
	if err != nil || attempt.RunID != "r" || !slices.Contains(attempt.Heads, "attendance/sent") {
		t.Fatalf("the attempt = %+v, %v", attempt, err)
	}
	fitted := fitElsewhere(t, a, task, nil)
	made, err := a.CollectCandidate(ctx, CollectCandidateInput{Train: in, Attempt: task.Attempt, Fitted: fitted})
	if err != nil {
		t.Fatal(err)
	}
	baseline, err := a.Train(ctx, TrainInput{
		Line: in.Line, Origin: in.Origin, DataSet: d, Spans: plan.Spans,
		Candidate: "baseline", Train: TrainSpec{Seed: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	compared, err := a.Compare(ctx, CompareInput{
		RunID: "r", Line: in.Line, Origin: in.Origin, DataSet: d, Spans: plan.Spans, Policy: policy(), Seed: 1,
		Candidates: []TrainResult{baseline, made},
	})
	if err != nil || !compared.Passed || compared.Winner != made.Version ||
		compared.Leaderboard[0].Candidate != elsewhere {
		t.Fatalf("comparison = %+v, %v, want the candidate to win", compared, err)
	}
	served(t, a, compared)
	b, err := bundle.Read(ctx, a.Blobs, made.Bundle)
	if err != nil || len(b.Heads) != len(task.Heads) || !b.CanExport() {
		t.Fatalf("the bundle has %d heads, %v, want %d that can be exported", len(b.Heads), err, len(task.Heads))
	}
	why, err := b.Explain(&lfb.Call{At: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), PumpOrder: 1})
	if err != nil {
		t.Fatal(err)
	}
	sum := why.Base
	for _, c := range why.Contributions {
		sum += c.Seconds
	}
	if !(math.Abs(sum-why.Mean) <= 1e-9*why.Mean) {
		t.Errorf("contributions sum to %v of %v", sum, why.Mean)
	}
	if !strings.Contains(string(b.Manifest.Recipe), `{"estimator":"external","parameters":{"library":"gbdt 1.0"`) {
		t.Errorf("recipe = %s", b.Manifest.Recipe)
	}
	again, err := a.Reproduce(ctx, ReproduceInput{Line: in.Line, Version: made.Version})
	if err != nil || again.Outcome != ExemptBytes || again.Got != again.Want ||
		!strings.Contains(again.Reason, "elsewhere") {
		t.Errorf("Reproduce = %+v, %v, want the same bytes around models that cannot be fitted here", again, err)
	}
	refit, err := a.Refit(ctx, RefitInput{RunID: "r", Line: in.Line, Version: made.Version, Policy: policy()})
	if err != nil || refit.Version != "" || !strings.Contains(refit.Reason, "not refitted: another program fitted it") {
		t.Errorf("Refit = %+v, %v, want that it is not, and why", refit, err)
	}
	if err := a.CloseAttempt(ctx, CloseAttemptInput{task.Attempt}); err != nil {
		t.Fatal(err)
	}
	later := time.Now().AddDate(0, 1, 0)
	marked, err := a.MarkUnused(ctx, MarkUnusedInput{gc.Policy{Keep: 365 * 24 * time.Hour, Grace: 48 * time.Hour}, later})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RemoveUnusedRecords(ctx, RemoveUnusedRecordsInput{marked.Plan}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Attempts.Attempt(ctx, task.Attempt); !errors.Is(err, lfb.ErrNotFound) || marked.Versions != 0 {
		t.Errorf("the attempt after housekeeping: %v; versions that go: %d", err, marked.Versions)
	}
}

// TestWhatAnotherProgramGivesIsChecked: nothing becomes a version that the attempt was not
// given, or that is no such model.
func TestWhatAnotherProgramGivesIsChecked(t *testing.T) {
	t.Parallel()
	a, ctx := newActivities(t), t.Context()
	_, plan := planned(t, a, village())
	in := elsewhereInput(plan, "r")
	task, err := a.OpenAttempt(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	fitted := fitElsewhere(t, a, task, nil)
	other := in
	other.RunID = "another"
	theirs, err := a.OpenAttempt(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	garbage := fitElsewhere(t, a, theirs, func(model []byte) []byte { return append([]byte("garbage "), model...) })
	changed := func(change func(*FitCandidateResult)) FitCandidateResult {
		out := FitCandidateResult{Results: slices.Clone(fitted.Results), Library: fitted.Library}
		change(&out)
		return out
	}
	wrong := in
	wrong.Candidate = "external:another"
	small := in
	small.RunID, small.Train.External.MaxBytes = "small", 10
	tight, err := a.OpenAttempt(ctx, small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		in      TrainInput
		attempt string
		fitted  FitCandidateResult
		said    string
	}{
		{"bad hash", in, task.Attempt, changed(func(f *FitCandidateResult) {
			f.Results[0].SHA256 = strings.Repeat("0", 64)
		}), "was given no attendance.mean.lightgbm"},
		{"the attempt of another run", other, theirs.Attempt, fitted, "was given no"},
		{"the attempt of another candidate", wrong, task.Attempt, fitted, "is of " + elsewhere},
		{"no such attempt", in, "none", fitted, "not found"},
		{"garbage", other, theirs.Attempt, garbage, "head attendance"},
		{"oversized", small, tight.Attempt, fitElsewhere(t, a, tight, nil), "was given no"},
		{
			"no attendance", in, task.Attempt, changed(func(f *FitCandidateResult) { f.Results = f.Results[1:] }),
			"no model of attendance",
		},
		{"a head of ours that is none", in, task.Attempt, changed(func(f *FitCandidateResult) {
			f.Results[0].Head = "travel"
		}), "was given no travel"},
		{
			"a P50 without a P90", in, task.Attempt, changed(func(f *FitCandidateResult) { f.Results = f.Results[:3] }),
			"head attendance/sent",
		},
	} {
		got, err := a.CollectCandidate(ctx, CollectCandidateInput{Train: c.in, Attempt: c.attempt, Fitted: c.fitted})
		if err == nil || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: CollectCandidate = %+v, %v, want an error that has %q", c.name, got, err, c.said)
		}
	}
	if _, err := a.Train(ctx, in); err == nil {
		t.Error("Train fits a candidate of another program")
	}
	if _, err := catalog.Recipe("external:Not A Name"); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Recipe of a bad name = %v", err)
	}
}
