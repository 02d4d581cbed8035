package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/external"
	"lfb/internal/registry"
)

// ExternalSpec says how candidates of other programs are asked.
type ExternalSpec struct {
	API      string        `json:"api"`       // address of the admin API, as they reach it
	Wait     time.Duration `json:"wait"`      // for a worker of theirs
	Time     time.Duration `json:"time"`      // of one fit
	MaxBytes int64         `json:"max_bytes"` // of one model that they give back
}

// ExternalTries is how often a fit elsewhere is begun, where its worker was lost.
const ExternalTries = 3

// FitCandidate is the activity type of a fit elsewhere, on the queue train-<name>: package
// workflows starts it, and the program of that name runs it.
const FitCandidate = "FitCandidate"

// FitCandidateInput is what such a program is told. It fetches the files and gives its models
// back by the admin API, with a key of its own.
type FitCandidateInput struct {
	Attempt   string         `json:"attempt"`
	Candidate string         `json:"candidate"`
	API       string         `json:"api"`
	Heads     []ExternalHead `json:"heads"`
	Seed      uint64         `json:"seed"`
	MaxBytes  int64          `json:"max_bytes"` // of one model
}

// ExternalHead is one model that is asked for: the columns of Schema, from rows that may have
// more. The first head is needed, the others are welcome.
type ExternalHead struct {
	Head   string       `json:"head"` // bundle.Head.Name
	Train  ExternalFile `json:"train"`
	Valid  ExternalFile `json:"valid"`
	Schema ExternalFile `json:"schema"` // JSON of ml.Schema and the target's column
}

// ExternalFile is a file of an attempt.
type ExternalFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// FitCandidateResult is what such a program has given back.
type FitCandidateResult struct {
	Results []ExternalResult `json:"results"`
	Library string           `json:"library"` // xgboost 3.1.0
}

// ExternalResult is one model, for a quantity of a head.
type ExternalResult struct {
	Head     string `json:"head"`
	Quantity string `json:"quantity"` // external.Mean, external.P50 or external.P90
	Format   string `json:"format"`   // external.LightGBM or external.ONNX
	Result   string `json:"result"`   // its name in the attempt
	SHA256   string `json:"sha256"`
	Bytes    int64  `json:"bytes"`
	Rounds   int    `json:"rounds"` // 0: not known
	// Difference is the greatest that its program found, in seconds, between what the file and what
	// the library answer to the validation rows.
	Difference float64 `json:"difference_seconds,omitempty"`
}

// ResultName is the name of a head's model in an attempt.
func ResultName(head, quantity, format string) string {
	return strings.ReplaceAll(head, "/", "-") + "." + quantity + "." + format
}

// ResultNames are all that an attempt at these heads may be given.
func ResultNames(heads []string) (names []string) {
	for _, head := range heads {
		for _, quantity := range []string{external.Mean, external.P50, external.P90} {
			names = append(names, ResultName(head, quantity, external.LightGBM), ResultName(head, quantity, external.ONNX))
		}
	}
	return names
}

// OpenAttempt stores what a program elsewhere needs to fit a candidate, and opens an attempt at
// it. Calibration and hold-out are in none of the files.
func (a *Activities) OpenAttempt(ctx context.Context, in TrainInput) (out FitCandidateInput, err error) {
	defer heartbeat(ctx, "train "+in.Candidate)()
	defer func() { err = wire(err) }()
	data, err := a.prepareTraining(ctx, in.DataSet, in.Spans)
	if err != nil {
		return out, err
	}
	spec := in.Train.External
	attempt := registry.Attempt{
		ID: attemptID(ctx, in), RunID: in.RunID, Candidate: in.Candidate, OpenedAt: time.Now().UTC(),
		MaxBytes: min(spec.MaxBytes, external.MaxBytes),
	}
	attempt.ClosesAt = attempt.OpenedAt.Add(ExternalTries * (spec.Wait + spec.Time + time.Minute))
	out = FitCandidateInput{
		Attempt: attempt.ID, Candidate: in.Candidate, API: spec.API, Seed: in.Train.Seed, MaxBytes: attempt.MaxBytes,
	}
	store := func(name string, body []byte, err error) (ExternalFile, error) {
		if err != nil {
			return ExternalFile{}, err
		}
		ref, err := dataset.PutHashed(ctx, a.Blobs, "candidate/input/", name[strings.LastIndexByte(name, '.'):], body)
		attempt.Files = append(attempt.Files, registry.AttemptFile{Name: name, Ref: ref})
		return ExternalFile{Name: name, SHA256: ref.SHA256, Bytes: ref.Bytes}, err
	}
	for _, t := range data.targets() {
		var train, valid ExternalFile
		for _, part := range []struct {
			set  ml.Set
			name string
			file *ExternalFile
		}{{t.spans.train, "train", &train}, {t.spans.valid, "valid", &valid}} {
			body, err := encodeSet(part.set)
			if *part.file, err = store(t.name+"."+part.name+".parquet", body, err); err != nil {
				return out, err
			}
		}
		for _, v := range []feature.Variant{feature.Usual, feature.Sent} {
			h := ExternalHead{Head: bundle.Head{Target: t.name, Variant: v}.Name(), Train: train, Valid: valid}
			body, err := json.Marshal(struct {
				ml.Schema
				Target string `json:"target"`
			}{*data.forVariant(v, t.spans).train.X.Schema(), targetColumn})
			if h.Schema, err = store(strings.ReplaceAll(h.Head, "/", "-")+".schema.json", body, err); err != nil {
				return out, err
			}
			out.Heads, attempt.Heads = append(out.Heads, h), append(attempt.Heads, h.Head)
		}
	}
	return out, a.Attempts.OpenAttempt(ctx, attempt)
}

// attemptID is one for each execution of the activity, however often it is tried.
func attemptID(ctx context.Context, in TrainInput) string {
	execution := in.RunID + "/" + in.Candidate
	if activity.IsActivity(ctx) {
		i := activity.GetInfo(ctx)
		execution = i.WorkflowExecution.RunID + "/" + i.ActivityID
	}
	return lfb.RefTo("", []byte(execution)).SHA256[:32]
}

// targetColumn is the column of encodeSet that holds the target, in seconds.
const targetColumn = "target"

// encodeSet writes rows as Parquet: a column for each of the schema, and the target.
func encodeSet(s ml.Set) ([]byte, error) {
	columns := map[string][]float64{targetColumn: s.Y}
	for j, c := range s.X.Schema().Columns {
		columns[c.Name] = s.X.Col(j)
	}
	return dataset.EncodeMatrix(columns)
}

// CollectCandidateInput is a candidate, and what the program that fitted it says that it gave back.
type CollectCandidateInput struct {
	Train   TrainInput         `json:"train"`
	Attempt string             `json:"attempt"`
	Fitted  FitCandidateResult `json:"fitted"`
}

// CollectCandidate makes a bundle of the models that an attempt was given, as Train does of its
// own: it calibrates them and scores them on validation.
func (a *Activities) CollectCandidate(ctx context.Context, in CollectCandidateInput) (TrainResult, error) {
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "train " + in.Train.Candidate})
	defer stop()
	data, err := a.prepareTraining(ctx, in.Train.DataSet, in.Train.Spans)
	if err != nil {
		return TrainResult{}, wire(err)
	}
	recipe := catalog.External{Library: in.Fitted.Library, Rounds: map[string]int{}}
	for _, r := range in.Fitted.Results {
		recipe.Difference = max(recipe.Difference, r.Difference)
		if r.Rounds > 0 {
			recipe.Rounds[r.Head+" "+r.Quantity] = r.Rounds
		}
	}
	f := a.newFitter(in.Train, recipe, report)
	if f.fitted, err = a.readModels(ctx, in, data); err != nil {
		return TrainResult{}, wire(err)
	}
	out, err := a.fitAndStore(ctx, in.Train, f)
	return out, wire(err)
}

// readModels reads the models of an attempt, by head.
func (a *Activities) readModels(
	ctx context.Context, in CollectCandidateInput, data *trainingData,
) (map[string]ml.Model, error) {
	attempt, stored, err := a.Attempts.Attempt(ctx, in.Attempt)
	if err != nil {
		return nil, err
	}
	if attempt.Candidate != in.Train.Candidate || len(in.Fitted.Library) > 100 {
		return nil, fmt.Errorf("attempt %s is of %s, library %.100q: %w",
			attempt.ID, attempt.Candidate, in.Fitted.Library, lfb.ErrInvalid)
	}
	files := map[string][]external.File{}
	for _, r := range in.Fitted.Results {
		name := ResultName(r.Head, r.Quantity, r.Format)
		at := slices.IndexFunc(stored, func(f registry.AttemptFile) bool {
			return f.Name == name && f.Ref.SHA256 == r.SHA256
		})
		if at < 0 || stored[at].Ref.Bytes > attempt.MaxBytes {
			return nil, fmt.Errorf("attempt %s was given no %.80s of the SHA-256 %.64s: %w",
				attempt.ID, name, r.SHA256, lfb.ErrInvalid)
		}
		body, err := a.Blobs.ReadAll(ctx, stored[at].Ref)
		if err != nil {
			return nil, err
		}
		files[r.Head] = append(files[r.Head], external.File{Quantity: r.Quantity, Format: r.Format, Data: body})
	}
	models := map[string]ml.Model{}
	for _, t := range data.targets() {
		for _, v := range []feature.Variant{feature.Usual, feature.Sent} {
			name := bundle.Head{Target: t.name, Variant: v}.Name()
			if len(files[name]) == 0 {
				continue
			}
			if models[name], err = external.ReadModel(data.forVariant(v, t.spans).train.X, files[name]...); err != nil {
				return nil, fmt.Errorf("head %s: %w", name, err)
			}
		}
	}
	if models[bundle.Attendance] == nil {
		return nil, fmt.Errorf("attempt %s was given no model of %s: %w", attempt.ID, bundle.Attendance, lfb.ErrInvalid)
	}
	return models, nil
}

// CloseAttemptInput names an attempt.
type CloseAttemptInput struct {
	Attempt string `json:"attempt"`
}

// CloseAttempt ends an attempt: nothing more is taken for it.
func (a *Activities) CloseAttempt(ctx context.Context, in CloseAttemptInput) error {
	return wire(a.Attempts.CloseAttempt(ctx, in.Attempt, time.Now()))
}
