package dataset

import (
	"bytes"
	"cmp"
	"slices"
)

// bucket holds the rows of one month.
type bucket struct {
	rows []record
	ids  []byte // incident numbers, one after the other
}

func (b *bucket) id(r *record) []byte { return b.ids[r.id : r.id+uint32(r.idLen)] }

// months are buckets by year × 12 + month - 1.
type months struct {
	all  map[int]*bucket
	days map[int32]*bucket // the same by day, so that few dates are worked out
}

func newMonths() months { return months{all: map[int]*bucket{}, days: map[int32]*bucket{}} }

// of is the bucket of the month that a day of London is in.
func (m *months) of(day int32) *bucket {
	if month := m.days[day]; month != nil {
		return month
	}
	date := midnight(day)
	key := date.Year()*12 + int(date.Month()) - 1
	month := m.all[key]
	if month == nil {
		month = &bucket{}
		m.all[key] = month
	}
	m.days[day] = month
	return month
}

// together is the rows of several buckets of one month, in order.
func together(buckets []*bucket) *bucket {
	rows, ids := 0, 0
	for _, b := range buckets {
		rows, ids = rows+len(b.rows), ids+len(b.ids)
	}
	all := &bucket{rows: make([]record, 0, rows), ids: make([]byte, 0, ids)}
	for _, b := range buckets {
		base := uint32(len(all.ids))
		all.ids = append(all.ids, b.ids...)
		for _, r := range b.rows {
			r.id += base
			all.rows = append(all.rows, r)
		}
	}
	all.sort()
	return all
}

// sort puts the rows in order: by numbers of their second in the month and their
// position, as rows are much larger, then those of one second among each other.
func (b *bucket) sort() {
	if len(b.rows) == 0 {
		return
	}
	first := b.rows[0].at
	for i := range b.rows {
		first = min(first, b.rows[i].at)
	}
	order := make([]uint64, len(b.rows))
	for i := range b.rows {
		order[i] = uint64(b.rows[i].at-first)<<32 | uint64(i)
	}
	slices.Sort(order)
	rows := make([]record, len(order))
	for i, o := range order {
		rows[i] = b.rows[uint32(o)]
	}
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && rows[hi].at == rows[lo].at {
			hi++
		}
		if hi-lo > 1 {
			slices.SortFunc(rows[lo:hi], b.compare)
		}
		lo = hi
	}
	b.rows = rows
}

// compare orders rows by call, incident number and engine.
func (b *bucket) compare(x, y record) int {
	if x.at != y.at {
		return cmp.Compare(x.at, y.at)
	}
	if x.id != y.id {
		if c := bytes.Compare(b.id(&x), b.id(&y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(x.pump, y.pump)
}
