package gc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// world is a random registry: what it holds was stored over two years.
func world(r *rand.Rand) (Policy, Inventory) {
	p := Policy{
		Keep: time.Duration(r.IntN(400)) * day, KeepBackfill: time.Duration(r.IntN(200)) * day, Grace: 2 * day,
		Versions: r.IntN(4), DataSets: r.IntN(3),
	}
	var inv Inventory
	past := func() time.Time { return now.Add(-time.Duration(r.IntN(730)) * day) }
	put := func(key string, at time.Time) lfb.Ref {
		if !slices.ContainsFunc(inv.Objects, func(o Object) bool { return o.Key == key }) {
			inv.Objects = append(inv.Objects, Object{key, int64(1 + r.IntN(1000)), at})
		}
		return lfb.Ref{Key: key}
	}
	for i := range 2 + r.IntN(6) {
		sha := fmt.Sprintf("f%d", i)
		at := past()
		inv.Files = append(inv.Files, File{SourceFile: lfb.SourceFile{SHA256: sha, StoredAt: at, Ref: put("raw/"+sha, at)}, Loaded: r.IntN(3) == 0})
	}
	for i := range 2 + r.IntN(6) {
		id, at := fmt.Sprintf("d%d", i), past()
		d := Snapshot{DataSet: registry.DataSet{
			ID: id, Origin: []lfb.Origin{lfb.Real, lfb.Synthetic}[r.IntN(2)], CreatedAt: at,
			Manifest: put("dataset/manifest/"+id, at), Summary: put("dataset/summary/"+id, at), Report: put("dataset/report/"+id, at),
		}}
		for range 1 + r.IntN(4) { // months are shared between data sets
			d.Parts = append(d.Parts, put(fmt.Sprintf("dataset/parts/%d", r.IntN(8)), at).Key)
			d.Sources = append(d.Sources, inv.Files[r.IntN(len(inv.Files))].SHA256)
		}
		inv.DataSets = append(inv.DataSets, d)
		inv.Steps = append(inv.Steps, Step{put("step/clean/"+id, at).Key, []string{d.Manifest.Key, d.Report.Key}})
	}
	for i := range r.IntN(3) {
		b := registry.Backfill{ID: fmt.Sprintf("b%d", i), StartedAt: past(), State: []registry.RunState{registry.Running, registry.Succeeded}[r.IntN(2)]}
		b.DataSet = inv.DataSets[r.IntN(len(inv.DataSets))].ID
		b.Report = put("report/backfill/"+b.ID, b.StartedAt)
		inv.Backfills = append(inv.Backfills, b)
		inv.Months = append(inv.Months, registry.BackfillMonth{Verdict: put("report/verdict/"+b.ID, b.StartedAt)})
	}
	lines := []string{lfb.Real.Line(), lfb.Synthetic.Line(), registry.BackfillLine("b0")}
	for i := range r.IntN(20) {
		id, at := fmt.Sprintf("v%d", i), past()
		v := registry.Version{ID: id, Line: lines[r.IntN(3)], DataSet: inv.DataSets[r.IntN(len(inv.DataSets))].ID, CreatedAt: at, Bundle: put("bundle/"+id, at)}
		inv.Versions = append(inv.Versions, v)
		inv.Steps = append(inv.Steps, Step{put("step/train/"+id, at).Key, []string{v.Bundle.Key}})
		if r.IntN(3) == 0 {
			p := registry.Promotion{Line: v.Line, To: v.ID}
			for _, q := range inv.Promotions {
				if q.Line == v.Line {
					p.From, p.Revision = q.To, q.Revision+1
				}
			}
			inv.Promotions = append(inv.Promotions, p)
		}
	}
	for i := range r.IntN(4) {
		key := put(fmt.Sprintf("report/%s/%d", []string{"search", "relevance"}[i%2], i), past()).Key
		if r.IntN(2) == 0 {
			inv.Shown = append(inv.Shown, key)
		}
	}
	p.Looks = time.Duration(r.IntN(200)) * day
	for i := range r.IntN(8) {
		l := Look{fmt.Sprintf("l%d", i), lines[r.IntN(2)], []registry.RunState{registry.Running, registry.Succeeded, registry.Unchanged, registry.Failed}[r.IntN(4)], past()}
		inv.Looks = append(inv.Looks, l)
		if r.IntN(3) == 0 {
			inv.LookRefs = append(inv.LookRefs, l.ID)
		}
	}
	inv.Steps = append(inv.Steps, Step{Key: put("step/trial/x", past()).Key})
	put("bundle/nobody's", past())
	put("mlflow/not ours", past())
	put("checkpoint/x", past())
	return p, inv
}

// TestNothingReferencedIsEverRemoved follows every reference of random registries
// from what stays: each must lead to something that stays.
func TestNothingReferencedIsEverRemoved(t *testing.T) {
	t.Parallel()
	removed := 0
	for seed := range uint64(3000) {
		p, inv := world(rand.New(rand.NewPCG(seed, 1)))
		plan := Mark(p, now, inv)
		removed += len(plan.Objects)
		for _, fault := range faults(p, inv, plan) {
			t.Errorf("seed %d: %s", seed, fault)
		}
		if t.Failed() {
			return
		}
	}
	if removed < 3000 {
		t.Errorf("%d objects were removed of 3000 registries: the test proves little", removed)
	}
}

func faults(p Policy, inv Inventory, plan Plan) []string {
	var out []string
	gone := map[string]bool{}
	for _, o := range plan.Objects {
		gone[o.Key] = true
		if now.Sub(o.StoredAt) < p.Grace || KindOf(o.Key) == "" {
			out = append(out, fmt.Sprintf("%s of %s is removed", o.Key, o.StoredAt))
		}
	}
	need := func(why string, keys ...string) {
		for _, k := range keys {
			if gone[k] {
				out = append(out, why+" needs "+k)
			}
		}
	}
	version := func(line, id string) bool {
		return slices.ContainsFunc(plan.Versions, func(v registry.Version) bool { return v.Line == line && v.ID == id })
	}
	for _, q := range inv.Promotions {
		if !registry.IsBackfillLine(q.Line) && (version(q.Line, q.To) || q.From != "" && version(q.Line, q.From)) {
			out = append(out, fmt.Sprintf("the ledger of %s needs %s and %s", q.Line, q.From, q.To))
		}
	}
	for _, v := range inv.Versions {
		if version(v.Line, v.ID) {
			continue
		}
		need("version "+v.ID, v.Bundle.Key)
		if slices.Contains(plan.DataSets, v.DataSet) {
			out = append(out, "version "+v.ID+" needs data set "+v.DataSet)
		}
	}
	for _, d := range inv.DataSets {
		if slices.Contains(plan.DataSets, d.ID) {
			continue
		}
		need("data set "+d.ID, append(d.Parts, d.Manifest.Key, d.Summary.Key, d.Report.Key)...)
		for _, sha := range d.Sources {
			need("data set "+d.ID, "raw/"+sha)
			if slices.Contains(plan.Files, sha) {
				out = append(out, "data set "+d.ID+" needs file "+sha)
			}
		}
	}
	for _, f := range inv.Files {
		if f.Loaded || !slices.Contains(plan.Files, f.SHA256) {
			need("file "+f.SHA256, f.Ref.Key)
		}
		if f.Loaded && slices.Contains(plan.Files, f.SHA256) {
			out = append(out, "file "+f.SHA256+" is in the tables")
		}
	}
	for i, b := range inv.Backfills {
		need("backfill "+b.ID, b.Report.Key, inv.Months[i].Verdict.Key)
	}
	need("a leaderboard", inv.Shown...)
	out = append(out, lookFaults(p, inv, plan)...)
	for _, s := range inv.Steps {
		if !gone[s.Key] {
			need("the memory of "+s.Key, s.Refs...)
		}
	}
	return out
}

// lookFaults are looks that go though they are needed, young or running, or that
// stay without a reason.
func lookFaults(p Policy, inv Inventory, plan Plan) []string {
	var out []string
	for _, l := range inv.Looks {
		newest := l.State == registry.Succeeded || l.State == registry.Unchanged
		for _, o := range inv.Looks {
			newest = newest && !(o.Line == l.Line && o.ID > l.ID && (o.State == registry.Succeeded || o.State == registry.Unchanged))
		}
		needed := newest || l.State == registry.Running || slices.Contains(inv.LookRefs, l.ID) ||
			p.Looks == 0 || now.Sub(l.StartedAt) < max(p.Looks, p.Grace)
		if goes := slices.Contains(plan.Looks, l.ID); goes == needed {
			out = append(out, fmt.Sprintf("look %+v: needed %v, goes %v", l, needed, goes))
		}
	}
	return out
}

func TestMark(t *testing.T) {
	t.Parallel()
	old, fresh := now.Add(-300*day), now.Add(-10*day)
	v := func(id string, at time.Time, line string) registry.Version {
		return registry.Version{ID: id, Line: line, CreatedAt: at, DataSet: "d-" + id, Bundle: lfb.Ref{Key: "bundle/" + id}}
	}
	line, replay := lfb.Real.Line(), registry.BackfillLine("b")
	inv := Inventory{
		Versions: []registry.Version{
			v("served", old, line), v("unused", old, line), v("fresh", fresh, line), v("newest", now, line), v("replayed", old, replay),
		},
		Promotions: []registry.Promotion{{Line: line, To: "served"}, {Line: replay, To: "replayed"}},
	}
	for _, x := range inv.Versions {
		inv.Objects = append(inv.Objects, Object{x.Bundle.Key, 1, x.CreatedAt})
		inv.DataSets = append(inv.DataSets, Snapshot{DataSet: registry.DataSet{ID: x.DataSet, Origin: lfb.Real, CreatedAt: x.CreatedAt}})
	}
	inv.Objects = append(inv.Objects, Object{"report/search/shown", 1, old}, Object{"report/search/unused", 1, old}, Object{"report/search/fresh", 1, fresh},
		Object{"report/relevance/shown", 1, old}, Object{"report/relevance/unused", 1, old},
		Object{"checkpoint/x", 1, fresh}, Object{"step/train/unused", 1, now}, Object{"step/trial/old", 1, old}, Object{"step/trial/fresh", 1, fresh},
		Object{"export/unknown", 1, old})
	inv.Shown = []string{"report/search/shown", "report/relevance/shown"}
	inv.Steps = []Step{{"step/train/unused", []string{"bundle/unused"}}}
	plan := Mark(Policy{Keep: 100 * day, KeepBackfill: 90 * day, Versions: 1, DataSets: 1, Grace: 3 * day}, now, inv)
	var got []string
	for _, o := range plan.Objects {
		got = append(got, o.Key)
	}
	if want := []string{"bundle/unused", "bundle/replayed", "report/search/unused", "report/relevance/unused", "checkpoint/x", "step/train/unused", "step/trial/old"}; !slices.Equal(got, want) {
		t.Errorf("objects that go = %q, want %q", got, want)
	}
	if len(plan.Versions) != 2 || !slices.Equal(plan.DataSets, []string{"d-unused", "d-replayed"}) {
		t.Errorf("rows that go = %v, %q, want those of unused and replayed", plan.Versions, plan.DataSets)
	}
	totals := Totals(plan.Objects)
	if totals[0] != (Total{"bundle/", 2, 2}) {
		t.Errorf("Totals = %+v", totals)
	}
}
