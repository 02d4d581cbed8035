package gc

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// Policy says how long what nothing needs is kept.
type Policy struct {
	Keep         time.Duration `json:"keep"`          // whatever is younger stays
	KeepBackfill time.Duration `json:"keep_backfill"` // versions and data sets of a backfill
	Versions     int           `json:"versions"`      // newest of each serving line stay
	DataSets     int           `json:"data_sets"`     // newest of each origin stay
	Predictions  time.Duration `json:"predictions"`   // logged answers; 0 keeps all
	MonitorRuns  time.Duration `json:"monitor_runs"`  // monitor runs; 0 keeps all
	// Grace protects what a run at work has stored and not yet put on record. It is
	// at least a day and some: what is stored again is only then stored anew.
	Grace time.Duration `json:"grace"`
}

// Kinds of rows. An item's kind is what its id begins with: for an object its key's
// prefix, for a row one of these.
const (
	Version    = "row:version/"  // line, slash, id
	Replayed   = "row:replayed/" // version of a backfill's line, likewise
	DataSet    = "row:data_set/"
	File       = "row:file/" // SHA-256: one content has one object, however many rows name it
	MonitorRun = "row:monitor_run/"
	PlaceSet   = "row:place_set/" // origin's code, slash, revision
	Attempt    = "row:attempt/"
	Backfill   = "row:backfill/" // leads to its data set; it goes by age and its row stays
)

// The kinds of objects that are known here, in the order of totals. Steps name other
// objects; trials are steps of searches, of which nothing but time says when they may
// go, as the data set is in the key's hash only.
const (
	checkpoints = "checkpoint/"
	steps       = "step/"
	trialSteps  = "step/trial/"
)

var objectKinds = []string{
	"bundle/", "candidate/", checkpoints, "dataset/manifest/", "dataset/parts/", "dataset/report/", "dataset/summary/",
	"gc/plan/", "places/", "raw/", "report/explanation/", "report/relevance/", "report/search/", "report/verdict/", steps,
}

// KindOf is the kind of an id; empty for one that is not known here, which stays.
func KindOf(id string) string {
	for _, k := range append(objectKinds, Version, Replayed, DataSet, File, MonitorRun, PlaceSet, Attempt, Backfill) {
		if strings.HasPrefix(id, k) {
			return k
		}
	}
	return ""
}

// IsRow says whether id is that of a row.
func IsRow(id string) bool { return strings.HasPrefix(id, "row:") }

// IsStep says whether id is that of a step that is remembered.
func IsStep(id string) bool { return strings.HasPrefix(id, steps) }

// Item is an object or a row, and what it leads to. Several may have one id: then
// what keeps one of them keeps all. One without an id only leads to others.
type Item struct {
	ID     string    `json:"id"`
	Bytes  int64     `json:"bytes,omitempty"`
	At     time.Time `json:"at,omitzero"` // stored or made
	Pinned bool      `json:"-"`           // stays whatever its age
	Group  string    `json:"-"`           // of which the newest stay; empty is none
	Refs   []string  `json:"-"`           // ids that stay as long as this one does; of a step, which it names
	// Row is the registry.Version of a version's row, which brings it back.
	Row json.RawMessage `json:"row,omitempty"`
}

// retention is how long a kind stays, and how many of each group.
func (p Policy) retention(kind string) (age time.Duration, newest int) {
	switch kind {
	case Version:
		return p.Keep, p.Versions
	case DataSet:
		return p.Keep, p.DataSets
	case PlaceSet:
		return p.Keep, 2 // what serves, and what did before
	case Replayed, Backfill:
		return p.KeepBackfill, 0
	case MonitorRun:
		return cmp.Or(p.MonitorRuns, math.MaxInt64), 1
	case checkpoints, Attempt, "candidate/": // what counts of them is in bundles
		return 0, 0
	}
	return p.Keep, 0
}

// Mark returns the items that may go, in their order.
func Mark(p Policy, now time.Time, items []Item) []Item {
	there, refs := map[string]bool{}, map[string][]string{}
	for _, i := range items {
		there[i.ID] = true
		refs[i.ID] = append(refs[i.ID], i.Refs...)
	}
	kept := map[string]bool{}
	var reach func(id string)
	reach = func(id string) {
		if !kept[id] {
			kept[id] = true
			for _, ref := range refs[id] {
				reach(ref)
			}
		}
	}
	newestFirst := slices.Clone(items)
	slices.SortStableFunc(newestFirst, func(a, b Item) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	inGroup := map[[2]string]int{}
	for _, i := range newestFirst {
		kind := KindOf(i.ID)
		if kind == steps {
			continue
		}
		age, newest := p.retention(kind)
		group := [2]string{kind, i.Group}
		inGroup[group]++
		if i.Pinned || kind == "" || p.isYoung(i, now, age) || i.Group != "" && inGroup[group] <= newest {
			reach(i.ID)
		}
	}
	// A step that names what goes or is gone would give a result that cannot be read.
	isStale := func(step Item) bool {
		return strings.HasPrefix(step.ID, trialSteps) && !p.isYoung(step, now, p.Keep) ||
			slices.ContainsFunc(step.Refs, func(id string) bool {
				return KindOf(id) != "" && !IsStep(id) && !(there[id] && kept[id])
			})
	}
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		if IsStep(i.ID) {
			return !isStale(i)
		}
		return kept[i.ID] || KindOf(i.ID) == Backfill
	})
}

// isYoung says whether the item is within age, or within the grace that all have.
func (p Policy) isYoung(i Item, now time.Time, age time.Duration) bool {
	return now.Sub(i.At) < max(age, p.Grace)
}

// Total is the objects of one kind.
type Total struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	Bytes int64  `json:"bytes"`
}

// Totals sums the objects up by kind, in the kinds' order.
func Totals(items []Item) []Total {
	var out []Total
	for _, kind := range objectKinds {
		t := Total{Kind: kind}
		for _, i := range items {
			if KindOf(i.ID) == kind {
				t.Count++
				t.Bytes += i.Bytes
			}
		}
		out = append(out, t)
	}
	return out
}

// Count is how many different ids of a kind there are.
func Count(items []Item, kinds ...string) int {
	ids := map[string]bool{}
	for _, i := range items {
		if slices.Contains(kinds, KindOf(i.ID)) {
			ids[i.ID] = true
		}
	}
	return len(ids)
}
