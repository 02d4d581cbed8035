package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/blend"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
	"lfb/internal/registry"
)

// TrainInput is one candidate on one snapshot.
type TrainInput struct {
	Line      string           `json:"line"`
	Origin    lfb.Origin       `json:"origin"`
	DataSet   registry.DataSet `json:"data_set"`
	Spans     dataset.Spans    `json:"spans"`
	Candidate string           `json:"candidate"` // name on the leaderboard, in package catalog too where Base is empty
	Train     TrainSpec        `json:"train"`
	// Base is the catalog's name of a candidate with a recipe of its own: Override
	// says where it differs, Search is the record of how that was found.
	Base     string          `json:"base"`
	Override json.RawMessage `json:"override"`
	Search   lfb.Ref         `json:"search"`
	RunID    string          `json:"run_id,omitempty"` // the run that asks
}

// CatalogName is the name in package catalog.
func (in TrainInput) CatalogName() string { return cmp.Or(in.Base, in.Candidate) }

// IsBaseline says whether a candidate of that name is one of the baselines.
func IsBaseline(name string) bool { return strings.HasPrefix(name, "baseline") }

// TrainResult is the candidate's bundle and how it did on validation, or why it
// failed.
type TrainResult struct {
	Candidate string                `json:"candidate"`
	Version   string                `json:"version"`
	Bundle    lfb.Ref               `json:"bundle"`
	Valid     ml.Metrics            `json:"valid"`
	Recipe    json.RawMessage       `json:"recipe"`
	FitTime   time.Duration         `json:"fit_time"`
	TrainedTo time.Time             `json:"trained_to"`
	Curve     []registry.CurvePoint `json:"curve"`
	Search    lfb.Ref               `json:"search"`    // search.Record, where the recipe was searched for
	Relevance lfb.Ref               `json:"relevance"` // randomforest.Report, where it was asked for and the candidate can say
	Error     string                `json:"error"`
	RunID     string                `json:"run_id,omitempty"` // the run that fitted it
}

// Summary is one line for people: first engine, validation.
func (r TrainResult) Summary() string {
	return fmt.Sprintf("version %s: validation RMSE %.1f s, MAE %.1f s, P90 coverage %.1f %%", r.Version, r.Valid.RMSE,
		r.Valid.MAE, r.Valid.CoverageP90*100)
}

// Train fits one candidate for each target, calibrates it, and stores the
// bundle. The same input finds the same bundle, without fitting again.
func (a *Activities) Train(ctx context.Context, in TrainInput) (TrainResult, error) {
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "train " + in.Candidate})
	defer stop()
	recipe, err := catalog.Recipe(in.CatalogName(), in.Override)
	if err != nil {
		return TrainResult{}, wire(err)
	}
	key, err := newTrainKey(in, recipe)
	if err != nil {
		return TrainResult{}, wire(err)
	}
	f := a.newFitter(in, recipe, report)
	out, _, err := rememberStep(ctx, a.Blobs, stepTrain, key, func() (TrainResult, error) {
		return a.fitAndStore(ctx, in, f)
	})
	if err != nil {
		return out, wire(err)
	}
	out.Search = in.Search
	out.Relevance, err = a.reportRelevance(ctx, in, recipe, report)
	return out, wire(err)
}

// trainKey is all that a fit depends on, beside the step's version.
type trainKey struct {
	Line      string
	DataSet   string
	Spans     dataset.Spans
	Candidate string
	Recipe    json.RawMessage
	Seed      uint64
}

func newTrainKey(in TrainInput, recipe ml.Estimator) (key trainKey, err error) {
	key = trainKey{Line: in.Line, DataSet: in.DataSet.ID, Spans: in.Spans, Candidate: in.Candidate, Seed: in.Train.Seed}
	key.Recipe, err = catalog.Describe(recipe)
	return key, err
}

// fitAndStore fits, from where its checkpoint is, and stores.
func (a *Activities) fitAndStore(ctx context.Context, in TrainInput, f fitter) (TrainResult, error) {
	data, err := a.prepareTraining(ctx, in.DataSet, in.Spans)
	if err != nil {
		return TrainResult{}, err
	}
	started := time.Now()
	if f.members, err = a.findMembers(ctx, in, f.recipe); err != nil {
		return TrainResult{}, err
	}
	if f.fitted == nil {
		key, err := newTrainKey(in, f.recipe)
		if err != nil {
			return TrainResult{}, err
		}
		if f.checkpoints, err = a.newCheckpointer(ctx, stepTrain, key); err != nil {
			return TrainResult{}, err
		}
	}
	b, err := f.fitHeads(ctx, data)
	if err != nil {
		return TrainResult{}, fmt.Errorf("%s: %w", in.Candidate, err)
	}
	took := time.Since(started)
	if err := writeManifest(b, in, f.recipe, data); err != nil {
		return TrainResult{}, err
	}
	ref, err := bundle.Write(ctx, a.Blobs, b)
	if err != nil {
		return TrainResult{}, err
	}
	f.checkpoints.deleteCheckpoint()
	return TrainResult{
		Candidate: in.Candidate, Version: ref.SHA256[:12], Bundle: ref, Valid: b.Manifest.Valid.First,
		Recipe: b.Manifest.Recipe, FitTime: took, TrainedTo: data.trainedTo, Curve: f.curve.thinOut(), RunID: in.RunID,
	}, nil
}

// fitHeads fits the recipe for each target that has rows enough: from what every
// call has, and from that and the station sent from where the recipe can use it.
func (f fitter) fitHeads(ctx context.Context, data *trainingData) (*bundle.Bundle, error) {
	b := &bundle.Bundle{Spec: data.spec}
	var err error
	variants := []feature.Variant{feature.Usual}
	if catalog.TakesSent(f.recipe) {
		variants = append(variants, feature.Sent)
	}
	for _, target := range data.targets() {
		for _, v := range variants {
			h := bundle.Head{Target: target.name, Variant: v}
			if f.fitted != nil && f.fitted[h.Name()] == nil {
				continue // a program elsewhere gave none back
			}
			if h.Model = f.checkpoints.finishedHead(h.Name()); h.Model == nil {
				if h.Model, err = f.fitHead(ctx, h, data.forVariant(v, target.spans)); err == nil {
					err = f.checkpoints.finishHead(h.Name(), h.Model)
				}
			}
			if err != nil {
				return nil, fmt.Errorf("%s, variant %q: %w", target.name, v, err)
			}
			b.Heads = append(b.Heads, h)
		}
	}
	return b, nil
}

// fitter fits and calibrates the recipe on one target's spans.
type fitter struct {
	recipe      ml.Estimator
	seed        uint64
	threads     int
	step        string
	report      func(Heartbeat)
	members     members             // of a blend, where they are fitted already
	fitted      map[string]ml.Model // by head, where a program elsewhere has fitted them; nil: nobody has
	checkpoints *checkpointer
	curve       *curve // of attendance
}

func (a *Activities) newFitter(in TrainInput, recipe ml.Estimator, report func(Heartbeat)) fitter {
	return fitter{
		recipe: recipe, seed: in.Train.Seed, threads: a.Threads, step: "train " + in.Candidate, report: report,
		checkpoints: &checkpointer{}, curve: &curve{},
	}
}

// fitHead fits and calibrates the head on s. A blend of members that are fitted already
// only weighs them.
func (f fitter) fitHead(ctx context.Context, h bundle.Head, s spans) (*interval.Model, error) {
	if m := f.fitted[h.Name()]; m != nil {
		return interval.Fit(ctx, m, s.valid, s.calib)
	}
	if members := f.members.headModels(h.Target, h.Variant); members != nil {
		m, err := f.recipe.(blend.Recipe).Combine(members, s.valid)
		if err != nil {
			return nil, err
		}
		return interval.Fit(ctx, m, s.valid, s.calib)
	}
	opt := ml.Options{Seed: f.seed, Threads: f.threads, Progress: func(p ml.Progress) {
		if h.Target == bundle.Attendance && h.Variant == feature.Usual {
			f.curve.addPoint(p)
		}
		f.report(Heartbeat{Step: f.step, Done: int64(p.Done), Total: int64(p.Total), Unit: "rounds"})
	}}
	began := time.Now()
	m, err := f.checkpoints.fitModel(ctx, h.Name(), f.recipe, spans{train: s.train, valid: s.valid}, opt)
	if err != nil {
		return nil, err
	}
	if activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Info("head fitted", "head", h.Name(), "rows", len(s.train.Y), "took",
			time.Since(began).Round(time.Millisecond).String())
	}
	return interval.Fit(ctx, m, s.valid, s.calib)
}

// writeManifest scores the bundle on validation and writes its manifest. Nothing that
// differs between two fits of the same data is in it.
func writeManifest(b *bundle.Bundle, in TrainInput, recipe ml.Estimator, data *trainingData) error {
	b.Manifest = bundle.Manifest{
		Line: in.Line, Origin: in.Origin, Candidate: in.Candidate, Base: in.Base, DataSet: in.DataSet.ID,
		Seed: in.Train.Seed, TrainedTo: data.trainedTo,
	}
	if err := scoreValidation(b, data); err != nil {
		return err
	}
	var err error
	if b.Manifest.Recipe, err = catalog.Describe(recipe); err != nil {
		return err
	}
	b.Manifest.Spans, err = CanonicalJSON(in.Spans)
	return err
}

// scoreValidation notes in the manifest how the bundle does on validation.
func scoreValidation(b *bundle.Bundle, data *trainingData) error {
	y := data.attendance.valid.Y
	for _, h := range b.Heads {
		if h.Target != bundle.Attendance {
			continue
		}
		answers, err := h.Model.Answer(nil, data.forVariant(h.Variant, data.attendance).valid.X)
		if err != nil {
			return err
		}
		r := ml.Evaluate(answers, y, data.valid.first, data.valid.labels)
		if math.IsNaN(r.First.RMSE) {
			return fmt.Errorf("%s, variant %q: its validation RMSE is no number: %w", b.Manifest.Candidate, h.Variant,
				lfb.ErrInvalid)
		}
		if h.Variant == feature.Usual {
			b.Manifest.Valid = r
		} else {
			b.Manifest.ValidSent = &r.First
		}
	}
	return nil
}
