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

// Month counts the rows of one month of London's calendar.
type Month struct {
	Year    int        `json:"year"`
	Month   time.Month `json:"month"`
	Rows    int64      `json:"rows"`
	Missing int64      `json:"missing"` // rows without the target: the (first) engine's attendance time
}

// Tally is what became of the rows of one file. Rows = Accepted + Rejected. The
// zero value is ready.
type Tally struct {
	Rows, Accepted, Rejected int64
	From, To                 time.Time // earliest and latest call, or mobilisation, accepted

	rejects, repairs map[reason]*Count
	months           map[int]*Month // by year*12+month
}

type reason struct{ column, reason string }

// Rejects is why rows were rejected, the most frequent first.
func (t *Tally) Rejects() []Count { return sorted(t.rejects) }

// Repairs is what was mended or made missing in accepted rows, the most frequent first.
func (t *Tally) Repairs() []Count { return sorted(t.repairs) }

// Months is the accepted rows by month, in order.
func (t *Tally) Months() []Month {
	months := make([]Month, 0, len(t.months))
	for _, m := range t.months {
		months = append(months, *m)
	}
	slices.SortFunc(months, func(a, b Month) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month))
	})
	return months
}

func (t *Tally) reject(r *lfb.Reject) *lfb.Reject {
	t.Rows++
	t.Rejected++
	count(&t.rejects, r)
	return r
}

func (t *Tally) accept(at time.Time, missing bool) {
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
	year, month, _ := at.Date()
	m := t.months[year*12+int(month)]
	if m == nil {
		m = &Month{Year: year, Month: month}
		if t.months == nil {
			t.months = map[int]*Month{}
		}
		t.months[year*12+int(month)] = m
	}
	m.Rows++
	if missing {
		m.Missing++
	}
}

func (t *Tally) repair(line int64, column, value, why string) {
	count(&t.repairs, &lfb.Reject{Line: line, Column: column, Value: value, Reason: why})
}

func count(m *map[reason]*Count, r *lfb.Reject) {
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

func sorted(m map[reason]*Count) []Count {
	counts := make([]Count, 0, len(m))
	for _, c := range m {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
	return counts
}
