package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// A stored file is superseded when a later edition of it was loaded.
const (
	stateStored     = "stored"
	stateLoaded     = "loaded"
	stateSuperseded = "superseded"
)

const insertFile = `INSERT INTO source_file
	(SHA256, Source, Name, Version, Kind, Origin, RefKey, RefSHA256, RefBytes, RefRows, StoredAt, State)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON DUPLICATE KEY UPDATE Version = VALUES(Version), RefKey = VALUES(RefKey), RefSHA256 = VALUES(RefSHA256),
	RefBytes = VALUES(RefBytes), RefRows = VALUES(RefRows)`

const selectFile = `SELECT SHA256, Source, Name, Version, Kind, Origin, RefKey, RefSHA256, RefBytes, RefRows, StoredAt
	FROM source_file `

// SaveFile remembers a stored file. One that is there takes the new Version and
// Ref and stays as it is otherwise.
func (db *DB) SaveFile(ctx context.Context, f lfb.SourceFile) error {
	args, err := fileArgs(f)
	if err != nil {
		return Wrap(err, "save file %s", f.Name)
	}
	return db.execWrite(ctx, "save file "+f.Name, insertFile, args...)
}

func fileArgs(f lfb.SourceFile) ([]any, error) {
	if err := CheckFile(f); err != nil {
		return nil, err
	}
	if f.StoredAt.IsZero() {
		f.StoredAt = time.Now()
	}
	origin, err := OriginCode(f.Origin)
	return []any{
		f.SHA256, f.Source, f.Name, f.Version, string(f.Kind), origin,
		f.Ref.Key, f.Ref.SHA256, f.Ref.Bytes, f.Ref.Rows, f.StoredAt.UTC(), stateStored,
	}, err
}

// FileByVersion returns the stored file that source had under that name and
// version; lfb.ErrNotFound.
func (db *DB) FileByVersion(ctx context.Context, source, name, version string) (lfb.SourceFile, error) {
	return queryRow(ctx, db, fmt.Sprintf("file %s of %s, version %s", name, source, version), scanFile,
		selectFile+"WHERE Source = ? AND Name = ? AND Version = ? ORDER BY StoredAt DESC LIMIT 1", source, name, version)
}

// Files returns the files whose rows are in the tables, by kind, source and
// name: the last loaded edition of each.
func (db *DB) Files(ctx context.Context, origin lfb.Origin) ([]lfb.SourceFile, error) {
	code, err := OriginCode(origin)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, "files", scanFile,
		selectFile+"WHERE Origin = ? AND State = ?"+
			" ORDER BY Kind, Source, Name, SHA256", code, stateLoaded)
}

// LoadedAt reports whether the file's rows are in the tables, and what its last
// load counted. A file that a later edition has superseded is not loaded.
func (db *DB) LoadedAt(ctx context.Context, sha string) (count lfb.LoadCount, loaded bool, err error) {
	count, err = queryRow(ctx, db, fmt.Sprintf("file %.12s", sha), func(s scanner) (c lfb.LoadCount, err error) {
		err = s.Scan(&c.Rows, &c.Inserted, &c.Updated, &c.Unchanged, &c.Duplicate, &c.Rejected, &c.Withdrawn)
		return c, err
	}, `SELECT RowsRead, Inserted, Updated, Unchanged, Duplicates, Rejected, Withdrawn
		FROM source_file WHERE SHA256 = ? AND State = ? ORDER BY LoadedAt DESC LIMIT 1`, sha, stateLoaded)
	if errors.Is(err, lfb.ErrNotFound) {
		return count, false, nil
	}
	return count, err == nil, err
}

// MarkLoaded makes f the loaded edition of its name.
func MarkLoaded(ctx context.Context, tx *sql.Tx, f lfb.SourceFile, c lfb.LoadCount) error {
	args, err := fileArgs(f)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insertFile, args...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE source_file SET State = ?
		WHERE Source = ? AND Name = ? AND Origin = ? AND Kind = ? AND SHA256 <> ? AND State = ?`, stateSuperseded,
		f.Source, f.Name, args[5], string(f.Kind), f.SHA256, stateLoaded); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE source_file SET State = ?, LoadedAt = ?, RowsRead = ?, Inserted = ?, Updated = ?,
		Unchanged = ?, Duplicates = ?, Rejected = ?, Withdrawn = ? WHERE SHA256 = ? AND Source = ? AND Name = ?`,
		stateLoaded, time.Now().UTC(), c.Rows, c.Inserted, c.Updated, c.Unchanged, c.Duplicate, c.Rejected, c.Withdrawn,
		f.SHA256, f.Source, f.Name)
	return err
}

func scanFile(r scanner) (lfb.SourceFile, error) {
	var f lfb.SourceFile
	var origin int
	err := r.Scan(&f.SHA256, &f.Source, &f.Name, &f.Version, &f.Kind, &origin,
		&f.Ref.Key, &f.Ref.SHA256, &f.Ref.Bytes, &f.Ref.Rows, &f.StoredAt)
	f.Origin = originOf(origin)
	return f, err
}

// CheckFile reports what a file lacks to be stored or loaded: lfb.ErrInvalid.
func CheckFile(f lfb.SourceFile) error {
	if _, err := OriginCode(f.Origin); err != nil {
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
