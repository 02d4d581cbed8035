package clean

import (
	"fmt"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// column is one that a table may have: its name today, and in other vintages.
type column struct {
	name string
	also []string
	key  bool // no row can be used without it
	// read reads it, and those behind it that go with it; nil where another does.
	read func(r *row, c int)
}

// layout says where each column of a table is in one file.
type layout struct {
	columns []column
	at      []int // by column; -1 absent
	width   int   // fields a row must have
}

// newLayout finds columns in header. A key column that is absent, and a column
// that is there twice, are lfb.ErrInvalid.
func newLayout(kind lfb.Kind, columns []column, header []string) (layout, error) {
	l := layout{columns: columns, at: make([]int, len(columns)), width: len(header)}
	byName := map[string]int{}
	for c, col := range columns {
		l.at[c] = -1
		byName[table.FoldName(col.name)] = c
		for _, other := range col.also {
			byName[table.FoldName(other)] = c
		}
	}
	for i, name := range header {
		c, ok := byName[table.FoldName(name)]
		switch {
		case !ok: // a column that no vintage of the table has
		case l.at[c] >= 0:
			return layout{}, fmt.Errorf("%s header: columns %q and %q are both %s: %w",
				kind, header[l.at[c]], name, columns[c].name, lfb.ErrInvalid)
		default:
			l.at[c] = i
		}
	}
	for c, col := range columns {
		if col.key && l.at[c] < 0 {
			return layout{}, fmt.Errorf("%s header: no column %s: %w", kind, col.name, lfb.ErrInvalid)
		}
	}
	return l, nil
}

// countOwn counts the columns of header that are of the table and not of both.
func countOwn(columns, others []column, header []string) int {
	shared := map[string]bool{}
	for _, col := range others {
		shared[table.FoldName(col.name)] = true
	}
	own := map[string]bool{}
	for _, col := range columns {
		for _, name := range append([]string{col.name}, col.also...) {
			if f := table.FoldName(name); !shared[f] {
				own[f] = true
			}
		}
	}
	n := 0
	for _, name := range header {
		if own[table.FoldName(name)] {
			n++
		}
	}
	return n
}

// kindColumns is how many columns of its own make a header one of a table. A
// list of stations, or a metadata workbook, has none or one.
const kindColumns = 4

// KindOf says which table header is of, by the columns that only that table has:
// a file that lost its key column is still recognised, so that the loss is told.
// lfb.ErrInvalid means neither.
func KindOf(header []string) (lfb.Kind, error) {
	incident, mobilisation := new(Incidents).columns(), new(Mobilisations).columns()
	i := countOwn(incident, mobilisation, header)
	m := countOwn(mobilisation, incident, header)
	switch {
	case max(i, m) < kindColumns:
		return "", fmt.Errorf("header %.80q of %d columns is of neither table: %w",
			strings.Join(header, ","), len(header), lfb.ErrInvalid)
	case i == m:
		return "", fmt.Errorf("header %.80q could be of either table: %w",
			strings.Join(header, ","), lfb.ErrInvalid)
	case i > m:
		return lfb.IncidentFile, nil
	default:
		return lfb.MobilisationFile, nil
	}
}
