package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// TestJudgeVersion holds what lost a run against what won it: the verdict and the
// explanation stand beside the version, and nothing else changes.
func TestJudgeVersion(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	compared := run{t, a, plan}.compare("r", "baseline", "linear", "gbdt")
	line := lfb.Synthetic.Line()
	if _, err := a.AppendPromotion(t.Context(), AppendPromotionInput{
		Line: line, Version: compared.Winner, Kind: "promote", Who: "test", Why: "it won", Token: "one", At: time.Now().UTC(),
	}); err != nil {
		t.Fatal(err)
	}
	loser := compared.Leaderboard[1].Version
	in := JudgeVersionInput{
		Line: line, Version: loser, Policy: policy(), Seed: 1, Who: "jim",
		At: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC),
	}
	got, err := a.JudgeVersion(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.JudgeVersion(t.Context(), in); err != nil {
		t.Errorf("JudgeVersion again = %v", err)
	}
	notes, err := a.Notes.VersionNotes(t.Context(), line, loser)
	if err != nil || len(notes) != 1 || notes[0].Verdict == nil || notes[0].Who != "jim" || notes[0].Text != got.Summary {
		t.Fatalf("notes = %+v, %v, want one with the verdict", notes, err)
	}
	e := notes[0].Verdict.Evidence
	if e.Winner.Version != loser || e.Champion == nil || e.Champion.Version != compared.Winner || e.VsChampion == nil ||
		e.VsBaseline == nil {
		t.Errorf("evidence is of %q against %+v, want the loser against the champion, paired, and the baseline",
			e.Winner.Version, e.Champion)
	}
	if e.Rows < 200 || e.Winner.Report.First.Rows != e.Champion.Report.First.Rows {
		t.Errorf("%d rows, of the champion %d: want the same hold-out", e.Rows, e.Champion.Report.First.Rows)
	}
	checkExplanation(t, notes[0].Explanation)
	// The winner was explained when it was made.
	in.Version = compared.Winner
	if _, err := a.JudgeVersion(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if notes, err = a.Notes.VersionNotes(t.Context(), line, compared.Winner); err != nil || len(notes) != 1 ||
		notes[0].Explanation != nil {
		t.Errorf("notes on the winner = %+v, %v, want one with no explanation", notes, err)
	}
	if _, err := a.JudgeVersion(t.Context(), JudgeVersionInput{Line: line, Version: "none"}); !errors.Is(err,
		lfb.ErrNotFound) {
		t.Errorf("JudgeVersion of none = %v, want ErrNotFound", err)
	}
	a.DataSets = awayDataSets{a.DataSets}
	if _, err := a.JudgeVersion(t.Context(), in); !errors.Is(err, lfb.ErrUnavailable) || errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("JudgeVersion while the database is away = %v, want it tried again", err)
	}
}

// awayDataSets has a list that cannot be had.
type awayDataSets struct{ snapshots }

type snapshots = DataSets // a field cannot have its method's name

func (awayDataSets) DataSets(context.Context, lfb.Origin) ([]registry.DataSet, error) {
	return nil, lfb.ErrUnavailable
}

// TestWinnersAreExplained: the winner alone, with the version, and always the same.
func TestWinnersAreExplained(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	_, plan := planned(t, a, village())
	compared := run{t, a, plan}.compare("r", "baseline", "linear")
	winner, err := a.Ledger.Version(t.Context(), lfb.Synthetic.Line(), compared.Winner)
	if err != nil {
		t.Fatal(err)
	}
	body, err := a.Blobs.ReadAll(t.Context(), winner.Explanation)
	var e registry.Explanation
	if err != nil || json.Unmarshal(body, &e) != nil {
		t.Fatalf("explanation of the winner %s: %v", body, err)
	}
	checkExplanation(t, &e)
	loser, err := a.Ledger.Version(t.Context(), lfb.Synthetic.Line(), compared.Leaderboard[1].Version)
	if err != nil || !loser.Explanation.IsZero() || loser.Rank != 2 || winner.Rank != 1 {
		t.Errorf("loser = explanation %v, rank %d, %v; want none, and ranks", loser.Explanation, loser.Rank, err)
	}
	b := newActivities(t)
	_, plan = planned(t, b, village())
	again := run{t, b, plan}.compare("r", "baseline", "linear")
	if v, err := b.Ledger.Version(t.Context(), lfb.Synthetic.Line(), again.Winner); err != nil ||
		v.Explanation != winner.Explanation {
		t.Errorf("explained again it is %v, %v, was %v", v.Explanation, err, winner.Explanation)
	}
}

func checkExplanation(t *testing.T, e *registry.Explanation) {
	t.Helper()
	if e == nil || e.Rows < 200 || e.RMSE < 30 || len(e.Permutation) < 50 || len(e.Dependence) != dependenceFeatures ||
		len(e.Residuals) < 20 {
		t.Fatalf("explanation = %+v", e)
	}
	top := e.Permutation[0]
	isSorted := slices.IsSortedFunc(e.Permutation, func(a, b registry.PermutationEffect) int {
		if a.Seconds > b.Seconds {
			return -1
		}
		return 1
	})
	if top.Seconds < 1 || !isSorted {
		t.Errorf("permutation = %+v, want something that matters on top", e.Permutation[:5])
	}
	for _, d := range e.Dependence {
		if len(d.At) == 0 || len(d.At) != len(d.Seconds) || len(d.Words) > 0 && len(d.Words) != len(d.Share) {
			t.Errorf("dependence of %s = %+v", d.Feature, d)
		}
	}
	rows := 0
	for _, c := range e.Residuals {
		rows += c.Rows
	}
	if rows < e.Rows/4 {
		t.Errorf("the residual map has %d rows of %d", rows, e.Rows)
	}
}
