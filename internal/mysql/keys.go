package mysql

import (
	"database/sql"
	"strings"
)

// keysPerStatement bounds the length of a statement that names its rows.
const keysPerStatement = 500

// keysOf reads rows of n key columns, as text, and closes them.
func keysOf(rows *sql.Rows, n int) ([][]any, error) {
	defer rows.Close()
	var keys [][]any
	raw, dest := make([]sql.RawBytes, n), make([]any, n)
	for i := range raw {
		dest[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		key := make([]any, n)
		for i := range raw {
			key[i] = string(raw[i])
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// forKeys runs do with conditions that pick the rows of keys, so many at a time,
// and returns how many rows they met. A column may bring its own operator.
func forKeys(keys [][]any, columns []string, do func(where string, args []any) (sql.Result, error)) (int64, error) {
	terms := make([]string, len(columns))
	for i, c := range columns {
		terms[i] = c + " = ?"
		if strings.HasSuffix(c, "<") {
			terms[i] = c + " ?"
		}
	}
	one := "(" + strings.Join(terms, " AND ") + ")"
	var total int64
	for len(keys) > 0 {
		n := min(keysPerStatement, len(keys))
		var args []any
		for _, key := range keys[:n] {
			args = append(args, key...)
		}
		res, err := do(one+strings.Repeat(" OR "+one, n-1), args)
		if err != nil {
			return total, err
		}
		met, err := res.RowsAffected()
		if err != nil {
			return total, err
		}
		total += met
		keys = keys[n:]
	}
	return total, nil
}
