package clean

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// Count is how often one thing was wrong with one column.
type Count struct {
	Column string     `json:"column"`
	Reason string     `json:"reason"`
	N      int64      `json:"n"`
	First  lfb.Reject `json:"first"` // the first one met, as an example
}

// monthCount counts the rows of one month, and those without the target: the (first) engine's
// attendance time.
type monthCount struct{ rows, missing int64 }

// Tally is what became of the rows of one file. Rows = Accepted + Rejected. The
// zero value is ready.
type Tally struct {
	Rows, Accepted, Rejected int64
	From, To                 time.Time // earliest and latest call, or mobilisation, accepted

	rejects, repairs map[reason]*Count
	months           map[int]*monthCount // of London's calendar, by year*12+month
}

type reason struct{ column, reason string }

// Rejects is why rows were rejected, the most frequent first.
func (t *Tally) Rejects() []Count { return sortCounts(t.rejects) }

// Repairs is what was mended or made missing in accepted rows, the most frequent first.
func (t *Tally) Repairs() []Count { return sortCounts(t.repairs) }

func (t *Tally) countReject(r *lfb.Reject) *lfb.Reject {
	t.Rows++
	t.Rejected++
	countReason(&t.rejects, r)
	return r
}

func (t *Tally) countAccepted(at time.Time, missing bool) {
	t.Rows++
	t.Accepted++
	if at.IsZero() {
		return
	}
	if t.From.IsZero() || at.Before(t.From) {
		t.From = at
	}
	if at.After(t.To) {
		t.To = at
	}
	key := monthKey(at)
	m := t.months[key]
	if m == nil {
		if m = new(monthCount); t.months == nil {
			t.months = map[int]*monthCount{}
		}
		t.months[key] = m
	}
	m.rows++
	if missing {
		m.missing++
	}
}

func monthKey(t time.Time) int { return t.Year()*12 + int(t.Month()) }

func (t *Tally) countRepair(line int64, column, value, why string) {
	countReason(&t.repairs, &lfb.Reject{Line: line, Column: column, Value: value, Reason: why})
}

func countReason(m *map[reason]*Count, r *lfb.Reject) {
	key := reason{r.Column, r.Reason}
	c := (*m)[key]
	if c == nil {
		c = &Count{Column: r.Column, Reason: r.Reason, First: *r}
		c.First.Value = strings.Clone(r.Value)
		if *m == nil {
			*m = map[reason]*Count{}
		}
		(*m)[key] = c
	}
	c.N++
}

func sortCounts(m map[reason]*Count) []Count {
	counts := make([]Count, 0, len(m))
	for _, c := range m {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
	return counts
}
