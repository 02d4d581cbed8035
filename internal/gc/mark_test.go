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

// randomSystem is what housekeeping finds in one that ran for two years: rows and
// objects, and what they lead to.
func randomSystem(r *rand.Rand) (Policy, []Item) {
	p := Policy{
		Keep: time.Duration(r.IntN(400)) * day, KeepBackfill: time.Duration(r.IntN(200)) * day,
		MonitorRuns: time.Duration(r.IntN(200)) * day,
		Grace:       2 * day, Versions: r.IntN(4), DataSets: r.IntN(3),
	}
	past := func() time.Time { return now.Add(-time.Duration(r.IntN(730)) * day) }
	var items []Item
	object := func(key string, at time.Time, refs ...string) string {
		if !slices.ContainsFunc(items, func(i Item) bool { return i.ID == key }) {
			items = append(items, Item{ID: key, Bytes: int64(1 + r.IntN(1000)), At: at, Refs: refs})
		}
		return key
	}
	row := func(i Item) { items = append(items, i) }
	files, dataSets := 2+r.IntN(6), 2+r.IntN(6)
	for i := range files {
		at := past()
		row(Item{ID: fmt.Sprint(File, i), At: at, Pinned: r.IntN(3) == 0, Refs: []string{object(fmt.Sprint("raw/", i), at)}})
		if r.IntN(3) == 0 { // the same content under another name
			row(Item{ID: fmt.Sprint(File, i), At: past(), Refs: []string{object(fmt.Sprint("raw/", i, "b"), at)}})
		}
	}
	for i := range dataSets {
		at := past()
		d := Item{ID: fmt.Sprint(DataSet, i), At: at, Group: []string{"real", "synthetic"}[r.IntN(2)]}
		for _, kind := range []string{"manifest", "summary", "report"} {
			d.Refs = append(d.Refs, object(fmt.Sprint("dataset/", kind, "/", i), at))
		}
		object(fmt.Sprint("step/clean/", i), at, d.Refs...)
		for range 1 + r.IntN(4) { // months are shared between data sets
			d.Refs = append(d.Refs, object(fmt.Sprint("dataset/parts/", r.IntN(8)), at), fmt.Sprint(File, r.IntN(files)))
		}
		row(d)
	}
	for i := range r.IntN(3) {
		at := past()
		row(Item{
			ID: fmt.Sprint(Backfill, i), At: at, Pinned: r.IntN(2) == 0,
			Refs: []string{fmt.Sprint(DataSet, r.IntN(dataSets))},
		})
		row(Item{Pinned: true, Refs: []string{object(fmt.Sprint("report/verdict/", i), at), ""}})
	}
	lines := []string{lfb.Real.Line(), lfb.Synthetic.Line(), registry.BackfillLine("b0")}
	for i := range r.IntN(20) {
		at, line := past(), lines[r.IntN(3)]
		v := Item{
			ID: versionID(line, fmt.Sprint(i)), At: at, Group: line,
			Refs: []string{object(fmt.Sprint("bundle/", i), at), fmt.Sprint(DataSet, r.IntN(dataSets))},
		}
		row(v)
		object(fmt.Sprint("step/train/", i), at, v.Refs[0])
		if r.IntN(3) == 0 && line != lines[2] {
			row(Item{Pinned: true, Refs: []string{versionID(line, ""), v.ID}})
		}
	}
	for i := range r.IntN(8) {
		row(Item{
			ID: fmt.Sprint(MonitorRun, i), At: past(), Pinned: r.IntN(4) == 0,
			Group: []string{"", lines[0], lines[1]}[r.IntN(3)],
		})
	}
	for i := range r.IntN(4) {
		key := object(fmt.Sprintf("report/%s/%d", []string{"search", "relevance"}[i%2], i), past())
		row(Item{Pinned: r.IntN(2) == 0, Refs: []string{key}[:r.IntN(2)]})
	}
	for _, key := range []string{"step/trial/x", "bundle/nobody's", "mlflow/not ours", "checkpoint/x"} {
		object(key, past())
	}
	return p, items
}

// TestNothingReferencedIsEverRemoved follows every reference of random systems from
// what stays: each must lead to something that stays.
func TestNothingReferencedIsEverRemoved(t *testing.T) {
	t.Parallel()
	removed := 0
	for seed := range uint64(3000) {
		p, items := randomSystem(rand.New(rand.NewPCG(seed, 1)))
		going := Mark(p, now, items)
		removed += len(going)
		for _, fault := range faults(p, items, going) {
			t.Errorf("seed %d: %s", seed, fault)
		}
		if t.Failed() {
			return
		}
	}
	if removed < 9000 {
		t.Errorf("%d items were removed of 3000 systems: the test proves little", removed)
	}
}

func faults(p Policy, items, going []Item) []string {
	var out []string
	gone := map[string]bool{}
	for _, i := range going {
		gone[i.ID] = true
		if now.Sub(i.At) < p.Grace && !IsStep(i.ID) || KindOf(i.ID) == "" || i.Pinned {
			out = append(out, fmt.Sprintf("%+v is removed", i))
		}
	}
	for _, i := range items {
		isOldBackfill := KindOf(i.ID) == Backfill && !i.Pinned && now.Sub(i.At) >= max(p.KeepBackfill, p.Grace)
		if gone[i.ID] || isOldBackfill { // whose row stays, and leads to nothing any more
			continue
		}
		for _, ref := range i.Refs {
			if gone[ref] {
				out = append(out, fmt.Sprintf("%q stays and needs %q, which goes", i.ID, ref))
			}
		}
		out = append(out, unexplained(p, items, going, i)...)
	}
	return out
}

// unexplained says where a monitor run, to which little leads, stays without a reason.
func unexplained(p Policy, items, going []Item, i Item) []string {
	if KindOf(i.ID) != MonitorRun {
		return nil
	}
	newest := i.Group != "" && !slices.ContainsFunc(items, func(o Item) bool {
		return KindOf(o.ID) == MonitorRun && o.Group == i.Group && (o.At.After(i.At) || o.At.Equal(i.At) && o.ID < i.ID)
	})
	if newest || i.Pinned || p.MonitorRuns == 0 || now.Sub(i.At) < max(p.MonitorRuns, p.Grace) {
		return nil
	}
	return []string{fmt.Sprintf("%+v stays without a reason, of %d that go", i, len(going))}
}

// versionID is the id of a version's row.
func versionID(line, version string) string {
	if line == registry.BackfillLine("b") || line == registry.BackfillLine("b0") {
		return Replayed + line + "/" + version
	}
	return Version + line + "/" + version
}

func TestMark(t *testing.T) {
	t.Parallel()
	old, fresh := now.Add(-300*day), now.Add(-10*day)
	line, replay := lfb.Real.Line(), registry.BackfillLine("b")
	items := []Item{{Pinned: true, Refs: []string{versionID(line, ""), versionID(line, "served")}}}
	for _, v := range []struct {
		id   string
		at   time.Time
		line string
	}{
		{"served", old, line},
		{"unused", old, line},
		{"fresh", fresh, line},
		{"newest", now, line},
		{"replayed", old, replay},
	} {
		items = append(items,
			Item{ID: versionID(v.line, v.id), At: v.at, Group: v.line, Refs: []string{"bundle/" + v.id, DataSet + v.id}},
			Item{ID: DataSet + v.id, At: v.at, Group: line},
			Item{ID: "bundle/" + v.id, Bytes: 1, At: v.at})
	}
	for key, at := range map[string]time.Time{
		"report/search/shown": old, "report/search/unused": old, "report/search/fresh": fresh,
		"report/relevance/unused": old, "report/explanation/unused": old,
		"checkpoint/x": fresh, "checkpoint/at work": now, "step/trial/old": old, "step/trial/fresh": fresh,
		"export/unknown": old,
	} {
		items = append(items, Item{ID: key, At: at})
	}
	items = append(items, Item{ID: "step/train/unused", At: now, Refs: []string{"bundle/unused"}},
		Item{ID: "step/train/gone", At: old, Refs: []string{"bundle/gone"}}, Item{
			ID: "step/train/served", At: old,
			Refs: []string{"bundle/served"},
		},
		Item{Pinned: true, Refs: []string{"report/search/shown", ""}},
		Item{ID: Backfill + "old", At: old, Refs: []string{DataSet + "replayed"}})
	var got []string
	going := Mark(Policy{Keep: 100 * day, KeepBackfill: 90 * day, Versions: 1, DataSets: 1, Grace: 3 * day}, now, items)
	for _, i := range going {
		got = append(got, i.ID)
	}
	slices.Sort(got)
	want := []string{
		"bundle/replayed", "bundle/unused", "checkpoint/x", "report/explanation/unused", "report/relevance/unused",
		"report/search/unused",
		DataSet + "replayed", DataSet + "unused", versionID(replay, "replayed"), versionID(line, "unused"),
		"step/train/gone", "step/train/unused", "step/trial/old",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("what goes = %q, want %q", got, want)
	}
	if totals := Totals(going); totals[0] != (Total{"bundle/", 2, 2}) || Count(going, Version, Replayed) != 2 {
		t.Errorf("Totals = %+v", totals)
	}
}
