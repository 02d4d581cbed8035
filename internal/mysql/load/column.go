package load

import (
	"database/sql"
	"fmt"
	"time"

	"lfb/internal/lfb"
)

// table describes one of the two published tables to the loader and to the scan.
type table[T any] struct {
	name    string
	kind    lfb.Kind
	key     []string          // after Origin
	columns func(*T) []column // the published ones of that row, key first
}

// column is one published column, and where a row has its value: a pointer to a
// text, a number or a missing one, a bool, londonDay or londonClock. That is
// written to the server, and read into.
type column struct {
	name  string
	field any
}

// A call's London wall clock is published, and kept, as two columns.
type (
	londonDay   struct{ at *time.Time }
	londonClock struct{ at *time.Time }
)

func (t *table[T]) columnNames() []string {
	var names []string
	for _, c := range t.columns(new(T)) {
		names = append(names, c.name)
	}
	return names
}

// appendTo appends the column's value to l.
func (c column) appendTo(l *line) {
	l.column = c.name
	switch v := c.field.(type) {
	case *string:
		l.appendText(*v)
	case *int:
		l.appendInt(int64(*v))
	case *int64:
		l.appendInt(*v)
	case *bool:
		l.appendBool(*v)
	case londonDay:
		l.appendTime(v.at.In(lfb.London), time.DateOnly)
	case londonClock:
		l.appendTime(v.at.In(lfb.London), time.TimeOnly)
	case *lfb.Opt[int]:
		appendOpt(l, v, func(n int) { l.appendInt(int64(n)) })
	case *lfb.Opt[int64]:
		appendOpt(l, v, l.appendInt)
	case *lfb.Opt[float64]:
		appendOpt(l, v, l.appendFloat)
	case *lfb.Opt[time.Time]:
		appendOpt(l, v, func(t time.Time) { l.appendTime(t.UTC(), time.DateTime) })
	default:
		panic(fmt.Sprintf("column %s is a %T", c.name, v))
	}
}

func appendOpt[V any](l *line, v *lfb.Opt[V], write func(V)) {
	if v.OK {
		write(v.V)
	} else {
		l.appendNull()
	}
}

// scanDest is what package sql scans the column into.
func (c column) scanDest() any {
	switch v := c.field.(type) {
	case londonDay:
		return v.at
	case *lfb.Opt[int]:
		return optional[int]{v}
	case *lfb.Opt[int64]:
		return optional[int64]{v}
	case *lfb.Opt[float64]:
		return optional[float64]{v}
	case *lfb.Opt[time.Time]:
		return optional[time.Time]{v}
	}
	return c.field
}

// Scan adds a TIME, hh:mm:ss, to the day that was read before it.
func (c londonClock) Scan(src any) error {
	text, _ := src.([]byte)
	t, err := time.Parse(time.TimeOnly, string(text))
	if err != nil {
		return err
	}
	y, m, d := c.at.Date()
	*c.at = time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, lfb.London)
	return nil
}

// optional scans a value that may be NULL.
type optional[V any] struct{ dst *lfb.Opt[V] }

func (o optional[V]) Scan(src any) error {
	var v sql.Null[V]
	err := v.Scan(src)
	*o.dst = lfb.Opt[V]{V: v.V, OK: v.Valid}
	return err
}
