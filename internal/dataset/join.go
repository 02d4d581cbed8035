package dataset

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// joiner joins lots, one after the other, and keeps the rows by month. Several
// work side by side.
type joiner struct {
	rows   *Rows
	months months
	tally  tally
	counts counts

	// Of the current lot: its incidents, each once, and where they are by hash.
	calls []*call
	table []int32 // 1 + position in calls
	ends  []int32 // by call: where its mobilisations end in order; first how many
	order []*sent
	found []int32 // by mobilisation: its call, -1 none
	group []sent
}

// counts are what a manifest says of a build.
type counts struct {
	incidents, rows int64
	byPump          [2]int64
	first, last     int64 // Unix seconds
}

func (c *counts) add(o *counts) {
	c.incidents, c.rows = c.incidents+o.incidents, c.rows+o.rows
	c.byPump[0], c.byPump[1] = c.byPump[0]+o.byPump[0], c.byPump[1]+o.byPump[1]
	if o.rows > 0 && (c.first == 0 || o.first < c.first) {
		c.first = o.first
	}
	c.last = max(c.last, o.last)
}

// lot joins one lot of files and lets go of it.
func (j *joiner) lot(files []*FileRows, k int) {
	j.index(files, k)
	j.gather(files, k)
	from := int32(0)
	for i, c := range j.calls {
		j.group = j.group[:0]
		for _, m := range j.order[from:j.ends[i]] {
			j.group = append(j.group, *m)
		}
		from = j.ends[i]
		j.incident(c, j.sortGroup())
	}
	j.counts.incidents += int64(len(j.calls))
	for _, f := range files {
		f.lots[k] = lot{}
	}
	clear(j.calls)
	clear(j.order)
}

// index finds the lot's incidents, each once, and makes the table of them.
func (j *joiner) index(files []*FileRows, k int) {
	n := 0
	for _, f := range files {
		for _, slab := range f.lots[k].calls {
			n += len(slab)
		}
	}
	size := 1 << bits.Len(uint(2*n))
	j.table = slices.Grow(j.table[:0], size)[:size]
	clear(j.table)
	j.calls = j.calls[:0]
	for _, f := range files {
		for _, slab := range f.lots[k].calls {
			for i := range slab {
				c := &slab[i]
				if at := j.at(c.id); *at == 0 {
					j.calls = append(j.calls, c)
					*at = int32(len(j.calls))
				}
			}
		}
	}
}

// at is the place in the table of the incident with that number, or the empty one
// where it belongs.
func (j *joiner) at(id number) *int32 {
	mask := uint64(len(j.table) - 1)
	for i := id.hash(j.rows.seed) & mask; ; i = (i + 1) & mask {
		if at := &j.table[i]; *at == 0 || j.calls[*at-1].id == id {
			return at
		}
	}
}

// gather puts the lot's mobilisations into the order of their incidents; those
// of none are counted.
func (j *joiner) gather(files []*FileRows, k int) {
	j.ends = slices.Grow(j.ends[:0], len(j.calls))[:len(j.calls)]
	clear(j.ends)
	j.found = j.found[:0]
	for _, f := range files {
		for _, slab := range f.lots[k].sent {
			for i := range slab {
				call := *j.at(slab[i].id) - 1
				j.found = append(j.found, call)
				if call < 0 {
					j.tally[orphan]++
				} else {
					j.ends[call]++
				}
			}
		}
	}
	n := int32(0)
	for i, count := range j.ends {
		j.ends[i] = n // where they start
		n += count
	}
	j.order = slices.Grow(j.order[:0], int(n))[:n]
	at := 0
	for _, f := range files {
		for _, slab := range f.lots[k].sent {
			for i := range slab {
				if call := j.found[at]; call >= 0 {
					j.order[j.ends[call]] = &slab[i]
					j.ends[call]++
				}
				at++
			}
		}
	}
}

// sortGroup is one incident's mobilisations by id, without copies.
func (j *joiner) sortGroup() []sent {
	if len(j.group) < 2 {
		return j.group
	}
	slices.SortFunc(j.group, j.rows.compare)
	once := slices.CompactFunc(j.group, func(a, b sent) bool { return a.resource == b.resource })
	j.tally[duplicate] += int64(len(j.group) - len(once))
	return once
}

// compare orders by id. Copies with one id may differ (the same engine listed
// under two boroughs): what a row is made of breaks the tie, so that the order in
// which they came cannot matter.
func (r *Rows) compare(a, b sent) int {
	if a.resource != b.resource {
		return cmp.Compare(a.resource, b.resource)
	}
	r.mu.Lock() // words may be added while these rows are joined
	defer r.mu.Unlock()
	stations := r.dicts[textArrivedFrom].words
	return cmp.Or(
		strings.Compare(r.reports.words[a.report], r.reports.words[b.report]),
		cmp.Compare(a.order, b.order),
		cmp.Compare(a.attendance, b.attendance),
		cmp.Compare(a.mobilised, b.mobilised),
		cmp.Compare(a.arrived, b.arrived),
		cmp.Compare(a.delay, b.delay),
		strings.Compare(stations[a.station], stations[b.station]),
		boolOrder(a.seconds, b.seconds),
	)
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// incident makes the rows of one incident.
func (j *joiner) incident(c *call, mobs []sent) {
	if c.doubt&noTime != 0 {
		j.tally[noCallTime]++
		return
	}
	s := scene{call: c, mobs: mobs, tally: &j.tally}
	s.resolve()
	engines := s.arrivals()
	if !engines[0].ok && !engines[1].ok {
		return
	}
	j.tally.doubts(c.doubt)
	if c.doubt&nowhere != 0 {
		return
	}
	r := c.record
	r.at = s.called
	month := j.months.of(r.day)
	for i, e := range engines {
		if !e.ok {
			continue
		}
		r.pump, r.from, r.text[textArrivedFrom] = uint8(i+1), e.from, e.station
		r.num[numAttendance], r.num[numHandling], r.num[numDelay] = e.attendance, e.handling, e.delay
		month.slabs = push(month.slabs, rowSlab, r)
		j.counts.byPump[i]++
		j.counts.rows++
	}
	if j.counts.first == 0 || r.at < j.counts.first {
		j.counts.first = r.at
	}
	j.counts.last = max(j.counts.last, r.at)
}
