package web

import (
	"cmp"
	"context"
	"slices"

	"go.uber.org/zap"

	tuning "lfb/internal/ml/search"
	"lfb/internal/registry"
)

// shownTrials is how many trials of a search are listed, best first.
const shownTrials = 20

// search is how a candidate's recipe was found.
type search struct {
	tuning.Record
	Candidate string // whose recipe it became
	Rows      []trialRow
	Judged    int
}

// trialRow is one recipe of a search.
type trialRow struct {
	tuning.Trial
	Best bool
	Mean float64 // RMSE over the origins that it was judged on, seconds; 0 without one
}

// Changes is where the recipe differs from the default.
func (t trialRow) Changes() string {
	if text := string(t.Override); text != "" && text != "null" && text != "{}" {
		return text
	}
	return "the default"
}

// readSearches reads the records of the candidates that were searched for. One that
// cannot be read is left out: the leaderboard has what came of it.
func (u *ui) readSearches(ctx context.Context, cs []registry.Candidate) []search {
	var out []search
	for _, c := range cs {
		if c.Search.IsZero() {
			continue
		}
		s := search{Candidate: c.Name}
		if err := u.readJSON(ctx, c.Search, &s.Record); err != nil {
			u.Log.Warn("search not read", zap.String("run_id", c.RunID), zap.String("candidate", c.Name), zap.Error(err))
			continue
		}
		s.rankTrials()
		out = append(out, s)
	}
	return out
}

// rankTrials lists the trials: those that stayed for most origins first, then by RMSE.
func (s *search) rankTrials() {
	for _, t := range s.Trials {
		row := trialRow{Trial: t, Best: t.Number == s.Best}
		for _, v := range t.RMSE {
			row.Mean += v / float64(len(t.RMSE))
		}
		if len(t.RMSE) > 0 {
			s.Judged++
		}
		s.Rows = append(s.Rows, row)
	}
	slices.SortStableFunc(s.Rows, func(a, b trialRow) int {
		return cmp.Or(cmp.Compare(len(b.RMSE), len(a.RMSE)), cmp.Compare(a.Mean, b.Mean))
	})
	s.Rows = s.Rows[:min(shownTrials, len(s.Rows))]
}
