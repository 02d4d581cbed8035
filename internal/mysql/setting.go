package mysql

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AppendSetting inserts a setting's next revision. One that is there already gives
// lfb.ErrConflict: somebody else was first.
func (db *DB) AppendSetting(ctx context.Context, s registry.Setting) error {
	_, err := db.execWrite(ctx, "INSERT INTO setting (Name, Revision, Value, Who, Why, SetAt) VALUES (?, ?, ?, ?, ?, ?)",
		s.Name, s.Revision, s.Value, s.Who, s.Why, s.At.UTC())
	if isTaken(err) {
		return fmt.Errorf("revision %d of setting %s is taken: %w", s.Revision, s.Name, lfb.ErrConflict)
	}
	return Wrap(err, "setting %s", s.Name)
}

// Setting returns a setting's last revision; lfb.ErrNotFound where it was never set.
func (db *DB) Setting(ctx context.Context, name string) (registry.Setting, error) {
	return queryRow(ctx, db, "setting "+name, func(r scanner) (s registry.Setting, err error) {
		err = r.Scan(&s.Name, &s.Revision, &s.Value, &s.Who, &s.Why, &s.At)
		return s, err
	}, "SELECT Name, Revision, Value, Who, Why, SetAt FROM setting WHERE Name = ? ORDER BY Name DESC, Revision DESC LIMIT 1", name)
}
