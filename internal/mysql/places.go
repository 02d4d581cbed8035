package mysql

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SavePlaceSet inserts the set under its revision, by which one of several that come at once
// wins; the others are told lfb.ErrConflict. The same set again is no error.
func (db *DB) SavePlaceSet(ctx context.Context, s registry.PlaceSet) error {
	origin, err := OriginCode(s.Origin)
	if err == nil && (s.Revision < 1 || s.File.IsZero() || s.MadeAt.IsZero()) {
		err = fmt.Errorf("revision, file and time are needed: %w", lfb.ErrInvalid)
	}
	op := fmt.Sprintf("save place set %d of %s", s.Revision, s.Origin)
	if err != nil {
		return Wrap(err, "%s", op)
	}
	err = db.execWrite(ctx, op, "INSERT INTO place_set (Origin, Revision, MadeAt, Body) VALUES (?, ?, ?, ?)",
		origin, s.Revision, s.MadeAt.UTC(), jsonOf{s})
	if !isTaken(err) {
		return err
	}
	there, err := db.PlaceSet(ctx, s.Origin)
	if err == nil && (there.Revision != s.Revision || there.Inputs != s.Inputs || there.File != s.File) {
		err = fmt.Errorf("place set %d of %s is taken: %w", s.Revision, s.Origin, lfb.ErrConflict)
	}
	return err
}

// PlaceSet returns the origin's set that serves: one row by its key, to be asked for often.
// Without one it returns lfb.ErrNotFound.
func (db *DB) PlaceSet(ctx context.Context, origin lfb.Origin) (registry.PlaceSet, error) {
	code, err := OriginCode(origin)
	if err != nil {
		return registry.PlaceSet{}, err
	}
	return queryRow(ctx, db, fmt.Sprintf("place set of %s", origin), scanJSON[registry.PlaceSet],
		"SELECT Body FROM place_set WHERE Origin = ? ORDER BY Origin DESC, Revision DESC LIMIT 1", code)
}

// PlaceSets returns the origin's sets, newest first; limit 0 is all.
func (db *DB) PlaceSets(ctx context.Context, origin lfb.Origin, limit int) ([]registry.PlaceSet, error) {
	code, err := OriginCode(origin)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, fmt.Sprintf("place sets of %s", origin), scanJSON[registry.PlaceSet],
		"SELECT Body FROM place_set WHERE Origin = ? ORDER BY Revision DESC"+limitClause(limit), code)
}
