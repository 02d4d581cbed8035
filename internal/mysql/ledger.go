package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveVersion inserts the version and names it; one that is there stays as it is.
func (db *DB) SaveVersion(ctx context.Context, v registry.Version) error {
	err := db.execWrite(ctx, "save version "+v.ID, `INSERT INTO version (Line, ID, RunID, Candidate, CreatedAt, Body)
		VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE ID = VALUES(ID)`,
		v.Line, v.ID, v.RunID, v.Candidate, v.CreatedAt.UTC(), jsonOf{v})
	if err == nil && !strings.HasPrefix(v.Line, registry.BackfillLine("")) {
		err = db.nameVersion(ctx, v)
	}
	return err
}

// Version returns one version; lfb.ErrNotFound.
func (db *DB) Version(ctx context.Context, line, id string) (registry.Version, error) {
	return queryRow(ctx, db, "version "+id+" of "+line, scanJSON[registry.Version],
		"SELECT Body FROM version WHERE Line = ? AND ID = ?", line, id)
}

// Versions returns the line's versions, newest first; limit 0 is all.
func (db *DB) Versions(ctx context.Context, line string, limit int) ([]registry.Version, error) {
	return db.VersionPage(ctx, line, "", limit)
}

// VersionPage is Versions, but for those up to the one that after names.
func (db *DB) VersionPage(ctx context.Context, line, after string, limit int) ([]registry.Version, error) {
	behind, args, err := db.behindRow(ctx, after, "version", "CreatedAt", "ID >", "Line = ? AND ID = ?", line, after)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, "versions of "+line, scanJSON[registry.Version],
		"SELECT Body FROM version WHERE Line = ?"+behind+" ORDER BY CreatedAt DESC, ID"+limitClause(limit),
		append([]any{line}, args...)...)
}

// A ledger's entries, the second time without their evidence.
const (
	promotionColumns = "Line, Revision, FromVersion, ToVersion, Kind, Who, Why, RunID, PromotedAt, Token"
	selectPromotion  = "SELECT " + promotionColumns + ", Evidence FROM promotion "
	selectEntry      = "SELECT " + promotionColumns + ", NULL FROM promotion "
)

// Append inserts one ledger entry. The primary key lets one of several that come
// from one revision win, on a database with row locks and on one without; the
// others are told lfb.ErrConflict. A request that was made before, known by its
// token, gives nil.
func (db *DB) Append(ctx context.Context, p registry.Promotion) error {
	evidence := sql.NullString{String: string(p.Evidence), Valid: len(p.Evidence) > 0}
	err := db.execWrite(ctx, fmt.Sprintf("promotion %d of %s", p.Revision, p.Line), "INSERT INTO promotion ("+
		promotionColumns+", Evidence) VALUES ("+placeholders(11)+")", p.Line, p.Revision, p.From, p.To, p.Kind, p.Who, p.Why,
		p.RunID, p.At.UTC(), p.Token, evidence)
	if !isTaken(err) {
		return err
	}
	there, err := queryRow(ctx, db, "promotion by token", scanPromotion, selectPromotion+"WHERE Line = ? AND Token = ?",
		p.Line, p.Token)
	switch {
	case err == nil && there.Revision == p.Revision:
		return nil
	case err == nil || errors.Is(err, lfb.ErrNotFound):
		return fmt.Errorf("revision %d of %s is taken: %w", p.Revision, p.Line, lfb.ErrConflict)
	}
	return err
}

// Champion returns the line's last promotion without its evidence: one row by
// its key, to be asked for often. Without one it returns lfb.ErrNotFound.
func (db *DB) Champion(ctx context.Context, line string) (registry.Promotion, error) {
	return queryRow(ctx, db, "champion of "+line, scanPromotion,
		selectEntry+"WHERE Line = ? ORDER BY Line DESC, Revision DESC LIMIT 1", line)
}

// Promotions returns the line's ledger, newest first; limit 0 is all.
func (db *DB) Promotions(ctx context.Context, line string, limit int) ([]registry.Promotion, error) {
	return db.PromotionPage(ctx, line, math.MaxInt64, limit)
}

// PromotionPage is Promotions, of the entries before a revision.
func (db *DB) PromotionPage(ctx context.Context, line string, before int64, limit int) ([]registry.Promotion, error) {
	return queryAll(ctx, db.read, "ledger of "+line, scanPromotion,
		selectPromotion+"WHERE Line = ? AND Revision < ? ORDER BY Revision DESC"+limitClause(limit), line, before)
}

// LedgerEntries returns the line's last entries without their evidence, newest first.
func (db *DB) LedgerEntries(ctx context.Context, line string, limit int) ([]registry.Promotion, error) {
	return queryAll(ctx, db.read, "entries of "+line, scanPromotion,
		selectEntry+"WHERE Line = ? ORDER BY Revision DESC"+pageClause(limit), line)
}

// servedEntries is how many entries PromotionsTo returns.
const servedEntries = 20

// PromotionsTo returns the last entries by which a version came to serve, newest
// first, without their evidence.
func (db *DB) PromotionsTo(ctx context.Context, line, version string) ([]registry.Promotion, error) {
	return queryAll(ctx, db.read, fmt.Sprintf("ledger of %s for %s", line, version), scanPromotion,
		selectEntry+"WHERE Line = ? AND ToVersion = ? ORDER BY Revision DESC"+limitClause(servedEntries), line, version)
}

// PromotionOf returns the entry that a run made; lfb.ErrNotFound.
func (db *DB) PromotionOf(ctx context.Context, line, run string) (registry.Promotion, error) {
	return queryRow(ctx, db, "promotion by run "+run, scanPromotion,
		selectPromotion+"WHERE Line = ? AND RunID = ? ORDER BY Revision DESC LIMIT 1", line, run)
}

func scanPromotion(s scanner) (registry.Promotion, error) {
	var p registry.Promotion
	var evidence []byte
	err := s.Scan(&p.Line, &p.Revision, &p.From, &p.To, &p.Kind, &p.Who, &p.Why, &p.RunID, &p.At, &p.Token, &evidence)
	p.Evidence = evidence
	return p, err
}

// SaveDataSet inserts the snapshot; one that is there stays as it is.
func (db *DB) SaveDataSet(ctx context.Context, d registry.DataSet) error {
	origin, err := OriginCode(d.Origin)
	if err != nil {
		return Wrap(err, "save data set %s", d.ID)
	}
	return db.execWrite(ctx, "save data set "+d.ID, `INSERT INTO data_set (ID, Origin, CreatedAt, Body) VALUES (?, ?, ?, ?)
		ON DUPLICATE KEY UPDATE ID = VALUES(ID)`, d.ID, origin, d.CreatedAt.UTC(), jsonOf{d})
}

// DataSet returns one snapshot; lfb.ErrNotFound.
func (db *DB) DataSet(ctx context.Context, id string) (registry.DataSet, error) {
	return queryRow(ctx, db, "data set "+id, scanJSON[registry.DataSet], "SELECT Body FROM data_set WHERE ID = ?", id)
}

// DataSets returns the origin's snapshots, newest first.
func (db *DB) DataSets(ctx context.Context, origin lfb.Origin) ([]registry.DataSet, error) {
	code, err := OriginCode(origin)
	if err != nil {
		return nil, Wrap(err, "data sets")
	}
	return queryAll(ctx, db.read, "data sets", scanJSON[registry.DataSet],
		"SELECT Body FROM data_set WHERE Origin = ? ORDER BY CreatedAt DESC, ID", code)
}

// behindRow is the condition, and its values, of coming behind the row of a table that an id
// names, in the order of a time, newest first, and then of the id; none without an id. Where
// no such row is, it returns lfb.ErrInvalid.
func (db *DB) behindRow(ctx context.Context, id, table, at, idThan, where string, key ...any) (string, []any, error) {
	if id == "" {
		return "", nil, nil
	}
	t, err := queryRow(ctx, db, table+" "+id, scanValue[time.Time], "SELECT "+at+" FROM "+table+" WHERE "+where, key...)
	if errors.Is(err, lfb.ErrNotFound) {
		err = fmt.Errorf("after: no element %.60q: %w", id, lfb.ErrInvalid)
	}
	return fmt.Sprintf(" AND (%[1]s < ? OR %[1]s = ? AND %[2]s ?)", at, idThan), []any{t, t, id}, err
}

// pageClause is limited to a page of 50 where nobody says how long one is.
func pageClause(n int) string { return limitClause(cmp.Or(max(n, 0), 50)) }

func limitClause(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" LIMIT %d", n)
}
