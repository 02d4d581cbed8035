package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// mostCompared is how many runs stand side by side at most: more are not read.
const mostCompared = 20

// compareBody is several runs, the earliest first, named A, B, …
type compareBody struct {
	Runs       []comparedRun
	Settings   []settingRow // that differ
	Candidates []candidateRow
	Slices     []sliceRow // of the winners, the largest change first
}

// comparedRun is a run with its winner.
type comparedRun struct {
	registry.Run
	Letter  string
	Winner  *registry.Candidate // nil without one
	Whisker *whisker            // of the winner against the champion of then; nil without
	Figures *figures            // likewise
}

// settingRow is a setting of every run; empty where a run has it not.
type settingRow struct {
	Name   string
	Values []string
}

// candidateRow is a candidate in every run; nil where a run has it not.
type candidateRow struct {
	Name string
	In   []*registry.Candidate
}

// sliceRow is the RMSE of a slice in every run, NaN where it has none, and how it changed
// from the first to the last.
type sliceRow struct {
	ml.Slice
	RMSE   []float64
	Change float64
}

// compareRuns shows runs side by side. With fewer than two it leads back to the list, where
// what is marked stays so.
func (u *ui) compareRuns(r *http.Request) (*view, error) {
	ids := r.URL.Query()["run"]
	if len(ids) < 2 {
		return redirectAfter(r, "mark", "/runs", url.Values{"run": ids}), nil
	}
	if len(ids) > mostCompared {
		return nil, fmt.Errorf("%d runs are marked; at most %d can be compared: %w", len(ids), mostCompared, lfb.ErrInvalid)
	}
	runs, boards := make([]registry.Run, len(ids)), map[string][]registry.Candidate{}
	for i, id := range ids {
		var err error
		if runs[i], boards[id], err = u.Store.Run(r.Context(), id); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(runs, func(a, b registry.Run) int { return a.StartedAt.Compare(b.StartedAt) })
	b := &compareBody{Settings: differingSettings(runs)}
	intervals := make([]*ml.Interval, len(runs))
	for i, run := range runs {
		x := comparedRun{Run: run, Letter: string(rune('A' + i))}
		for k, c := range boards[run.ID] {
			if c.Rank == 1 {
				x.Winner, x.Figures, intervals[i] = &boards[run.ID][k], figuresOf(run.ID, &c), c.VsChampion
			}
			b.addCandidate(&boards[run.ID][k], i, len(runs))
		}
		b.Runs = append(b.Runs, x)
	}
	for i, w := range drawWhiskers(intervals) {
		b.Runs[i].Whisker = w
	}
	b.addSlices()
	return &view{Template: "compare", Title: fmt.Sprintf("%d runs compared", len(runs)), Section: "runs", Body: b}, nil
}

func (b *compareBody) addCandidate(c *registry.Candidate, run, runs int) {
	at := slices.IndexFunc(b.Candidates, func(x candidateRow) bool { return x.Name == c.Name })
	if at < 0 {
		at, b.Candidates = len(b.Candidates), append(b.Candidates, candidateRow{c.Name, make([]*registry.Candidate, runs)})
	}
	b.Candidates[at].In[run] = c
}

// differingSettings are what the runs were asked to do and on what data, where they differ.
func differingSettings(runs []registry.Run) []settingRow {
	var rows []settingRow
	add := func(run int, name, value string) {
		at := slices.IndexFunc(rows, func(x settingRow) bool { return x.Name == name })
		if at < 0 {
			at, rows = len(rows), append(rows, settingRow{name, make([]string, len(runs))})
		}
		rows[at].Values[run] = value
	}
	for i, r := range runs {
		add(i, "data set", r.DataSet)
		add(i, "line", r.Line)
		add(i, "seed", fmt.Sprint(r.Seed))
		for _, s := range flattenConfig(r.Config) {
			if w := s.sayInWords(); s.Name != "train seed" && s.Name != "who verified" {
				add(i, w.Name, w.Value)
			}
		}
	}
	return slices.DeleteFunc(rows, func(x settingRow) bool {
		return !slices.ContainsFunc(x.Values, func(v string) bool { return v != x.Values[0] })
	})
}

// addSlices sets the slices that the winners of the first and the last run both have.
func (b *compareBody) addSlices() {
	last := len(b.Runs) - 1
	if b.Runs[0].Winner == nil || b.Runs[last].Winner == nil {
		return
	}
	in := make([]map[string]float64, len(b.Runs))
	key := func(s ml.Slice) string { return s.By + "\x00" + s.Value }
	for i, r := range b.Runs {
		in[i] = map[string]float64{}
		if r.Winner != nil {
			for _, s := range r.Winner.Holdout.Slices {
				in[i][key(s)] = s.Metrics.RMSE
			}
		}
	}
	for _, s := range b.Runs[last].Winner.Holdout.Slices {
		row := sliceRow{Slice: s}
		for i := range b.Runs {
			v, ok := in[i][key(s)]
			if !ok {
				v = math.NaN()
			}
			row.RMSE = append(row.RMSE, v)
		}
		if row.Change = row.RMSE[last] - row.RMSE[0]; !math.IsNaN(row.Change) {
			b.Slices = append(b.Slices, row)
		}
	}
	slices.SortStableFunc(b.Slices, func(a, b sliceRow) int { return cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)) })
}

// formatChange is a difference with its sign, without one where it rounds to nought.
func formatChange(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if math.Abs(v) < 0.05 {
		return "0.0"
	}
	return strings.Replace(fmt.Sprintf("%+.1f", v), "-", "−", 1)
}
