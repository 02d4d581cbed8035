package mysql

import (
	"database/sql"
	"time"
)

// scanner is a row of either form.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, op string, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, wrap(err, "%s", op)
		}
		out = append(out, v)
	}
	return out, wrap(rows.Err(), "%s", op)
}

// orNull stores the zero time as NULL.
func orNull(t time.Time) sql.NullTime {
	return sql.NullTime{Time: t.UTC(), Valid: !t.IsZero()}
}
