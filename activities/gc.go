package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Objects lists and removes what is stored.
type Objects interface {
	// Each gives the objects whose key starts with prefix, in key order.
	Each(ctx context.Context, prefix string) iter.Seq2[gc.Object, error]
	Delete(ctx context.Context, key string) error
}

// Shelves is everything on record, and what removes rows of it. Removing what is
// not there is no error.
type Shelves interface {
	Lines(ctx context.Context) ([]string, error)
	Versions(ctx context.Context, line string, limit int) ([]registry.Version, error)
	AllFiles(ctx context.Context) ([]gc.File, error)
	// RemoveVersion removes a version that no serving ledger names, and leaves others.
	RemoveVersion(ctx context.Context, line, id string) error
	RemoveDataSet(ctx context.Context, id string) error
	// RemoveFile removes the rows of a content that is not in the tables.
	RemoveFile(ctx context.Context, sha string) error
	// RemovePredictions removes at most limit logged answers of before.
	RemovePredictions(ctx context.Context, before time.Time, limit int) (int64, error)
	CountPredictionsBefore(ctx context.Context, before time.Time) (int64, error)
	// ShownKeys are the objects of searches and relevance reports that leaderboards name.
	ShownKeys(ctx context.Context) ([]string, error)
	// Looks are all looks at champions, LookRefs the ids of those that scored months
	// and claims of retrains name.
	Looks(ctx context.Context) ([]gc.Look, error)
	LookRefs(ctx context.Context) ([]string, error)
	// RemoveLook removes a look that nothing names and that is over, and leaves others.
	RemoveLook(ctx context.Context, id string) error
}

// PlanGCInput is what may go by which policy.
type PlanGCInput struct {
	Policy gc.Policy
	Now    time.Time
}

// PlanGCResult is what would go.
type PlanGCResult struct {
	Plan        lfb.Ref    // gc.Plan
	There, Go   []gc.Total // by kind
	Versions    int        // rows
	DataSets    int
	Files       int
	Looks       int
	Predictions int64
}

// PlanGC marks what nothing needs and stores the plan. It removes nothing.
func (a *Activities) PlanGC(ctx context.Context, in PlanGCInput) (PlanGCResult, error) {
	_, stop := startHeartbeat(ctx, Heartbeat{Step: "mark"})
	defer stop()
	plan, out, err := MarkGC(ctx, a, in)
	if err != nil {
		return out, wire(err)
	}
	out.Plan, err = putJSON(ctx, a.Blobs, "gc/plan", plan)
	return out, wire(err)
}

// MarkGC is PlanGC without storing anything; no activity, as a plan is too large to
// travel.
func MarkGC(ctx context.Context, a *Activities, in PlanGCInput) (gc.Plan, PlanGCResult, error) {
	inv, err := a.inventory(ctx)
	if err != nil {
		return gc.Plan{}, PlanGCResult{}, err
	}
	plan := gc.Mark(in.Policy, in.Now, inv)
	out := PlanGCResult{
		There: gc.Totals(inv.Objects), Go: gc.Totals(plan.Objects),
		Versions: len(plan.Versions), DataSets: len(plan.DataSets), Files: len(plan.Files),
		Looks: len(plan.Looks),
	}
	if in.Policy.Predictions > 0 {
		out.Predictions, err = a.Shelves.CountPredictionsBefore(ctx, in.Now.Add(-in.Policy.Predictions))
	}
	return plan, out, err
}

// RemoveRowsInput names a plan.
type RemoveRowsInput struct{ Plan lfb.Ref }

// RemoveRows removes what could lead anybody to an object that will go: the steps
// that name one, and the rows of versions, data sets, files and looks.
func (a *Activities) RemoveRows(ctx context.Context, in RemoveRowsInput) error {
	_, stop := startHeartbeat(ctx, Heartbeat{Step: "rows"})
	defer stop()
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return wire(err)
	}
	for _, o := range plan.Objects {
		if gc.KindOf(o.Key) != stepPrefix {
			continue
		}
		if err := a.Objects.Delete(ctx, o.Key); err != nil {
			return wire(err)
		}
	}
	for _, v := range plan.Versions {
		if err := a.Shelves.RemoveVersion(ctx, v.Line, v.ID); err != nil {
			return wire(err)
		}
	}
	for _, rows := range []struct {
		ids    []string
		remove func(context.Context, string) error
	}{{plan.DataSets, a.Shelves.RemoveDataSet}, {plan.Files, a.Shelves.RemoveFile}, {plan.Looks, a.Shelves.RemoveLook}} {
		for _, id := range rows.ids {
			if err := rows.remove(ctx, id); err != nil {
				return wire(err)
			}
		}
	}
	return nil
}

// BusyInput asks for runs that may have read what RemoveRows removed.
type BusyInput struct{ Before time.Time }

// Busy names the runs that were started before and are not over. Runs of more than
// two days are not waited for: no step may take that long.
func (a *Activities) Busy(ctx context.Context, in BusyInput) ([]string, error) {
	var out []string
	runs, err := a.Runs.ListRuns(ctx, registry.Query{State: registry.Running, Limit: 100})
	if err != nil {
		return nil, wire(err)
	}
	for _, r := range runs {
		if r.StartedAt.Before(in.Before) && r.StartedAt.After(in.Before.Add(-48*time.Hour)) {
			out = append(out, "run "+r.ID)
		}
	}
	all, err := a.Backfills.Backfills(ctx, 20)
	if err != nil {
		return nil, wire(err)
	}
	for _, b := range all {
		if b.State == registry.Running && b.StartedAt.Before(in.Before) {
			out = append(out, "backfill "+b.ID)
		}
	}
	return out, nil
}

// SweepInput is a plan whose rows are removed.
type SweepInput struct {
	Plan   lfb.Ref
	Policy gc.Policy
	Now    time.Time
}

// SweepResult is what was removed.
type SweepResult struct {
	Removed     []gc.Total // by kind
	Kept        int        // objects that something has come to need meanwhile
	Predictions int64
}

// Sweep marks again, since something may have come to need an object meanwhile,
// and removes what both marks agree on.
func (a *Activities) Sweep(ctx context.Context, in SweepInput) (SweepResult, error) {
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "sweep"})
	defer stop()
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return SweepResult{}, wire(err)
	}
	if err := a.putBack(ctx, plan); err != nil {
		return SweepResult{}, wire(err)
	}
	inv, err := a.inventory(ctx)
	if err != nil {
		return SweepResult{}, wire(err)
	}
	still := map[string]bool{}
	for _, o := range gc.Mark(in.Policy, in.Now, inv).Objects {
		still[o.Key] = true
	}
	var out SweepResult
	var removed []gc.Object
	for i, o := range plan.Objects {
		if gc.KindOf(o.Key) != stepPrefix && !still[o.Key] {
			out.Kept++
			continue
		}
		if err := a.Objects.Delete(ctx, o.Key); err != nil {
			return out, wire(err)
		}
		removed = append(removed, o)
		report(Heartbeat{Step: "sweep", Done: int64(i), Total: int64(len(plan.Objects)), Unit: "objects"})
	}
	out.Removed = gc.Totals(removed)
	out.Predictions, err = a.removePredictions(ctx, in)
	return out, wire(err)
}

// putBack restores the row of a version that was promoted in the moment in which
// it was removed.
func (a *Activities) putBack(ctx context.Context, plan gc.Plan) error {
	for _, v := range plan.Versions {
		if registry.IsBackfillLine(v.Line) {
			continue
		}
		ledger, err := a.Ledger.Promotions(ctx, v.Line, 0)
		if err != nil {
			return err
		}
		for _, p := range ledger {
			if p.To == v.ID {
				if err := a.Ledger.SaveVersion(ctx, v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// predictionBatch is how many logged answers one statement removes, so that none
// holds up the log for long.
const predictionBatch = 5000

func (a *Activities) removePredictions(ctx context.Context, in SweepInput) (int64, error) {
	if in.Policy.Predictions <= 0 {
		return 0, nil
	}
	var total int64
	for {
		n, err := a.Shelves.RemovePredictions(ctx, in.Now.Add(-in.Policy.Predictions), predictionBatch)
		if total += n; err != nil || n < predictionBatch {
			return total, err
		}
	}
}

func (a *Activities) plan(ctx context.Context, ref lfb.Ref) (gc.Plan, error) {
	var plan gc.Plan
	body, err := a.Blobs.ReadAll(ctx, ref)
	if err != nil {
		return plan, err
	}
	return plan, json.Unmarshal(body, &plan)
}

const stepPrefix = "step/"

// inventory gathers everything there is. What cannot be read is an error: nothing
// may go because something that needs it was not seen. Objects are listed first, so
// that one which appears after is in no plan.
func (a *Activities) inventory(ctx context.Context) (gc.Inventory, error) {
	var inv gc.Inventory
	for o, err := range a.Objects.Each(ctx, "") {
		if err != nil {
			return inv, err
		}
		inv.Objects = append(inv.Objects, o)
	}
	if err := a.addRecords(ctx, &inv); err != nil {
		return inv, err
	}
	for _, o := range inv.Objects {
		if !strings.HasPrefix(o.Key, stepPrefix) {
			continue
		}
		body, err := a.Blobs.ReadAll(ctx, lfb.Ref{Key: o.Key})
		if errors.Is(err, lfb.ErrNotFound) { // removed since it was listed
			continue
		}
		if err != nil {
			return inv, err
		}
		s := gc.Step{Key: o.Key}
		var v any
		if json.Unmarshal(body, &v) == nil {
			s.Refs = keysIn(v, nil)
		}
		inv.Steps = append(inv.Steps, s)
	}
	return inv, nil
}

// keysIn collects the values of every "key" in v.
func keysIn(v any, out []string) []string {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = keysIn(x, out)
		}
	case map[string]any:
		for name, x := range v {
			if s, ok := x.(string); ok && name == "key" && s != "" {
				out = append(out, s)
			}
			out = keysIn(x, out)
		}
	}
	return out
}

func (a *Activities) addRecords(ctx context.Context, inv *gc.Inventory) error {
	lines, err := a.Shelves.Lines(ctx)
	if err != nil {
		return err
	}
	for _, line := range lines {
		ps, err := a.Ledger.Promotions(ctx, line, 0)
		if err != nil {
			return err
		}
		vs, err := a.Shelves.Versions(ctx, line, 0)
		if err != nil {
			return err
		}
		inv.Promotions, inv.Versions = append(inv.Promotions, ps...), append(inv.Versions, vs...)
	}
	if inv.Files, err = a.Shelves.AllFiles(ctx); err != nil {
		return err
	}
	if inv.Backfills, err = a.Backfills.Backfills(ctx, 0); err != nil {
		return err
	}
	for _, b := range inv.Backfills {
		_, months, err := a.Backfills.Backfill(ctx, b.ID)
		if err != nil {
			return err
		}
		inv.Months = append(inv.Months, months...)
	}
	if inv.Shown, err = a.Shelves.ShownKeys(ctx); err != nil {
		return err
	}
	if inv.Looks, err = a.Shelves.Looks(ctx); err != nil {
		return err
	}
	if inv.LookRefs, err = a.Shelves.LookRefs(ctx); err != nil {
		return err
	}
	return a.addSnapshots(ctx, inv)
}

func (a *Activities) addSnapshots(ctx context.Context, inv *gc.Inventory) error {
	for _, origin := range []lfb.Origin{lfb.Real, lfb.Synthetic} {
		all, err := a.DataSets.DataSets(ctx, origin)
		if err != nil {
			return err
		}
		for _, d := range all {
			s, err := a.snapshotOf(ctx, d)
			if err != nil {
				return err
			}
			inv.DataSets = append(inv.DataSets, s)
		}
	}
	return nil
}

// snapshotOf reads what a data set's manifest names, whatever version of the
// builder made it.
func (a *Activities) snapshotOf(ctx context.Context, d registry.DataSet) (gc.Snapshot, error) {
	out := gc.Snapshot{DataSet: d}
	body, err := a.Blobs.ReadAll(ctx, d.Manifest)
	if err != nil {
		return out, fmt.Errorf("data set %s: %w", d.ID, err)
	}
	var m dataset.Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return out, fmt.Errorf("data set %s: %w: %w", d.ID, err, lfb.ErrInvalid)
	}
	for _, p := range m.Parts {
		out.Parts = append(out.Parts, p.Ref.Key)
	}
	for _, s := range m.Sources {
		out.Sources = append(out.Sources, s.SHA256)
	}
	return out, nil
}
