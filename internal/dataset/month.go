package dataset

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// bucket holds the rows of one month, in order.
type bucket struct {
	rows    []record
	numbers *numbers
}

// pile is rows of one month in any order. They lie in slabs, so that none is moved
// when more come.
type pile struct {
	slabs [][]record
}

const rowSlab = 256

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
	s.rows = slices.Grow(s.rows[:0], rows)[:rows]
	n := 0
	for _, p := range piles {
		for _, slab := range p.slabs {
			for i := range slab {
				s.rows[s.places[n]] = slab[i]
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
		return b.numbers.compare(x.id, y.id)
	}
	return cmp.Compare(x.pump, y.pump)
}
