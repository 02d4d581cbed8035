package load

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// applyStaged moves the staged file into its table by one transaction, and completes
// the count.
func (s *stage) applyStaged(ctx context.Context, file lfb.SourceFile, staged lfb.LoadCount) (lfb.LoadCount, error) {
	origin, err := mysql.OriginCode(file.Origin)
	if err != nil {
		return staged, err
	}
	a := applier{stage: s, origin: origin, file: file, owner: sourceName(file)}
	var count lfb.LoadCount
	err = mysql.Transact(ctx, s.conn, func(tx *sql.Tx) error {
		count = staged
		if err := a.withdrawRows(ctx, tx, &count); err != nil {
			return err
		}
		if err := a.countChanges(ctx, tx, &count); err != nil {
			return err
		}
		if err := a.writeRows(ctx, tx, count); err != nil {
			return err
		}
		return mysql.MarkLoaded(ctx, tx, file, count)
	})
	return count, err
}

type applier struct {
	*stage
	origin int
	file   lfb.SourceFile
	owner  uint64 // mark of the file's name
}

// sameKey is the condition that row t of the target and row s of the staging
// table have one key. It takes the origin.
func (a *applier) sameKey() string {
	on := "t.Origin = ?"
	for _, k := range a.key {
		on += " AND t." + k + " = s." + k
	}
	return on
}

// withdrawRows marks the rows that the file's last edition had and this one lacks. It
// comes first: it waits for the last transaction of a killed load, which may end
// later than its lock, so that what follows sees its rows.
func (a *applier) withdrawRows(ctx context.Context, tx *sql.Tx, count *lfb.LoadCount) error {
	res, err := tx.ExecContext(ctx, "UPDATE "+a.target+" t SET t.WithdrawnAt = ?"+
		" WHERE t.Origin = ? AND t.SourceName = ? AND t.WithdrawnAt IS NULL"+
		" AND NOT EXISTS (SELECT 1 FROM "+a.name+" s WHERE "+a.sameKey()+")",
		time.Now().UTC(), a.origin, a.owner, a.origin)
	if err != nil {
		return err
	}
	count.Withdrawn, err = res.RowsAffected()
	return err
}

func (a *applier) countChanges(ctx context.Context, tx *sql.Tx, count *lfb.LoadCount) error {
	var staged, known int64
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*), COUNT(t.RowHash),
		COUNT(CASE WHEN t.RowHash = s.RowHash AND t.WithdrawnAt IS NULL THEN 1 END)
		FROM `+a.name+" s LEFT JOIN "+a.target+" t ON "+a.sameKey(), a.origin).Scan(&staged, &known, &count.Unchanged)
	count.Inserted, count.Updated = staged-known, known-count.Unchanged
	if sum := staged + count.Rejected + count.Duplicate; err == nil && sum != count.Rows {
		err = fmt.Errorf("%d rows of %d are accounted for: %w", sum, count.Rows, lfb.ErrInvalid)
	}
	return err
}

// writeRows brings the staged rows over, but for those that are there as they are.
func (a *applier) writeRows(ctx context.Context, tx *sql.Tx, count lfb.LoadCount) error {
	if count.Unchanged > 0 {
		_, err := tx.ExecContext(ctx, "DELETE s FROM "+a.name+" s JOIN "+a.target+" t ON "+a.sameKey()+
			" WHERE t.RowHash = s.RowHash AND t.WithdrawnAt IS NULL AND t.SourceName = ?", a.origin, a.owner)
		if err != nil {
			return err
		}
	}
	verb := "INSERT"
	if count.Updated+count.Unchanged > 0 {
		verb = "REPLACE"
	}
	columns := strings.Join(a.columns, ", ")
	_, err := tx.ExecContext(ctx, verb+" INTO "+a.target+" (Origin, "+columns+", RowHash, SourceSHA, SourceName)"+
		" SELECT ?, "+columns+", RowHash, UNHEX(?), ? FROM "+a.name, a.origin, a.file.SHA256, a.owner)
	return err
}

// sourceName is the mark of a named file on its rows: it stays the same over
// the file's editions.
func sourceName(f lfb.SourceFile) uint64 {
	sum := sha256.Sum256([]byte(f.Source + "\x00" + f.Name))
	return binary.BigEndian.Uint64(sum[:])
}
