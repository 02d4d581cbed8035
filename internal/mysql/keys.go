package mysql

import (
	"database/sql"
	"strings"
)

// keysPerStatement bounds the length of a statement that names its rows.
const keysPerStatement = 500

// forKeys runs do with conditions that pick the rows of keys, so many at a time,
// and returns how many rows they met.
func forKeys(keys [][]any, columns []string, do func(where string, args []any) (sql.Result, error)) (int64, error) {
	one := "(" + strings.Join(columns, " = ? AND ") + " = ?)"
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
