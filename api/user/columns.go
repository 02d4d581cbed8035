package user

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lfb/internal/httpx"
	"lfb/internal/serve"
	"lfb/internal/table"
)

// columns says how the columns of a table are read.
type columns struct {
	names  []string // as the table spells them
	fields []*field // nil: not used
	pairs  [][2]int // positions of coordinates that go together
	notes  []string // what the caller should know
	unused []string // names that are no fact
}

// newColumns checks the names of a table's columns, in whatever case they are. A table
// without any place has nothing to answer; format says how it was read, to begin the
// sentence about that with.
func newColumns(names []string, format string) (columns, []httpx.Field) {
	c := columns{names: names, fields: make([]*field, len(names))}
	known := map[string]*field{}
	for _, f := range slices.Concat(callFields(), originalFields()) {
		for _, name := range append(f.also, f.name) {
			known[table.FoldName(name)] = &f
		}
	}
	hindsight := map[string]bool{}
	for _, name := range hindsightColumns() {
		hindsight[table.FoldName(name)] = true
	}
	seen, place := map[string]bool{}, false
	var wrong []httpx.Field
	var ignored, unused []string
	for i, name := range names {
		key := table.FoldName(name)
		f := known[key]
		switch {
		case key != "" && seen[key]:
			wrong = append(wrong, httpx.Field{Pointer: "/" + name, Detail: "two columns of this name"})
		case hindsight[key]:
			ignored = append(ignored, name)
		case f == nil:
			unused = append(unused, name)
		default:
			c.fields[i] = f
			place = place || slices.Contains(placeFields(), f.name)
		}
		seen[key] = true
	}
	c.pairs = pairColumns(c.fields)
	if !place {
		wrong = append(wrong, httpx.Field{Detail: fmt.Sprintf("%sno column says where: one of %s is needed, there is %s",
			format, strings.Join(placeFields(), ", "), nameSome(names))})
	}
	if len(ignored) > 0 {
		c.notes = append(c.notes, hindsightNote+strings.Join(ignored, ", "))
	}
	if c.unused = unused; len(unused) > 0 {
		c.notes = append(c.notes, "columns given back without being used: "+nameSome(unused))
	}
	return c, wrong
}

// maxNamed is how many columns or wrong cells are named at most.
const maxNamed = 20

// nameSome names columns, and counts those beyond maxNamed.
func nameSome(names []string) string {
	var quoted []string
	for _, name := range names[:min(len(names), maxNamed)] {
		quoted = append(quoted, fmt.Sprintf("%.60q", name))
	}
	if more := len(names) - len(quoted); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	}
	return strings.Join(quoted, ", ")
}

// wrongCell is a cell that cannot be used: its column, empty for the row as a whole,
// and why.
type wrongCell struct{ column, detail string }

// read turns a row's cells into a Question. Wrong cells are named by column.
func (c *columns) read(cells func(i int) string, parse parseNumber, now time.Time) (serve.Question, []wrongCell) {
	var r row
	var wrong []wrongCell
	for i, f := range c.fields {
		if f == nil || c.isZeroPair(cells, i, parse) {
			continue
		}
		if cell := table.Text(cells(i)); cell != "" {
			if detail := f.set(&r, cell, parse); detail != "" {
				wrong = append(wrong, wrongCell{c.names[i], detail})
			}
		}
	}
	if len(wrong) > 0 {
		return serve.Question{}, wrong
	}
	q, bad := r.question(now)
	for _, f := range bad {
		wrong = append(wrong, wrongCell{strings.TrimPrefix(f.Pointer, "/"), f.Detail})
	}
	request, err := json.Marshal(&r.Call)
	if err != nil {
		wrong = append(wrong, wrongCell{detail: err.Error()})
	}
	q.Request = request
	return q, wrong
}

// pairColumns finds the coordinates that go together: the first easting with the first
// northing, and so on.
func pairColumns(fields []*field) (pairs [][2]int) {
	for _, names := range [][2]string{{"latitude", "longitude"}, {"easting", "northing"}} {
		var at [2][]int
		for i, f := range fields {
			for k, name := range names {
				if f != nil && f.name == name {
					at[k] = append(at[k], i)
				}
			}
		}
		for n := range min(len(at[0]), len(at[1])) {
			pairs = append(pairs, [2]int{at[0][n], at[1][n]})
		}
	}
	return pairs
}

// isZeroPair reports whether column i is one of two coordinates that are both 0: so a
// place is written that is not known.
func (c *columns) isZeroPair(cells func(i int) string, i int, parse parseNumber) bool {
	isZero := func(i int) bool {
		v, ok := parse(cells(i))
		return ok && v == 0
	}
	return slices.ContainsFunc(c.pairs, func(p [2]int) bool {
		return (p[0] == i || p[1] == i) && isZero(p[0]) && isZero(p[1])
	})
}
