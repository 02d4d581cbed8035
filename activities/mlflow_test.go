package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/mlflow"
	"lfb/internal/registry"
)

// tracker keeps what it was given.
type tracker struct {
	runs   []string
	bundle error // of opening each ranked candidate's bundle
	opened int
	follow [][2]string
	models []string // versions that have a model
	err    error
}

func (k *tracker) ExportRun(ctx context.Context, in mlflow.Retrain) (mlflow.Exported, error) {
	if k.err != nil {
		return mlflow.Exported{}, k.err
	}
	k.runs = append(k.runs, in.Run.ID)
	for _, c := range in.Candidates {
		if c.Rank > 0 {
			if _, err := in.Open(ctx, c); err != nil {
				k.bundle = err
			}
			k.opened++
			k.models = append(k.models, c.Version)
		}
	}
	if in.DataSet == nil || len(in.Report) == 0 || len(in.Verdict) == 0 && len(k.runs) == 1 {
		k.bundle = errors.New("data set, report or verdict is missing")
	}
	return mlflow.Exported{URL: "http://host/#/1", Runs: len(in.Candidates), Models: k.opened}, nil
}

func (k *tracker) Follow(_ context.Context, _, champion, previous string) (missing []string, err error) {
	k.follow = append(k.follow, [2]string{champion, previous})
	if !slices.Contains(k.models, champion) {
		missing = append(missing, champion)
	}
	return missing, nil
}

// An export reads the run back from the registry and its bundles from the store;
// the aliases are what the ledger says, also after a promotion by hand.
func TestExportRunAndFollow(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := newActivities(t)
	if out, err := a.ExportRun(ctx, ExportRunInput{RunID: "none"}); err != nil || !out.Off {
		t.Fatalf("ExportRun without a server = %+v, %v; want off", out, err)
	}
	if out, err := a.UpdateAliases(ctx, UpdateAliasesInput{Line: "none"}); err != nil || !out.Off {
		t.Fatalf("FollowChampion without a server = %+v, %v; want off", out, err)
	}
	data := loaded(t, a, village())
	plan, err := a.Plan(ctx, PlanInput{Line: lfb.Synthetic.Line(), DataSet: data, Train: TrainSpec{Seed: 1}})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	if err := a.SaveRun(ctx, SaveRunInput{Run: registry.Run{
		ID: "run-1", Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, State: registry.Succeeded, Outcome: "promoted",
		Trigger: "manual", DataSet: data.ID, Seed: 1, WorkflowID: "w", WorkflowRunID: "r", StartedAt: started,
		EndedAt: started,
	}}); err != nil {
		t.Fatal(err)
	}
	compared := run{t, a, plan}.compare("run-1", "baseline", "linear")
	k := &tracker{}
	a.Tracker = k
	out, err := a.ExportRun(ctx, ExportRunInput{RunID: "run-1", Line: lfb.Synthetic.Line(), Verdict: compared.Verdict})
	if err != nil || k.bundle != nil || k.opened != 2 || !strings.Contains(out.Summary, "no champion yet") {
		t.Fatalf("ExportRun = %+v, %v; opened %d, %v", out, err, k.opened, k.bundle)
	}
	// Two promotions by hand: the second follows, and the first is the one before.
	for i, version := range []string{compared.Leaderboard[0].Version, compared.Leaderboard[1].Version} {
		if _, err := a.AppendPromotion(ctx, AppendPromotionInput{
			Line: lfb.Synthetic.Line(), Version: version, Seen: int64(i), Kind: "promote", Who: "ann", Why: "test",
			Token: version, At: started,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if out, err = a.UpdateAliases(ctx, UpdateAliasesInput{Line: lfb.Synthetic.Line()}); err != nil {
		t.Fatal(err)
	}
	last := k.follow[len(k.follow)-1]
	if want := [2]string{compared.Leaderboard[1].Version, compared.Leaderboard[0].Version}; last != want ||
		!strings.Contains(out.Summary, want[0]) {
		t.Errorf("the aliases follow %v, want %v (%s)", last, want, out.Summary)
	}
	k.err = lfb.ErrUnavailable
	if _, err := a.ExportRun(ctx, ExportRunInput{RunID: "run-1"}); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("ExportRun with the server away = %v, want %v", err, lfb.ErrUnavailable)
	}
}
