package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"iter"
	"strings"

	"lfb/internal/lfb"
)

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
	write func(*line, *T), opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
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
	s, err := newStage(ctx, db, conn, t)
	if err != nil {
		return lfb.LoadCount{}, err
	}
	defer s.drop(ctx)
	if err := s.fill(ctx, f, db.cfg.LocalInfile); err != nil {
		return lfb.LoadCount{}, err
	}
	a := applier{stage: s, file: file, rejected: f.counts().rejected}
	err = db.withLock(ctx, conn, "load."+t.name, func() error { return a.run(ctx) })
	return a.done, err
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
