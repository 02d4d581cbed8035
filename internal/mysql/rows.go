package mysql

import (
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"
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

// clip cuts s to what a column of n characters holds, in valid UTF-8.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
