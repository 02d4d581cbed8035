package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// JudgeVersionInput names a version, and what it must show.
type JudgeVersionInput struct {
	Line    string          `json:"line"`
	Version string          `json:"version"`
	Policy  registry.Policy `json:"policy"`
	Seed    uint64          `json:"seed"` // of the bootstrap
	Who     string          `json:"who"`
	At      time.Time       `json:"at"`
}

// JudgeVersionResult is the verdict in short; the whole stands beside the version.
type JudgeVersionResult struct {
	Passed  bool   `json:"passed"`
	Summary string `json:"summary"`
}

// JudgeVersion holds a version that was made before against what serves now, and against
// the baselines of its run, on the rows of the newest snapshot that none of them learned
// from. It writes the verdict beside the version and changes nothing else.
func (a *Activities) JudgeVersion(ctx context.Context, in JudgeVersionInput) (out JudgeVersionResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "judge")()
	a.forgetTraining()
	c, err := a.newJudgement(ctx, in)
	if err != nil {
		return out, err
	}
	if err := c.measureAll(ctx); err != nil {
		return out, err
	}
	v, err := c.judgeCandidate(c.winner())
	if err != nil {
		return out, err
	}
	for i := range v.Evidence.Baselines { // their overall figures are enough
		v.Evidence.Baselines[i].Report.Slices, v.Evidence.Baselines[i].Report.Diagnosis = nil, nil
	}
	note := registry.VersionNote{Line: in.Line, Version: in.Version, At: in.At, Who: in.Who, Text: v.Summary, Verdict: &v}
	if c.winner().explanation.IsZero() { // else it was explained when it was made
		if note.Explanation, err = c.measureExplanation(ctx, c.winner()); err != nil {
			return out, err
		}
	}
	return JudgeVersionResult{Passed: v.Passed, Summary: v.Summary}, a.Notes.SaveVersionNote(ctx, note)
}

// newJudgement is a comparison of the version alone with its run's baselines, as far as
// they are kept.
func (a *Activities) newJudgement(ctx context.Context, in JudgeVersionInput) (*comparison, error) {
	v, b, err := a.readVersion(ctx, in.Line, in.Version)
	if err != nil {
		return nil, err
	}
	sets, err := a.DataSets.DataSets(ctx, v.Origin)
	if err == nil && len(sets) == 0 {
		err = fmt.Errorf("snapshots of %s data: %w", v.Origin, lfb.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	_, made, err := a.Runs.Run(ctx, v.RunID)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return nil, err
	}
	c := &comparison{a: a, in: CompareInput{
		RunID: v.RunID, Line: in.Line, Origin: v.Origin, DataSet: sets[0],
		Spans:  dataset.Spans{Holdout: dataset.Span{Hi: math.MaxInt}},
		Policy: in.Policy, Seed: in.Seed,
	}}
	c.rows = []*contender{{bundle: b, explanation: v.Explanation, Candidate: registry.Candidate{
		RunID: v.RunID, Name: v.Candidate, State: "trained", Version: v.ID, Bundle: v.Bundle, TrainedTo: v.TrainedTo, Rank: 1,
	}}}
	for _, m := range made {
		if !IsBaseline(m.Name) || m.State != "trained" || m.Version == v.ID {
			continue
		}
		row := &contender{Candidate: m}
		if row.bundle, err = bundle.Read(ctx, a.Blobs, m.Bundle); errors.Is(err, lfb.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c.rows = append(c.rows, row)
	}
	return c, nil
}
