package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/randomforest"
)

// RelevanceSpec bounds the report on which columns are relevant.
type RelevanceSpec struct {
	Cycles int `json:"cycles"` // forests; 0 is no report
	Rows   int `json:"rows"`   // most training rows, drawn by the seed
	Trees  int `json:"trees"`  // of each forest
}

// Relevance is Boruta's report on the training rows, kept as an object that the
// candidate names. Nothing selects columns by it.
type Relevance struct {
	RelevanceSpec
	Seed    uint64                   `json:"seed"`
	Columns []randomforest.Relevance `json:"columns"` // most hits first
}

// relevanceKey is all that the report depends on, beside the step's version.
type relevanceKey struct {
	DataSet string
	Spans   dataset.Spans
	Seed    uint64
	Spec    RelevanceSpec
}

// relevance makes the report on attendance from what every call has, where it is asked
// for and the recipe is the library's that has Boruta; else, and where it cannot be
// made, which is logged, it is no Ref.
func (a *Activities) relevance(ctx context.Context, in TrainInput, recipe ml.Estimator, report func(Heartbeat)) (lfb.Ref, error) {
	spec := in.Train.Relevance
	if _, ok := recipe.(randomforest.Recipe); !ok || spec.Cycles == 0 {
		return lfb.Ref{}, nil
	}
	report(Heartbeat{Step: "relevance"})
	key := relevanceKey{DataSet: in.DataSet.ID, Spans: in.Spans, Seed: in.Train.Seed, Spec: spec}
	out, _, err := remembered(ctx, a.Blobs, stepRelevance, key, func() (lfb.Ref, error) {
		data, err := a.prepare(ctx, in.DataSet, in.Spans)
		if err != nil {
			return lfb.Ref{}, err
		}
		r := Relevance{RelevanceSpec: spec, Seed: in.Train.Seed}
		r.Columns, err = randomforest.Boruta(ctx, data.of(feature.Usual, data.attendance).train, randomforest.BorutaOptions{
			Seed: in.Train.Seed, Rows: spec.Rows, Trees: spec.Trees, Cycles: spec.Cycles,
		})
		if err != nil {
			return lfb.Ref{}, err
		}
		return putJSON(ctx, a.Blobs, "report/relevance", r)
	})
	if err != nil && ctx.Err() == nil { // a report is no reason to lose a fit
		if activity.IsActivity(ctx) {
			activity.GetLogger(ctx).Warn("relevance.failed", "candidate", in.Candidate, "err", err.Error())
		}
		return lfb.Ref{}, nil
	}
	return out, err
}
