package dataset

import (
	"bytes"
	"cmp"
	"iter"
	"math"
	"slices"
)

// bucket holds the rows of one month, in order.
type bucket struct {
	rows []record
	ids  []byte // incident numbers, one after the other
}

func (b *bucket) id(r *record) []byte { return b.ids[r.id : r.id+uint32(r.idLen)] }

// pile is rows of one month in any order. They lie in slabs, so that none is moved
// when more come.
type pile struct {
	slabs [][]record
	ids   []byte
}

const rowSlab = 256

// number adds an incident number and says where it is.
func (p *pile) number(id []byte) uint32 {
	at := len(p.ids)
	p.ids = append(doubled(p.ids, len(id)), id...)
	return uint32(at)
}

// doubled is b with room for n more. append by itself adds a quarter at a time, and so
// copies four times as much as there is.
func doubled(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = slices.Grow(b, max(n, cap(b), idRoom))
	}
	return b
}

// months are piles by year × 12 + month - 1.
type months struct {
	all  map[int]*pile
	days map[int32]*pile // the same by day, so that few dates are worked out
}

func newMonths() months { return months{all: map[int]*pile{}, days: map[int32]*pile{}} }

// of is the pile of the month that a day of London is in.
func (m *months) of(day int32) *pile {
	if month := m.days[day]; month != nil {
		return month
	}
	date := midnight(day)
	key := date.Year()*12 + int(date.Month()) - 1
	month := m.all[key]
	if month == nil {
		month = &pile{}
		m.all[key] = month
	}
	m.days[day] = month
	return month
}

// sorter puts the piles of one month at a time together, in order; its memory is
// used again.
type sorter struct {
	bucket
	order  []uint64
	places []uint32
}

// together makes s.bucket of piles. Rows are large: what is sorted are numbers, of
// their second in the month and their position, then those of one second among each
// other.
func (s *sorter) together(piles []*pile) {
	first, rows := int64(math.MaxInt64), 0
	for r := range each(piles) {
		first = min(first, r.at)
		rows++
	}
	s.order, s.places = slices.Grow(s.order[:0], rows), slices.Grow(s.places[:0], rows)[:rows]
	for r := range each(piles) {
		s.order = append(s.order, uint64(r.at-first)<<32|uint64(len(s.order)))
	}
	slices.Sort(s.order)
	for place, o := range s.order {
		s.places[uint32(o)] = uint32(place)
	}
	s.rows, s.ids = slices.Grow(s.rows[:0], rows)[:rows], s.ids[:0]
	n := 0
	for _, p := range piles {
		base := uint32(len(s.ids))
		s.ids = append(s.ids, p.ids...)
		for _, slab := range p.slabs {
			for i := range slab {
				r := &s.rows[s.places[n]]
				*r = slab[i]
				r.id += base
				n++
			}
		}
	}
	for lo := 0; lo < rows; {
		hi := lo + 1
		for hi < rows && s.rows[hi].at == s.rows[lo].at {
			hi++
		}
		if hi-lo > 1 {
			slices.SortFunc(s.rows[lo:hi], s.compare)
		}
		lo = hi
	}
}

// each is the rows of piles.
func each(piles []*pile) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, p := range piles {
			for _, slab := range p.slabs {
				for i := range slab {
					if !yield(&slab[i]) {
						return
					}
				}
			}
		}
	}
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
