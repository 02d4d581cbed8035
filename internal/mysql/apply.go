package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// applier moves a staged file into its table by one transaction.
type applier struct {
	*stage
	file     lfb.SourceFile
	rejected int64
	done     lfb.LoadCount // set by run
}

func (a *applier) run(ctx context.Context) error {
	origin, err := originCode(a.file.Origin)
	if err != nil {
		return err
	}
	return transact(ctx, a.conn, func(tx *sql.Tx) error {
		d, err := a.compare(ctx, origin)
		if err != nil {
			return err
		}
		if err := a.write(ctx, tx, origin, d); err != nil {
			return err
		}
		c := d.count
		c.Rows, c.Rejected = a.rows+a.rejected, a.rejected
		if c.Withdrawn, err = a.withdraw(ctx, tx, origin, d.gone); err != nil {
			return err
		}
		a.done = c
		return markLoaded(ctx, tx, a.file, c)
	})
}

// write brings the wanted rows over: by name where they are the fewer, else all
// that are left when the others are deleted.
func (a *applier) write(ctx context.Context, tx *sql.Tx, origin int, d *difference) error {
	verb := "INSERT"
	if d.replaces {
		verb = "REPLACE"
	}
	columns := strings.Join(a.columns, ", ")
	move := verb + " INTO " + a.name + " (Origin, " + columns + ", RowHash, SourceSHA, SourceName)" +
		" SELECT ?, " + columns + ", RowHash, UNHEX(?), ? FROM " + a.stageName
	args := []any{origin, a.file.SHA256, sourceName(a.file)}
	named := append(slices.Clone(a.key), "Seq")
	if d.wanted.n <= d.unwanted.n {
		_, err := forKeys(a.values(d.wanted.keys, true), named, func(where string, keys []any) (sql.Result, error) {
			return tx.ExecContext(ctx, move+" WHERE "+where, append(slices.Clone(args), keys...)...)
		})
		return stale(err)
	}
	_, err := forKeys(a.values(d.unwanted.keys, true), named, func(where string, keys []any) (sql.Result, error) {
		return tx.ExecContext(ctx, "DELETE FROM "+a.stageName+" WHERE "+where, keys...)
	})
	if err == nil {
		_, err = tx.ExecContext(ctx, move, args...)
	}
	return stale(err)
}

// stale makes a key that has come since the comparison a reason to begin again:
// the last transaction of a killed load may end later than its lock.
func stale(err error) error {
	if number(err) == errDuplicate {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return err
}

// withdraw marks the rows that are gone from the file.
func (a *applier) withdraw(ctx context.Context, tx *sql.Tx, origin int, gone []rowKey) (int64, error) {
	now := time.Now().UTC()
	return forKeys(a.values(gone, false), a.key, func(where string, keys []any) (sql.Result, error) {
		return tx.ExecContext(ctx, "UPDATE "+a.name+" SET WithdrawnAt = ? WHERE Origin = ? AND ("+where+")",
			append([]any{now, origin}, keys...)...)
	})
}

// values lists keys as the values of the key columns, and of Seq where asked.
func (t table) values(keys []rowKey, withSeq bool) [][]any {
	out := make([][]any, len(keys))
	for i, k := range keys {
		v := []any{k.number, k.id}[:len(t.key)]
		if withSeq {
			v = append(v, k.seq)
		}
		out[i] = v
	}
	return out
}

// sourceName is the mark of a named file on its rows: it stays the same over
// the file's editions.
func sourceName(f lfb.SourceFile) uint64 {
	sum := sha256.Sum256([]byte(f.Source + "\x00" + f.Name))
	return binary.BigEndian.Uint64(sum[:])
}
