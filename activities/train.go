package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
	"lfb/internal/registry"
)

// TrainInput is one candidate on one snapshot.
type TrainInput struct {
	Line      string
	Origin    lfb.Origin
	DataSet   registry.DataSet
	Spans     dataset.Spans
	Candidate string // name on the leaderboard, in package catalog too where Base is empty
	Train     TrainSpec
	// Base is the catalog's name of a candidate with a recipe of its own: Override
	// says where it differs, Search is the record of how that was found.
	Base     string
	Override json.RawMessage
	Search   lfb.Ref
}

// TrainResult is the candidate's bundle and how it did on validation, or why it
// failed.
type TrainResult struct {
	Candidate string
	Version   string
	Bundle    lfb.Ref
	Valid     ml.Metrics
	Recipe    json.RawMessage
	FitTime   time.Duration
	TrainedTo time.Time
	Search    lfb.Ref // activities.Search, where the recipe was searched for
	Curve     []registry.CurvePoint
	Error     string
}

// Summary is one line for people: first engine, validation.
func (r TrainResult) Summary() string {
	return fmt.Sprintf("version %s: validation RMSE %.1f s, MAE %.1f s, P90 coverage %.1f %%", r.Version, r.Valid.RMSE,
		r.Valid.MAE, r.Valid.CoverageP90*100)
}

// Train fits one candidate for each target, calibrates it, and stores the
// bundle. The same input finds the same bundle, without fitting again.
func (a *Activities) Train(ctx context.Context, in TrainInput) (TrainResult, error) {
	report, stop := beat(ctx, Beat{Step: "train " + in.Candidate})
	defer stop()
	recipe, err := catalog.Recipe(cmp.Or(in.Base, in.Candidate), in.Override)
	if err != nil {
		return TrainResult{}, wire(err)
	}
	key := trainKey{Line: in.Line, DataSet: in.DataSet.ID, Spans: in.Spans, Candidate: in.Candidate, Seed: in.Train.Seed}
	if key.Recipe, err = catalog.Describe(recipe); err != nil {
		return TrainResult{}, wire(err)
	}
	out, _, err := remembered(ctx, a.Blobs, stepTrain, key, func() (TrainResult, error) { return a.train(ctx, in, recipe, report) })
	out.Search = in.Search
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

func (a *Activities) train(ctx context.Context, in TrainInput, recipe ml.Estimator, report func(Beat)) (TrainResult, error) {
	data, err := a.prepare(ctx, in.DataSet, in.Spans)
	if err != nil {
		return TrainResult{}, err
	}
	started := time.Now()
	b, curve, err := a.fitHeads(ctx, in, recipe, data, report)
	if err != nil {
		return TrainResult{}, err
	}
	took := time.Since(started)
	if err := describe(b, in, recipe, data); err != nil {
		return TrainResult{}, err
	}
	ref, err := bundle.Write(ctx, a.Blobs, b)
	if err != nil {
		return TrainResult{}, err
	}
	return TrainResult{
		Candidate: in.Candidate, Version: ref.SHA256[:12], Bundle: ref, Valid: b.Manifest.Valid.First,
		Recipe: b.Manifest.Recipe, FitTime: took, TrainedTo: data.trainedTo, Curve: curve,
	}, nil
}

// fitHeads fits the recipe for each target that has rows enough. The curve is the
// first one's.
func (a *Activities) fitHeads(ctx context.Context, in TrainInput, recipe ml.Estimator, data *trainingData, report func(Beat)) (*bundle.Bundle, []registry.CurvePoint, error) {
	b := &bundle.Bundle{Spec: data.spec}
	f := fitter{recipe: recipe, seed: in.Train.Seed, threads: a.Threads, step: "train " + in.Candidate, report: report}
	var curves []curve
	for _, target := range []struct {
		name  string
		spans spans
	}{{bundle.Attendance, data.attendance}, {bundle.Response, data.response}} {
		if target.spans.empty() {
			continue
		}
		c := curve{}
		m, err := f.fit(ctx, target.spans, &c)
		if err != nil {
			return nil, nil, fmt.Errorf("%s, %s: %w", in.Candidate, target.name, err)
		}
		curves = append(curves, c)
		b.Heads = append(b.Heads, bundle.Head{Target: target.name, Model: m})
	}
	if len(curves) == 0 {
		return b, nil, nil
	}
	return b, curves[0].thin(), nil
}

// fitter fits and calibrates the recipe on one target's spans.
type fitter struct {
	recipe  ml.Estimator
	seed    uint64
	threads int
	step    string
	report  func(Beat)
}

func (f fitter) fit(ctx context.Context, s spans, c *curve) (*interval.Model, error) {
	m, err := f.recipe.Fit(ctx, s.train, s.valid, ml.Options{Seed: f.seed, Threads: f.threads, Progress: func(p ml.Progress) {
		c.add(p)
		f.report(Beat{Step: f.step, Done: int64(p.Done), Total: int64(p.Total)})
	}})
	if err != nil {
		return nil, err
	}
	return interval.Fit(ctx, m, s.valid, s.calib, interval.Options{})
}

// describe scores the bundle on validation and writes its manifest. Nothing that
// differs between two fits of the same data is in it.
func describe(b *bundle.Bundle, in TrainInput, recipe ml.Estimator, data *trainingData) error {
	answers, err := b.Heads[0].Model.Answer(nil, data.attendance.valid.X)
	if err != nil {
		return err
	}
	valid := ml.Evaluate(answers, data.attendance.valid.Y, data.valid.first, data.valid.labels)
	if math.IsNaN(valid.First.RMSE) {
		return fmt.Errorf("%s: its validation RMSE is no number: %w", in.Candidate, lfb.ErrInvalid)
	}
	b.Manifest = bundle.Manifest{
		Line: in.Line, Origin: in.Origin, Candidate: in.Candidate, DataSet: in.DataSet.ID,
		Seed: in.Train.Seed, TrainedTo: data.trainedTo, Valid: valid,
	}
	if b.Manifest.Recipe, err = catalog.Describe(recipe); err != nil {
		return err
	}
	if b.Manifest.Breaks, err = ml.MonotoneBreaks(b.Heads[0].Model.Model(), data.attendance.valid.X); err != nil {
		return err
	}
	b.Manifest.Spans, err = CanonicalJSON(in.Spans)
	return err
}
