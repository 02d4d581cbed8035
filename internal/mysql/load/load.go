package load

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// Tables loads and reads tables incident and mobilisation. It is safe for
// concurrent use.
type Tables struct{ db *mysql.DB }

// NewTables returns the two tables of db.
func NewTables(db *mysql.DB) *Tables { return &Tables{db} }

// loadTable brings one file's rows into t, all of them or none.
//
// The rows go into a staging table of this load first, where the server may not
// warn of anything and must have every row; then one transaction adds what is new,
// replaces what has changed, leaves what is equal, and withdraws what the file's
// earlier editions (same source and name) had and this one lacks. For that each
// row carries a mark of the named file that had it last. Of a key that the file
// has twice the last row counts.
//
// A *lfb.Reject among rows is counted and passed over; any other error ends the
// load. What does not fit a column, and a file without a usable row, is
// lfb.ErrInvalid. Loading a file again changes nothing.
func loadTable[T any](ctx context.Context, db *mysql.DB, t *table[T], file lfb.SourceFile, rows iter.Seq2[*T, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	count, err := loadFile(ctx, db, t, file, rows, opts)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // the driver's words for it vary
	}
	if err != nil {
		return lfb.LoadCount{}, mysql.Wrap(err, "load %s %s", file.Kind, file.Name)
	}
	return count, nil
}

func loadFile[T any](ctx context.Context, db *mysql.DB, t *table[T], file lfb.SourceFile, rows iter.Seq2[*T, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	var count lfb.LoadCount
	if file.Kind != t.kind {
		return count, fmt.Errorf("%s is a %q file, not a %q one: %w", file.Name, file.Kind, t.kind, lfb.ErrInvalid)
	}
	if err := mysql.CheckFile(file); err != nil {
		return count, err
	}
	conn, err := db.LoadConn(ctx)
	if err != nil {
		return count, err
	}
	defer conn.Close()
	s := &stage{db: db, conn: conn, target: t.name, key: t.key, columns: t.columnNames()}
	if err := s.createTable(ctx); err != nil {
		return count, err
	}
	defer s.dropTable(ctx)
	if count, err = stageRows(ctx, s, t, rows, opts.Progress); err != nil {
		return count, err
	}
	err = db.WithLock(ctx, conn, "load."+t.name, func() error {
		count, err = s.applyStaged(ctx, file, count)
		return err
	})
	return count, err
}

// scanTable streams the rows of t that are in use, in key order, into one T.
func scanTable[T any](ctx context.Context, db *mysql.DB, t *table[T], origin lfb.Origin) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		code, err := mysql.OriginCode(origin)
		if err != nil {
			yield(nil, mysql.Wrap(err, "scan %s", t.name))
			return
		}
		var row T
		var dest []any
		for _, c := range t.columns(&row) {
			dest = append(dest, c.scanDest())
		}
		query := "SELECT " + strings.Join(t.columnNames(), ", ") + " FROM " + t.name +
			" WHERE Origin = ? AND WithdrawnAt IS NULL ORDER BY Origin, " + strings.Join(t.key, ", ")
		for err := range mysql.Stream(ctx, db.Reader(), dest, query, code) {
			if err != nil {
				yield(nil, mysql.Wrap(err, "scan %s", t.name))
				return
			}
			if !yield(&row, nil) {
				return
			}
		}
	}
}
