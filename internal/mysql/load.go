package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// LoadOptions are the loader's. The zero value is right.
type LoadOptions struct {
	// Progress is told now and then how many rows of the file were staged.
	Progress func(rows int64)
}

// table describes one of the two published tables.
type table struct {
	name    string
	key     []string // after Origin
	columns []string // the published ones, key first
}

// load brings one file's rows into t, all of them or none.
//
// The rows go into a staging table of this connection first, where the server
// may not warn of anything and must have every row; then one transaction adds
// what is new, replaces what has changed, leaves what is equal, and withdraws
// what the file's earlier editions (same source and name) had and this one
// lacks. For that each row carries a mark of the named file that had it last.
// Of a key that the file has twice the last row counts.
//
// A *lfb.Reject among rows is counted and passed over; any other error ends the
// load. What does not fit a column, and a file without a usable row, is
// lfb.ErrInvalid. Loading a file again changes nothing.
func load[T any](ctx context.Context, db *DB, t table, file lfb.SourceFile, rows iter.Seq2[*T, error],
	write func(*line, *T), opts LoadOptions) (lfb.LoadCount, error) {
	count, err := loadOn(ctx, db, t, file, newFeed(rows, write, opts))
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // the driver's words for it vary
	}
	if err != nil {
		return lfb.LoadCount{}, wrap(err, "load %s %s", file.Kind, file.Name)
	}
	return count, nil
}

func loadOn(ctx context.Context, db *DB, t table, file lfb.SourceFile, f feeder) (lfb.LoadCount, error) {
	defer f.stop()
	if err := checkFile(file); err != nil {
		return lfb.LoadCount{}, err
	}
	conn, err := db.bulk.Conn(ctx)
	if err != nil {
		return lfb.LoadCount{}, err
	}
	defer conn.Close()
	s, err := newStage(ctx, conn, t)
	if err != nil {
		return lfb.LoadCount{}, err
	}
	defer s.drop(ctx)
	if err := s.fill(ctx, f, db.cfg.LocalInfile); err != nil {
		return lfb.LoadCount{}, err
	}
	count := lfb.LoadCount{Rejected: f.counts().rejected}
	if count.Duplicate, err = s.dedupe(ctx); err != nil {
		return lfb.LoadCount{}, err
	}
	a := applier{stage: s, file: file, count: count}
	err = db.withLock(ctx, conn, "load."+t.name, func() error {
		return transact(ctx, conn, func(tx *sql.Tx) error { return a.apply(ctx, tx) })
	})
	return a.done, err
}

// applier moves a staged file into its table.
type applier struct {
	*stage
	file  lfb.SourceFile
	count lfb.LoadCount // what is known before
	done  lfb.LoadCount // the whole of it, set by apply
}

func (a *applier) apply(ctx context.Context, tx *sql.Tx) error {
	origin, err := originCode(a.file.Origin)
	if err != nil {
		return err
	}
	known, err := a.compare(ctx, tx, origin)
	if err != nil {
		return err
	}
	c, staged := a.count, a.rows-a.count.Duplicate
	c.Rows = a.rows + c.Rejected
	c.Inserted, c.Updated, c.Unchanged = staged-known.rows, known.rows-known.equal, known.equal
	switch {
	case known.rows == 0:
		err = a.insertAll(ctx, tx, origin)
	case known.rows < staged || known.asItIs < staged:
		err = a.replaceChanged(ctx, tx, origin)
	}
	if err != nil {
		return err
	}
	if known.rows > 0 || c.Inserted > 0 {
		if c.Withdrawn, err = a.withdraw(ctx, tx, origin); err != nil {
			return err
		}
	}
	a.done = c
	return markLoaded(ctx, tx, a.file, c)
}

// overlap counts the staged rows whose key the table has.
type overlap struct {
	rows   int64
	equal  int64 // of them, with the same content and in use
	asItIs int64 // of those, last had by a file of this name: nothing to write
}

func (a *applier) compare(ctx context.Context, tx *sql.Tx, origin int) (overlap, error) {
	var o overlap
	var one int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM "+a.name+" WHERE Origin = ? LIMIT 1", origin).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*),
		COALESCE(SUM(CASE WHEN t.RowHash = s.RowHash AND t.WithdrawnAt IS NULL THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN t.RowHash = s.RowHash AND t.WithdrawnAt IS NULL AND t.SourceName = ? THEN 1 ELSE 0 END), 0)
		FROM `+a.stageName+" s JOIN "+a.name+" t ON t.Origin = ?"+a.onKey(), sourceName(a.file), origin).
		Scan(&o.rows, &o.equal, &o.asItIs)
	return o, err
}

// onKey is the rest of a join of s and t.
func (a *applier) onKey() string {
	var on strings.Builder
	for _, k := range a.key {
		on.WriteString(" AND t." + k + " = s." + k)
	}
	return on.String()
}

func (a *applier) insertAll(ctx context.Context, tx *sql.Tx, origin int) error {
	columns := strings.Join(a.columns, ", ")
	_, err := tx.ExecContext(ctx, "INSERT INTO "+a.name+" (Origin, "+columns+", RowHash, SourceSHA, SourceName)"+
		" SELECT ?, "+columns+", RowHash, UNHEX(?), ? FROM "+a.stageName, origin, a.file.SHA256, sourceName(a.file))
	return err
}

// replaceChanged writes the staged rows that the table lacks or has otherwise.
func (a *applier) replaceChanged(ctx context.Context, tx *sql.Tx, origin int) error {
	columns := strings.Join(a.columns, ", ")
	_, err := tx.ExecContext(ctx, "REPLACE INTO "+a.name+" (Origin, "+columns+", RowHash, SourceSHA, SourceName)"+
		" SELECT ?, s."+strings.Join(a.columns, ", s.")+", s.RowHash, UNHEX(?), ?"+
		" FROM "+a.stageName+" s LEFT JOIN "+a.name+" t ON t.Origin = ?"+a.onKey()+
		" WHERE t.Origin IS NULL OR t.RowHash <> s.RowHash OR t.WithdrawnAt IS NOT NULL OR t.SourceName <> ?",
		origin, a.file.SHA256, sourceName(a.file), origin, sourceName(a.file))
	return err
}

// withdraw marks the rows that this named file had last, and has no more.
func (a *applier) withdraw(ctx context.Context, tx *sql.Tx, origin int) (int64, error) {
	rows, err := tx.QueryContext(ctx, "SELECT t."+strings.Join(a.key, ", t.")+" FROM "+a.name+" t LEFT JOIN "+a.stageName+
		" s ON "+strings.TrimPrefix(a.onKey(), " AND ")+
		" WHERE t.Origin = ? AND t.SourceName = ? AND t.WithdrawnAt IS NULL AND s.Seq IS NULL", origin, sourceName(a.file))
	if err != nil {
		return 0, err
	}
	gone, err := keysOf(rows, len(a.key))
	if err != nil {
		return 0, err
	}
	return forKeys(gone, a.key, func(where string, args []any) (sql.Result, error) {
		return tx.ExecContext(ctx, "UPDATE "+a.name+" SET WithdrawnAt = ? WHERE Origin = ? AND ("+where+")",
			append([]any{time.Now().UTC(), origin}, args...)...)
	})
}

// sourceName is the mark of a named file on its rows: it stays the same over
// the file's editions.
func sourceName(f lfb.SourceFile) uint64 {
	sum := sha256.Sum256([]byte(f.Source + "\x00" + f.Name))
	return binary.BigEndian.Uint64(sum[:])
}

// spoil makes the pool throw the connection away.
func spoil(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

func checkFile(f lfb.SourceFile) error {
	if _, err := originCode(f.Origin); err != nil {
		return err
	}
	if len(f.SHA256) != 64 || strings.Trim(f.SHA256, "0123456789abcdef") != "" {
		return fmt.Errorf("file %s: SHA-256 %q: %w", f.Name, f.SHA256, lfb.ErrInvalid)
	}
	if f.Name == "" || f.Source == "" {
		return fmt.Errorf("file %q of source %q: both names are needed: %w", f.Name, f.Source, lfb.ErrInvalid)
	}
	return nil
}
