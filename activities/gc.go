package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Objects lists and removes what is stored.
type Objects interface {
	// Each gives the objects whose key starts with prefix, in key order.
	Each(ctx context.Context, prefix string) iter.Seq2[gc.Item, error]
	Delete(ctx context.Context, key string) error
}

// Records is everything on record, and what removes rows of it.
type Records interface {
	// Records are the rows as items, but the data sets.
	Records(ctx context.Context) ([]gc.Item, error)
	// RemoveRecord removes an item's row. One that is needed after all stays, and one
	// that is not there is no error.
	RemoveRecord(ctx context.Context, id string) error
	// RemovePredictions removes at most limit logged answers of before.
	RemovePredictions(ctx context.Context, before time.Time, limit int) (int64, error)
	CountPredictionsBefore(ctx context.Context, before time.Time) (int64, error)
}

// MarkUnusedInput is what may go by which policy.
type MarkUnusedInput struct {
	Policy gc.Policy `json:"policy"`
	Now    time.Time `json:"now"`
}

// MarkUnusedResult is what would go.
type MarkUnusedResult struct {
	Plan        lfb.Ref    `json:"plan"`     // []gc.Item: too much to travel
	Stored      []gc.Total `json:"stored"`   // by kind
	Unused      []gc.Total `json:"unused"`   // of them
	Versions    int        `json:"versions"` // rows
	DataSets    int        `json:"data_sets"`
	Files       int        `json:"files"`
	MonitorRuns int        `json:"monitor_runs"`
	Predictions int64      `json:"predictions"`
}

// MarkUnused marks what nothing needs and stores the plan. It removes nothing.
func (a *Activities) MarkUnused(ctx context.Context, in MarkUnusedInput) (MarkUnusedResult, error) {
	defer heartbeat(ctx, "mark")()
	there, items, err := a.markUnused(ctx, in.Policy, in.Now)
	if err != nil {
		return MarkUnusedResult{}, wire(err)
	}
	out := MarkUnusedResult{
		Stored: gc.Totals(there), Unused: gc.Totals(items), Versions: gc.Count(items, gc.Version, gc.Replayed),
		DataSets: gc.Count(items, gc.DataSet), Files: gc.Count(items, gc.File), MonitorRuns: gc.Count(items, gc.MonitorRun),
	}
	if in.Policy.Predictions > 0 {
		out.Predictions, err = a.Records.CountPredictionsBefore(ctx, in.Now.Add(-in.Policy.Predictions))
	}
	if err == nil {
		out.Plan, err = putJSON(ctx, a.Blobs, "gc/plan", items)
	}
	return out, wire(err)
}

// RemoveUnusedRecordsInput names a plan.
type RemoveUnusedRecordsInput struct {
	Plan lfb.Ref `json:"plan"`
}

// RemoveUnusedRecords removes what could lead anybody to an object that will go: the steps
// that name one, and rows.
func (a *Activities) RemoveUnusedRecords(ctx context.Context, in RemoveUnusedRecordsInput) error {
	defer heartbeat(ctx, "rows")()
	items, err := a.plannedItems(ctx, in.Plan)
	for i := 0; err == nil && i < len(items); i++ {
		switch id := items[i].ID; {
		case gc.IsStep(id):
			err = a.Objects.Delete(ctx, id)
		case gc.IsRow(id):
			err = a.Records.RemoveRecord(ctx, id)
		}
	}
	return wire(err)
}

// ListOpenRunsInput asks for runs that may have read what RemoveUnusedRecords removed.
type ListOpenRunsInput struct {
	Before time.Time `json:"before"`
}

// ListOpenRuns names the runs that were started before and are not over, as Temporal
// knows them.
func (a *Activities) ListOpenRuns(ctx context.Context, in ListOpenRunsInput) ([]string, error) {
	open, err := a.OpenRuns.OpenRecords(ctx)
	var out []string
	for _, r := range open {
		if r.StartedAt.Before(in.Before) {
			out = append(out, string(r.Kind)+" "+r.ID)
		}
	}
	return out, wire(err)
}

// RemoveUnusedObjectsInput is a plan whose rows are removed.
type RemoveUnusedObjectsInput struct {
	Plan   lfb.Ref   `json:"plan"`
	Policy gc.Policy `json:"policy"`
	Now    time.Time `json:"now"`
}

// RemoveUnusedObjectsResult is what was removed.
type RemoveUnusedObjectsResult struct {
	Removed     []gc.Total `json:"removed"` // by kind
	Kept        int        `json:"kept"`    // objects that something has come to need meanwhile
	Predictions int64      `json:"predictions"`
}

// predictionBatch is how many logged answers one statement removes, so that none
// holds up the log for long.
const predictionBatch = 5000

// RemoveUnusedObjects marks again, since something may have come to need an object meanwhile,
// and removes what both marks agree on.
func (a *Activities) RemoveUnusedObjects(ctx context.Context,
	in RemoveUnusedObjectsInput,
) (RemoveUnusedObjectsResult, error) {
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "sweep"})
	defer stop()
	items, err := a.plannedItems(ctx, in.Plan)
	if err == nil {
		err = a.restorePromoted(ctx, items)
	}
	var unused []gc.Item
	if err == nil {
		_, unused, err = a.markUnused(ctx, in.Policy, in.Now)
	}
	if err != nil {
		return RemoveUnusedObjectsResult{}, wire(err)
	}
	still := map[string]bool{}
	for _, i := range unused {
		still[i.ID] = true
	}
	var out RemoveUnusedObjectsResult
	var removed []gc.Item
	for n, i := range items {
		if gc.IsRow(i.ID) {
			continue
		}
		if !gc.IsStep(i.ID) && !still[i.ID] {
			out.Kept++
			continue
		}
		if err := a.Objects.Delete(ctx, i.ID); err != nil {
			return out, wire(err)
		}
		removed = append(removed, i)
		report(Heartbeat{Step: "sweep", Done: int64(n), Total: int64(len(items)), Unit: "objects"})
	}
	out.Removed = gc.Totals(removed)
	for n := int64(predictionBatch); in.Policy.Predictions > 0 && n == predictionBatch; out.Predictions += n {
		if n, err = a.Records.RemovePredictions(ctx, in.Now.Add(-in.Policy.Predictions), predictionBatch); err != nil {
			return out, wire(err)
		}
	}
	return out, nil
}

// restorePromoted stores the row of a version again that was promoted in the
// moment in which it was removed.
func (a *Activities) restorePromoted(ctx context.Context, items []gc.Item) error {
	for _, i := range items {
		if gc.KindOf(i.ID) != gc.Version {
			continue
		}
		var v registry.Version
		err := json.Unmarshal(i.Row, &v)
		if err != nil {
			return err
		}
		ledger, err := a.Ledger.Promotions(ctx, v.Line, 0)
		if err == nil && slices.ContainsFunc(ledger, func(p registry.Promotion) bool { return p.To == v.ID }) {
			err = a.Ledger.SaveVersion(ctx, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Activities) plannedItems(ctx context.Context, ref lfb.Ref) (items []gc.Item, err error) {
	body, err := a.Blobs.ReadAll(ctx, ref)
	if err != nil {
		return nil, err
	}
	return items, json.Unmarshal(body, &items)
}

// markUnused gathers everything there is, and what of it may go. What cannot be read is an
// error: nothing may go because something that needs it was not seen. Objects are listed
// first, so that one which appears after is in no plan.
func (a *Activities) markUnused(ctx context.Context, p gc.Policy, now time.Time) (there, unused []gc.Item, err error) {
	for o, err := range a.Objects.Each(ctx, "") {
		if err == nil && gc.IsStep(o.ID) {
			o.Refs, err = a.keysOfStep(ctx, o.ID)
		}
		if err != nil {
			return nil, nil, err
		}
		there = append(there, o)
	}
	records, err := a.Records.Records(ctx)
	if err != nil {
		return nil, nil, err
	}
	dataSets, err := a.dataSetItems(ctx)
	if err != nil {
		return nil, nil, err
	}
	there = slices.Concat(there, records, dataSets)
	return there, gc.Mark(p, now, there), nil
}

// keyOfRef finds an lfb.Ref in canonical JSON.
var keyOfRef = regexp.MustCompile(`"key":"([^"]+)"`)

// keysOfStep is the objects that a remembered step names; none where it was removed since it
// was listed.
func (a *Activities) keysOfStep(ctx context.Context, key string) (refs []string, err error) {
	body, err := a.Blobs.ReadAll(ctx, lfb.Ref{Key: key})
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return nil, err
	}
	for _, m := range keyOfRef.FindAllSubmatch(body, -1) {
		refs = append(refs, string(m[1]))
	}
	return refs, nil
}

// dataSetItems leads from each data set to its objects, its months and its files, by
// its manifest, whatever version of the builder made it.
func (a *Activities) dataSetItems(ctx context.Context) ([]gc.Item, error) {
	var out []gc.Item
	for _, origin := range lfb.Origins() {
		all, err := a.DataSets.DataSets(ctx, origin)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			body, err := a.Blobs.ReadAll(ctx, d.Manifest)
			if err != nil {
				return nil, fmt.Errorf("data set %s: %w", d.ID, err)
			}
			var m dataset.Manifest
			if err := json.Unmarshal(body, &m); err != nil {
				return nil, fmt.Errorf("data set %s: %w: %w", d.ID, err, lfb.ErrInvalid)
			}
			i := gc.Item{
				ID: gc.DataSet + d.ID, At: d.CreatedAt, Group: origin.Line(),
				Refs: []string{d.Manifest.Key, d.Summary.Key, d.Report.Key},
			}
			for _, p := range m.Parts {
				i.Refs = append(i.Refs, p.Ref.Key)
			}
			for _, s := range m.Sources {
				i.Refs = append(i.Refs, gc.File+s.SHA256)
			}
			out = append(out, i)
		}
	}
	return out, nil
}
