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

// relevanceKey is all that the report depends on, beside the step's version.
type relevanceKey struct {
	DataSet string
	Spans   dataset.Spans
	Seed    uint64
	Spec    randomforest.ReportSpec
}

// reportRelevance makes the report on attendance from what every call has, where it is asked
// for and the recipe is the library's that has Boruta; else, and where it cannot be
// made, which is logged, it is no Ref.
func (a *Activities) reportRelevance(ctx context.Context, in TrainInput, recipe ml.Estimator,
	report func(Heartbeat),
) (lfb.Ref, error) {
	spec := in.Train.Relevance
	if _, ok := recipe.(randomforest.Recipe); !ok || spec.Cycles == 0 {
		return lfb.Ref{}, nil
	}
	report(Heartbeat{Step: "relevance"})
	key := relevanceKey{DataSet: in.DataSet.ID, Spans: in.Spans, Seed: in.Train.Seed, Spec: spec}
	out, _, err := rememberStep(ctx, a.Blobs, stepRelevance, key, func() (lfb.Ref, error) {
		data, err := a.prepareTraining(ctx, in.DataSet, in.Spans)
		if err != nil {
			return lfb.Ref{}, err
		}
		r := randomforest.Report{ReportSpec: spec, Seed: in.Train.Seed}
		train := data.forVariant(feature.Usual, data.attendance).train
		r.Columns, err = randomforest.Boruta(ctx, train, spec, r.Seed)
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
