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
	notes  []string // what the caller should know
}

// newColumns checks the names of a table's columns, in whatever case they are. A table
// without any place has nothing to answer.
func newColumns(names []string) (columns, []httpx.Field) {
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
			unused = append(unused, fmt.Sprintf("%q", name))
		default:
			c.fields[i] = f
			place = place || slices.Contains(placeFields(), f.name)
		}
		seen[key] = true
	}
	if !place {
		wrong = append(wrong, httpx.Field{Detail: fmt.Sprintf("no column says where: one of %s is needed, the table has %q",
			strings.Join(placeFields(), ", "), names[:min(len(names), maxNamed)])})
	}
	if len(ignored) > 0 {
		c.notes = append(c.notes, hindsightNote+strings.Join(ignored, ", "))
	}
	if len(unused) > 0 {
		c.notes = append(c.notes, "columns given back without being used: "+strings.Join(unused, ", "))
	}
	return c, wrong
}

// maxNamed is how many columns or wrong cells are named at most.
const maxNamed = 20

// wrongCell is a cell that cannot be used: its column, empty for the row as a whole,
// and why.
type wrongCell struct{ column, detail string }

// read turns a row's cells into a Question. Wrong cells are named by column.
func (c *columns) read(cells func(i int) string, parse parseNumber, now time.Time) (serve.Question, []wrongCell) {
	var r row
	var wrong []wrongCell
	for i, f := range c.fields {
		if f == nil {
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
