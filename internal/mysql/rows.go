package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"lfb/internal/lfb"
)

// scanner is a row of either form.
type scanner interface{ Scan(dest ...any) error }

// queryRow reads the one row of a query on what op names; lfb.ErrNotFound.
func queryRow[T any](ctx context.Context, db *DB, op string, scan func(scanner) (T, error), query string,
	args ...any,
) (T, error) {
	if err := checkText(args...); err != nil {
		var none T
		return none, Wrap(err, "%s", op)
	}
	v, err := scan(db.read.QueryRowContext(ctx, query, args...))
	return v, Wrap(err, "%s", op)
}

// queryAll reads all rows of a query on what op names.
func queryAll[T any](ctx context.Context, q Querier, op string, scan func(scanner) (T, error), query string,
	args ...any,
) ([]T, error) {
	if err := checkText(args...); err != nil {
		return nil, Wrap(err, "%s", op)
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Wrap(err, "%s", op)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, Wrap(err, "%s", op)
		}
		out = append(out, v)
	}
	return out, Wrap(rows.Err(), "%s", op)
}

// Querier is a pool, a connection or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Stream runs a query and scans one row after the other into dest; nil says that
// one is there. An error comes last.
func Stream(ctx context.Context, q Querier, dest []any, query string, args ...any) iter.Seq[error] {
	return func(yield func(error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		rows, err := q.QueryContext(ctx, query, args...)
		if err != nil {
			yield(err)
			return
		}
		defer rows.Close()
		defer cancel() // before Close, which would read what is left of millions
		for rows.Next() {
			if err := rows.Scan(dest...); !yield(err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(err)
		}
	}
}

// jsonOf is stored as v's JSON.
type jsonOf struct{ v any }

// Value implements driver.Valuer.
func (j jsonOf) Value() (driver.Value, error) {
	body, err := json.Marshal(j.v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	return string(body), nil
}

// orNull stores the zero time as NULL.
func orNull(t time.Time) sql.NullTime {
	return sql.NullTime{Time: t.UTC(), Valid: !t.IsZero()}
}

// checkText tells texts that are not UTF-8, for which each server has an error of its
// own: lfb.ErrInvalid.
func checkText[T any](args ...T) error {
	for _, a := range args {
		if s, ok := any(a).(string); ok && !utf8.ValidString(s) {
			return fmt.Errorf("%.100q is not UTF-8: %w", s, lfb.ErrInvalid)
		}
	}
	return nil
}

// clipText cuts s to what a column of n characters holds.
func clipText(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

func placeholders(n int) string { return strings.Repeat("?, ", n-1) + "?" }

// valueRows is what follows VALUES where a statement inserts rows of so many columns.
func valueRows(rows, columns int) string {
	row := "(" + placeholders(columns) + ")"
	return strings.Repeat(row+", ", rows-1) + row
}

// scanValue reads a row of one column.
func scanValue[T any](s scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}
