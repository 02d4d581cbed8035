package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// scan streams the rows of t that are in use, in key order, into one T.
func scan[T any](ctx context.Context, db *DB, t table, origin lfb.Origin, read func(*values, *T)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		code, err := originCode(origin)
		if err != nil {
			yield(nil, wrap(err, "scan %s", t.name))
			return
		}
		conn, err := db.read.Conn(ctx)
		if err != nil {
			yield(nil, wrap(err, "scan %s", t.name))
			return
		}
		defer conn.Close()
		query := "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name +
			" WHERE Origin = " + strconv.Itoa(code) + " AND WithdrawnAt IS NULL ORDER BY Origin, " + strings.Join(t.key, ", ")
		for row, err := range stream(ctx, conn, query, len(t.columns), read) {
			if !yield(row, wrap(err, "scan %s", t.name)) {
				return
			}
		}
	}
}

// stream runs a query and reads its rows, width columns each, into one T. An
// error comes last, with nil.
//
// It asks the driver itself: package sql would copy and convert each of some
// forty values a row, at a third of the speed.
func stream[T any](ctx context.Context, conn *sql.Conn, query string, width int,
	read func(*values, *T),
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		broken := false
		err := conn.Raw(func(c any) error {
			if wrapped, is := c.(interface{ Raw() driver.Conn }); is { // one that traces: it would copy too
				c = wrapped.Raw()
			}
			q, ok := c.(driver.QueryerContext)
			if !ok {
				return fmt.Errorf("driver connection %T cannot query", c)
			}
			rows, err := q.QueryContext(ctx, query, nil)
			if err != nil {
				return err
			}
			defer rows.Close()
			broken, err = each(rows, width, read, yield)
			if broken {
				// Closing rows would read what is left of millions: give up the connection.
				cancel()
				return driver.ErrBadConn
			}
			return err
		})
		if err != nil && !broken {
			yield(nil, err)
		}
	}
}

// each reports whether yield broke it off.
func each[T any](rows driver.Rows, width int, read func(*values, *T),
	yield func(*T, error) bool,
) (broken bool, err error) {
	v := values{dest: make([]driver.Value, width), known: make([]words, width)}
	var row T
	for n := 1; ; n++ {
		err := rows.Next(v.dest)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		v.i = 0
		read(&v, &row)
		if v.err != nil {
			return false, fmt.Errorf("row %d: %w", n, v.err)
		}
		if !yield(&row, nil) {
			return true, nil
		}
	}
}

// values reads one row's values in column order, as the driver gave them. Byte
// slices among them are the driver's own and change with the next row.
type values struct {
	dest  []driver.Value
	i     int
	known []words // by column
	err   error
}

// words keeps the texts that a column had, as most have few.
type words struct {
	last string
	all  map[string]string
}

const maxWords = 4096

func (v *values) take() driver.Value {
	v.i++
	return v.dest[v.i-1]
}

func (v *values) fail(x driver.Value) {
	if v.err == nil {
		v.err = fmt.Errorf("column %d: unexpected %T %v", v.i, x, x)
	}
}

// fresh is a text of a column where most differ.
func (v *values) fresh() string {
	switch x := v.take().(type) {
	case []byte:
		return string(x)
	case string:
		return x
	default:
		v.fail(x)
		return ""
	}
}

// text is a text of a column where many are equal.
func (v *values) text() string {
	x := v.take()
	b, ok := x.([]byte)
	if !ok {
		v.i--
		return v.fresh()
	}
	w := &v.known[v.i-1]
	if string(b) == w.last {
		return w.last
	}
	s, ok := w.all[string(b)]
	if !ok {
		s = string(b)
		if w.all == nil {
			w.all = map[string]string{}
		}
		if len(w.all) < maxWords {
			w.all[s] = s
		}
	}
	w.last = s
	return s
}

func (v *values) int64() int64 {
	switch x := v.take().(type) {
	case int64:
		return x
	case uint64:
		return int64(x)
	case []byte:
		n, err := strconv.ParseInt(string(x), 10, 64)
		if err != nil {
			v.fail(string(x))
		}
		return n
	default:
		v.fail(x)
		return 0
	}
}

func (v *values) int() int { return int(v.int64()) }

func (v *values) optInt64() lfb.Opt[int64] {
	if v.dest[v.i] == nil {
		v.i++
		return lfb.Opt[int64]{}
	}
	return lfb.Some(v.int64())
}

func (v *values) optInt() lfb.Opt[int] {
	n := v.optInt64()
	return lfb.Opt[int]{V: int(n.V), OK: n.OK}
}

func (v *values) optFloat() lfb.Opt[float64] {
	switch x := v.take().(type) {
	case nil:
		return lfb.Opt[float64]{}
	case float64:
		return lfb.Some(x)
	case []byte:
		f, err := strconv.ParseFloat(string(x), 64)
		if err != nil {
			v.fail(string(x))
		}
		return lfb.Some(f)
	default:
		v.fail(x)
		return lfb.Opt[float64]{}
	}
}

func (v *values) time() time.Time {
	x := v.take()
	t, ok := x.(time.Time)
	if !ok {
		v.fail(x)
	}
	return t
}

func (v *values) optTime() lfb.Opt[time.Time] {
	if v.dest[v.i] == nil {
		v.i++
		return lfb.Opt[time.Time]{}
	}
	return lfb.Some(v.time())
}

// clockOn reads a TIME, hh:mm:ss, and returns that time of day in London.
func (v *values) clockOn(day time.Time) time.Time {
	x := v.take()
	b, ok := x.([]byte)
	if !ok || len(b) < 8 || b[2] != ':' || b[5] != ':' {
		v.fail(x)
		return time.Time{}
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	y, m, d := day.Date()
	return time.Date(y, m, d, two(0), two(3), two(6), 0, lfb.London)
}
