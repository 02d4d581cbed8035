package gc

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lfb/internal/registry"
)

// Plan is what may go.
type Plan struct {
	Objects  []Object           `json:"objects"`
	Versions []registry.Version `json:"versions"` // rows
	DataSets []string           `json:"data_sets"`
	Files    []string           `json:"files"` // SHA-256 of rows
	Looks    []string           `json:"looks"` // ids of rows
}

// kinds are the prefixes that are known here. Every other object stays.
func kinds() []string {
	return []string{
		"bundle/", "checkpoint/", "dataset/manifest/", "dataset/parts/", "dataset/report/", "dataset/summary/",
		"gc/plan/", "raw/", "report/relevance/", "report/search/", "report/verdict/", "step/",
	}
}

// KindOf is the prefix of a key that is known here; empty for others.
func KindOf(key string) string {
	for _, k := range kinds() {
		if strings.HasPrefix(key, k) {
			return k
		}
	}
	return ""
}

// Mark says what of the inventory may go.
func Mark(p Policy, now time.Time, inv Inventory) Plan {
	m := &marker{p: p, now: now, keys: map[string]bool{}, versions: map[[2]string]bool{}, dataSets: map[string]bool{}, files: map[string]bool{}}
	m.markVersions(inv)
	m.markDataSets(inv)
	m.markFiles(inv)
	for _, key := range inv.Shown {
		m.keys[key] = true
	}
	out := m.sweep(inv)
	out.Looks = m.looks(inv)
	return out
}

// marker holds what has been reached.
type marker struct {
	p        Policy
	now      time.Time
	keys     map[string]bool    // objects
	versions map[[2]string]bool // by line and id
	dataSets map[string]bool
	files    map[string]bool // by SHA-256
}

// young says whether t is within d, or within the grace that everything has.
func (m *marker) young(t time.Time, d time.Duration) bool {
	return m.now.Sub(t) < max(d, m.p.Grace)
}

// markVersions keeps what any serving ledger names, the newest of each line, and
// what is young.
func (m *marker) markVersions(inv Inventory) {
	for _, p := range inv.Promotions {
		if !registry.IsBackfillLine(p.Line) {
			m.versions[[2]string{p.Line, p.To}], m.versions[[2]string{p.Line, p.From}] = true, true
		}
	}
	running := map[string]bool{}
	for _, b := range inv.Backfills {
		running[b.Line()] = b.State == registry.Running
	}
	all := slices.Clone(inv.Versions)
	slices.SortStableFunc(all, func(a, b registry.Version) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	seen := map[string]int{}
	for _, v := range all {
		seen[v.Line]++
		keep := m.young(v.CreatedAt, m.p.Keep) || seen[v.Line] <= m.p.Versions
		if registry.IsBackfillLine(v.Line) {
			keep = m.young(v.CreatedAt, m.p.KeepBackfill) || running[v.Line]
		}
		id := [2]string{v.Line, v.ID}
		if keep {
			m.versions[id] = true
		}
		if m.versions[id] {
			m.keys[v.Bundle.Key], m.dataSets[v.DataSet] = true, true
		}
	}
}

// markDataSets keeps what versions and backfills were made from, the newest of
// each origin, and what is young.
func (m *marker) markDataSets(inv Inventory) {
	for _, b := range inv.Backfills {
		m.keys[b.Report.Key], m.keys[b.Plot.Key] = true, true
		if b.State == registry.Running || m.young(b.StartedAt, m.p.KeepBackfill) {
			m.dataSets[b.DataSet] = true
		}
	}
	for _, b := range inv.Months {
		m.keys[b.Verdict.Key] = true
	}
	all := slices.Clone(inv.DataSets)
	slices.SortStableFunc(all, func(a, b Snapshot) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	seen := map[string]int{}
	for _, d := range all {
		seen[string(d.Origin)]++
		if m.young(d.CreatedAt, m.p.Keep) || seen[string(d.Origin)] <= m.p.DataSets {
			m.dataSets[d.ID] = true
		}
		if !m.dataSets[d.ID] {
			continue
		}
		m.keys[d.Manifest.Key], m.keys[d.Summary.Key], m.keys[d.Report.Key] = true, true, true
		for _, key := range d.Parts {
			m.keys[key] = true
		}
		for _, sha := range d.Sources {
			m.files[sha] = true
		}
	}
}

// markFiles keeps what data sets were made of, what is in the tables, and what is
// young. One content has one object, however many rows name it.
func (m *marker) markFiles(inv Inventory) {
	for _, f := range inv.Files {
		if f.Loaded || m.young(f.StoredAt, m.p.Keep) {
			m.files[f.SHA256] = true
		}
	}
	for _, f := range inv.Files {
		if m.files[f.SHA256] {
			m.keys[f.Ref.Key] = true
		}
	}
}

func (m *marker) sweep(inv Inventory) Plan {
	var out Plan
	going := map[string]bool{}
	there := map[string]bool{}
	for _, o := range inv.Objects {
		there[o.Key] = true
		kind := KindOf(o.Key)
		switch {
		case kind == "" || kind == "step/" || m.keys[o.Key]:
		case kind == "checkpoint/" && !m.young(o.StoredAt, 0), !m.young(o.StoredAt, m.p.Keep):
			going[o.Key] = true
			out.Objects = append(out.Objects, o)
		}
	}
	stale := m.staleSteps(inv, going, there)
	for _, o := range inv.Objects {
		if stale[o.Key] {
			out.Objects = append(out.Objects, o)
		}
	}
	for _, v := range inv.Versions {
		if !m.versions[[2]string{v.Line, v.ID}] {
			out.Versions = append(out.Versions, v)
		}
	}
	for _, d := range inv.DataSets {
		if !m.dataSets[d.ID] {
			out.DataSets = append(out.DataSets, d.ID)
		}
	}
	seen := map[string]bool{}
	for _, f := range inv.Files {
		if !m.files[f.SHA256] && !seen[f.SHA256] {
			seen[f.SHA256] = true
			out.Files = append(out.Files, f.SHA256)
		}
	}
	return out
}

// looks are those that may go: not what a scored month or a claim names, not the
// newest of a line that ended, which the next look starts from, not what runs.
func (m *marker) looks(inv Inventory) []string {
	if m.p.Looks <= 0 {
		return nil
	}
	keep := map[string]bool{}
	for _, id := range inv.LookRefs {
		keep[id] = true
	}
	newest := map[string]Look{}
	for _, l := range inv.Looks {
		ended := l.State == registry.Succeeded || l.State == registry.Unchanged
		if n, ok := newest[l.Line]; ended && (!ok || l.ID > n.ID) {
			newest[l.Line] = l
		}
	}
	var out []string
	for _, l := range inv.Looks {
		if l.State != registry.Running && !keep[l.ID] && newest[l.Line].ID != l.ID && !m.young(l.StartedAt, m.p.Looks) {
			out = append(out, l.ID)
		}
	}
	return out
}

// trialSteps is where searches remember what they fitted: nothing but time says
// when that may go, as the data set is in the key's hash only.
const trialSteps = "step/trial/"

// staleSteps are those that name an object which goes or is gone: remembering
// them would give a result that cannot be read. Trials go by age.
func (m *marker) staleSteps(inv Inventory, going, there map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, s := range inv.Steps {
		for _, key := range s.Refs {
			if KindOf(key) != "" && (going[key] || !there[key]) {
				out[s.Key] = true
			}
		}
	}
	for _, o := range inv.Objects {
		if strings.HasPrefix(o.Key, trialSteps) && !m.young(o.StoredAt, m.p.Keep) {
			out[o.Key] = true
		}
	}
	return out
}

// Total is the objects of one kind.
type Total struct {
	Kind  string
	Count int
	Bytes int64
}

// Totals sums objects up by kind, in the kinds' order.
func Totals(objects []Object) []Total {
	var out []Total
	for _, k := range kinds() {
		t := Total{Kind: k}
		for _, o := range objects {
			if KindOf(o.Key) == k {
				t.Count++
				t.Bytes += o.Bytes
			}
		}
		out = append(out, t)
	}
	return out
}
