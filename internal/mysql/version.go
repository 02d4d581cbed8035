package mysql

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// nameVersion gives a version the line's next number, unless it has one. Of two versions
// that want the same number the primary key lets one win; the other takes the next.
func (db *DB) nameVersion(ctx context.Context, v registry.Version) error {
	for {
		_, err := db.VersionName(ctx, v.Line, v.ID)
		if !errors.Is(err, lfb.ErrNotFound) {
			return err
		}
		op := "name version " + v.ID
		last, err := queryRow(ctx, db, op, scanValue[int64],
			"SELECT COALESCE(MAX(Number), 0) FROM version_name WHERE Line = ?", v.Line)
		if err != nil {
			return err
		}
		n := registry.NameVersion(v, last+1)
		err = db.execWrite(ctx, op, "INSERT INTO version_name ("+nameColumns+") VALUES ("+placeholders(10)+")",
			n.Line, n.Number, n.Version, n.Candidate, n.RunID, n.Rank, n.CreatedAt.UTC(), n.RMSE, n.MAE, n.CoverageP90)
		if !isTaken(err) {
			return err
		}
	}
}

const (
	nameColumns = "Line, Number, Version, Candidate, RunID, Place, CreatedAt, RMSE, MAE, CoverageP90"
	selectName  = "SELECT " + nameColumns + " FROM version_name n WHERE Line = ?"
)

// VersionName returns a version's name, also of one that was removed; lfb.ErrNotFound.
func (db *DB) VersionName(ctx context.Context, line, version string) (registry.VersionName, error) {
	return queryRow(ctx, db, "name of version "+version+" of "+line, scanName, selectName+" AND Version = ?", line,
		version)
}

// VersionNames returns one page of a line's versions, newest first.
func (db *DB) VersionNames(ctx context.Context, q registry.VersionQuery) ([]registry.VersionName, error) {
	where, args := " AND Number < ?", []any{q.Line, cmp.Or(q.Before, math.MaxInt64)}
	if text := strings.ToLower(strings.TrimSpace(q.Text)); text != "" {
		name, _, _ := strings.Cut(text, " ") // of "v14 gbdt" the number is enough
		number, err := strconv.ParseInt(strings.TrimPrefix(name, "v"), 10, 64)
		like := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
		if err == nil && name != text {
			where, args = where+" AND Number = ?", append(args, number)
		} else {
			where += " AND (Number = ? OR LOWER(Candidate) LIKE ? OR Version LIKE ? OR RunID LIKE ?)"
			args = append(args, number, "%"+like+"%", like+"%", like+"%")
		}
	}
	// Counted, not EXISTS: of that servers make a join that reads every version.
	there := " AND (SELECT COUNT(*) FROM version v WHERE v.Line = n.Line AND v.ID = n.Version) > 0"
	return queryAll(ctx, db.read, "versions of "+q.Line, scanName,
		selectName+where+there+" ORDER BY Number DESC"+pageClause(q.Limit), args...)
}

func scanName(s scanner) (n registry.VersionName, err error) {
	err = s.Scan(&n.Line, &n.Number, &n.Version, &n.Candidate, &n.RunID, &n.Rank, &n.CreatedAt, &n.RMSE, &n.MAE,
		&n.CoverageP90)
	return n, err
}

// SaveVersionNote inserts the note; one of that time and author stays as it is.
func (db *DB) SaveVersionNote(ctx context.Context, n registry.VersionNote) error {
	return db.execWrite(ctx, "note on version "+n.Version+" of "+n.Line, `INSERT INTO version_note (Line, Version, At, Who,
		Body) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE Who = VALUES(Who)`,
		n.Line, n.Version, n.At.UTC(), n.Who, jsonOf{n})
}

// VersionNotes returns a version's notes, newest first.
func (db *DB) VersionNotes(ctx context.Context, line, version string) ([]registry.VersionNote, error) {
	return queryAll(ctx, db.read, "notes on version "+version+" of "+line, scanJSON[registry.VersionNote],
		"SELECT Body FROM version_note WHERE Line = ? AND Version = ? ORDER BY At DESC, Who", line, version)
}

var _ registry.VersionNotes = (*DB)(nil)
