package activities

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
)

// aged is the store in memory as housekeeping sees it: all of it was stored now.
type aged struct{ *memblob.Store }

func (a aged) Each(ctx context.Context, prefix string) iter.Seq2[gc.Item, error] {
	return func(yield func(gc.Item, error) bool) {
		for _, key := range a.Keys() {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			ref, _, err := a.Exists(ctx, key)
			if !yield(gc.Item{ID: key, Bytes: ref.Bytes, At: time.Now()}, err) {
				return
			}
		}
	}
}

// TestHousekeeping removes what is old and unused a year later: the champion can
// still be loaded and made again, the rest can be trained again.
func TestHousekeeping(t *testing.T) {
	t.Parallel()
	a, ctx := newActivities(t), t.Context()
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	c := run{t, a, plan}.compare("r", "baseline", "linear")
	line := lfb.Synthetic.Line()
	promoted := AppendPromotionInput{
		Line: line, Version: c.Winner, Kind: "promote", Who: "test", Why: "test",
		Verdict: c.Verdict, Token: "one", At: time.Now().UTC(),
	}
	if _, err := a.AppendPromotion(ctx, promoted); err != nil {
		t.Fatal(err)
	}
	loser := c.Leaderboard[1].Version
	policy := gc.Policy{Grace: 48 * time.Hour}
	if now, err := a.MarkUnused(ctx, MarkUnusedInput{policy, time.Now()}); err != nil || sum(now.Unused).Count != 0 {
		t.Errorf("what would go at once = %+v, %v, want nothing: it is young", now, err)
	}
	later := time.Now().AddDate(1, 0, 0)
	marked, err := a.MarkUnused(ctx, MarkUnusedInput{policy, later})
	if err != nil || marked.Versions != 1 || marked.DataSets != 0 || marked.Files != 0 || sum(marked.Unused).Count == 0 {
		t.Fatalf("what would go a year later = %+v, %v, want the loser and no data", marked, err)
	}
	for range 2 { // done twice, it is the same
		if err := a.RemoveUnusedRecords(ctx, RemoveUnusedRecordsInput{marked.Plan}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.RemoveUnusedObjects(ctx, RemoveUnusedObjectsInput{marked.Plan, policy, later}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Ledger.Version(ctx, line, loser); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("the version that nothing needs: %v, want it removed", err)
	}
	if err := a.CheckBundle(ctx, CheckBundleInput{line, c.Winner}); err != nil {
		t.Errorf("the champion does not load: %v", err)
	}
	if r, err := a.Reproduce(ctx, ReproduceInput{line, c.Winner}); err != nil || r.Outcome != Reproduced {
		t.Errorf("the champion cannot be made again: %+v, %v", r, err)
	}
	again, err := a.Train(ctx, TrainInput{
		Line: line, Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans,
		Candidate: "baseline", Train: TrainSpec{Seed: 1},
	})
	if err != nil || again.Version != loser {
		t.Errorf("training the loser again = %+v, %v, want version %s from a fit, not from memory", again, err, loser)
	}
	if _, err := a.Blobs.ReadAll(ctx, again.Bundle); err != nil {
		t.Errorf("its bundle: %v", err)
	}
}

// TestLedgerKeepsItsSnapshots serves a version of one snapshot after a version of
// another, then takes two more snapshots, and keeps nothing by age or number: both
// snapshots that the ledger leads to stay whole, down to the files, and the drift of
// the champion can be measured against its own. The one between goes.
func TestLedgerKeepsItsSnapshots(t *testing.T) {
	t.Parallel()
	a, ctx := newActivities(t), t.Context()
	line := lfb.Synthetic.Line()
	var sets []registry.DataSet
	var served []string
	for i, months := range []int{5, 6, 7, 8} {
		spec := village()
		spec.Months = months
		d := loaded(t, a, spec)
		sets = append(sets, d)
		if i > 1 {
			continue
		}
		plan, err := a.Plan(ctx, PlanInput{Line: line, DataSet: d})
		if err != nil {
			t.Fatal(err)
		}
		saveRun(t, a, d.ID, d.ID)
		c := run{t, a, plan}.compare(d.ID, "baseline")
		_, err = a.AppendPromotion(ctx, AppendPromotionInput{
			Line: line, Version: c.Winner, Kind: "promote", Who: "test", Why: "test", Verdict: c.Verdict, Token: d.ID,
			Seen: int64(i), At: time.Now().UTC(),
		})
		if err != nil {
			t.Fatal(err)
		}
		served = append(served, c.Winner)
	}
	policy, later := gc.Policy{Grace: 48 * time.Hour, DataSets: 1}, time.Now().AddDate(1, 0, 0)
	marked, err := a.MarkUnused(ctx, MarkUnusedInput{policy, later})
	if err != nil || marked.DataSets != 1 {
		t.Fatalf("what would go = %+v, %v, want one data set: neither of the ledger's nor the newest", marked, err)
	}
	if err := a.RemoveUnusedRecords(ctx, RemoveUnusedRecordsInput{marked.Plan}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.RemoveUnusedObjects(ctx, RemoveUnusedObjectsInput{marked.Plan, policy, later}); err != nil {
		t.Fatal(err)
	}
	for i, v := range served {
		if r, err := a.Reproduce(ctx, ReproduceInput{line, v}); err != nil || r.Outcome != Reproduced {
			t.Errorf("version %s, entry %d of the ledger, cannot be made again: %+v, %v", v, i+1, r, err)
		}
		m, err := dataset.Open(ctx, a.Blobs, sets[i].Manifest)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range m.Sources {
			if _, ok, err := a.Blobs.Exists(ctx, lfb.HashedKey("raw", s.SHA256, ".csv")); err != nil || !ok {
				t.Errorf("file %s of the snapshot of entry %d: there %v, %v", s.SHA256, i+1, ok, err)
			}
		}
	}
	drift, err := a.MeasureDrift(ctx, MeasureDriftInput{
		Line: line, Version: served[1], DataSet: sets[3],
		Rule: registry.MonitorRule{PSI: 0.25, Wasserstein: 0.25},
	})
	if err != nil || len(drift.Drift) == 0 || drift.Drift[0].RowsRef == 0 {
		t.Errorf("drift against the champion's snapshot = %+v, %v", drift, err)
	}
	left, err := a.DataSets.DataSets(ctx, lfb.Synthetic)
	if err != nil || slices.ContainsFunc(left, func(d registry.DataSet) bool { return d.ID == sets[2].ID }) ||
		len(left) != 3 {
		t.Errorf("data sets left = %+v, %v, want all but the third", left, err)
	}
}

// TestSweepKeepsWhatCameToBeNeeded promotes a version by hand between the two
// passes: its row is put back and its bundle kept.
func TestSweepKeepsWhatCameToBeNeeded(t *testing.T) {
	t.Parallel()
	a, ctx := newActivities(t), t.Context()
	_, plan := planned(t, a, village())
	c := run{t, a, plan}.compare("r", "baseline")
	policy, later := gc.Policy{Grace: 48 * time.Hour, DataSets: 1}, time.Now().AddDate(1, 0, 0)
	marked, err := a.MarkUnused(ctx, MarkUnusedInput{policy, later})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RemoveUnusedRecords(ctx, RemoveUnusedRecordsInput{marked.Plan}); err != nil {
		t.Fatal(err)
	}
	// As if registry.Promote had looked the version up before it was removed.
	line := lfb.Synthetic.Line()
	if err := a.Ledger.Append(ctx, registry.Promotion{
		Line: line, Revision: 1, To: c.Winner, Who: "w", Why: "y",
		Token: "t", At: time.Now().UTC(),
	}); err != nil {
		t.Fatal(err)
	}
	out, err := a.RemoveUnusedObjects(ctx, RemoveUnusedObjectsInput{marked.Plan, policy, later})
	if err != nil || out.Kept == 0 {
		t.Errorf("Sweep = %+v, %v, want something kept", out, err)
	}
	if err := a.CheckBundle(ctx, CheckBundleInput{line, c.Winner}); err != nil {
		t.Errorf("the champion does not load: %v", err)
	}
}

func sum(totals []gc.Total) gc.Total {
	var out gc.Total
	for _, t := range totals {
		out.Count += t.Count
		out.Bytes += t.Bytes
	}
	return out
}
