package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/search"
	"lfb/internal/registry"
)

// TuneSpec is the budget of the search for better hyper-parameters.
type TuneSpec struct {
	Trials  int `json:"trials"`  // the default recipe among them; below 2 there is no search
	Minutes int `json:"minutes"` // no trial is begun later; those that run are stopped
}

// mostOrigins is how many rolling origins a search is judged on.
const mostOrigins = 3

// ProposeTrialsInput is what a search is to try.
type ProposeTrialsInput struct {
	DataSet   registry.DataSet `json:"data_set"`
	Spans     dataset.Spans    `json:"spans"`
	Candidate string           `json:"candidate"` // whose recipe is searched
	Trials    int              `json:"trials"`
	Seed      uint64           `json:"seed"`
}

// ProposeTrialsResult is the trials and the origins that they are judged on.
type ProposeTrialsResult struct {
	Overrides []json.RawMessage `json:"overrides"` // by trial; the first is the default recipe
	Origins   []dataset.Spans   `json:"origins"`   // the earliest first; the last is the run's own
}

// ProposeTrials draws the trials and cuts the rolling origins, all before calibration
// and hold-out.
func (a *Activities) ProposeTrials(ctx context.Context, in ProposeTrialsInput) (out ProposeTrialsResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "tune")()
	s, err := catalog.SearchOf(in.Candidate)
	if err != nil {
		return out, err
	}
	if out.Overrides, err = s.Space.Draw(in.Seed, in.Trials); err != nil {
		return out, err
	}
	t, err := a.loadTable(ctx, in.DataSet, dataset.LoadOptions{})
	if err != nil {
		return out, err
	}
	out.Origins = dataset.Origins(t, in.Spans, mostOrigins)
	return out, nil
}

// RunTrialInput is one recipe on one rolling origin.
type RunTrialInput struct {
	DataSet   registry.DataSet `json:"data_set"`
	Spans     dataset.Spans    `json:"spans"` // of the origin: only its train and validation are read
	Candidate string           `json:"candidate"`
	Override  json.RawMessage  `json:"override"`
	Seed      uint64           `json:"seed"`
}

// RunTrialResult is how the recipe did on the origin's validation.
type RunTrialResult struct {
	Score   search.Score  `json:"score"`
	FitTime time.Duration `json:"fit_time"`
}

// RunTrial fits a recipe's mean on an origin's training rows and scores it on the
// first engines of its validation. The same trial is not fitted twice.
func (a *Activities) RunTrial(ctx context.Context, in RunTrialInput) (RunTrialResult, error) {
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "tune"})
	defer stop()
	s, err := catalog.SearchOf(in.Candidate)
	if err != nil {
		return RunTrialResult{}, wire(err)
	}
	recipe, err := catalog.Recipe(in.Candidate, in.Override, s.Trial)
	if err != nil {
		return RunTrialResult{}, wire(err)
	}
	key := trainKey{DataSet: in.DataSet.ID, Spans: in.Spans, Candidate: in.Candidate, Seed: in.Seed}
	if key.Recipe, err = catalog.Describe(recipe); err != nil {
		return RunTrialResult{}, wire(err)
	}
	out, _, err := rememberStep(ctx, a.Blobs, stepTrial, key, func() (RunTrialResult, error) {
		return a.fitTrial(ctx, in, recipe, report)
	})
	return out, wire(err)
}

func (a *Activities) fitTrial(ctx context.Context, in RunTrialInput, recipe ml.Estimator,
	report func(Heartbeat),
) (out RunTrialResult, err error) {
	data, err := a.prepareTraining(ctx, in.DataSet, in.Spans)
	if err != nil {
		return out, err
	}
	started := time.Now()
	s := data.forVariant(feature.Usual, data.attendance)
	m, err := recipe.Fit(ctx, s.train, s.valid, ml.Options{
		Seed: in.Seed, Threads: a.Threads, Progress: func(p ml.Progress) {
			report(Heartbeat{Step: "tune", Done: int64(p.Done), Total: int64(p.Total)})
		},
	})
	if err != nil {
		return out, fmt.Errorf("trial of %s with %s: %w", in.Candidate, in.Override, err)
	}
	out.FitTime = time.Since(started)
	predicted, err := m.Predict(nil, s.valid.X)
	if err != nil {
		return out, err
	}
	for i, first := range data.valid.first {
		if first {
			d := predicted[i] - s.valid.Y[i]
			out.Score = out.Score.Plus(search.Score{Squares: d * d, Rows: 1})
		}
	}
	return out, nil
}

// SaveSearchInput is a search without what the catalog knows.
type SaveSearchInput struct {
	Search  search.Record   `json:"search"`
	Origins []dataset.Spans `json:"origins"`
}

// SaveSearch stores the record of a search.
func (a *Activities) SaveSearch(ctx context.Context, in SaveSearchInput) (lfb.Ref, error) {
	s, err := catalog.SearchOf(in.Search.Candidate)
	if err != nil {
		return lfb.Ref{}, wire(err)
	}
	recipe, err := catalog.Recipe(in.Search.Candidate)
	if err != nil {
		return lfb.Ref{}, wire(err)
	}
	out := in.Search
	out.Space = s.Space
	if out.Default, err = catalog.Describe(recipe); err != nil {
		return lfb.Ref{}, wire(err)
	}
	for _, o := range in.Origins {
		out.Origins = append(out.Origins, search.Origin{Train: search.Span(o.Train), Valid: search.Span(o.Valid)})
	}
	ref, err := putJSON(ctx, a.Blobs, "report/search", out)
	return ref, wire(err)
}
