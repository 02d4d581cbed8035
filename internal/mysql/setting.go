package mysql

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AppendSetting inserts a setting's next revision where the one before is the last; else it is lfb.ErrConflict:
// somebody else was first. Of two that come at once the primary key lets one win.
func (db *DB) AppendSetting(ctx context.Context, s registry.Setting) error {
	var added int64
	var err error
	if s.Revision > 0 { // of what is beyond the last revision that there can be, it is not
		added, err = db.execCounted(ctx, "setting "+s.Name, `INSERT INTO setting (Name, Revision, Value, Who, Why, SetAt)
			SELECT ?, ?, ?, ?, ?, ?
			FROM (SELECT COALESCE(MAX(Revision), 0) AS Newest FROM setting WHERE Name = ?) AS n WHERE Newest = ?`,
			s.Name, s.Revision, s.Value, s.Who, s.Why, s.At.UTC(), s.Name, s.Revision-1)
	}
	if isTaken(err) || err == nil && added == 0 {
		err = fmt.Errorf("setting %s is no longer at revision %d: %w", s.Name, s.Revision-1, lfb.ErrConflict)
	}
	return err
}

// Setting returns a setting's last revision; lfb.ErrNotFound where it was never set.
func (db *DB) Setting(ctx context.Context, name string) (registry.Setting, error) {
	return queryRow(ctx, db, "setting "+name, func(r scanner) (s registry.Setting, err error) {
		err = r.Scan(&s.Name, &s.Revision, &s.Value, &s.Who, &s.Why, &s.At)
		return s, err
	}, "SELECT Name, Revision, Value, Who, Why, SetAt FROM setting WHERE Name = ? ORDER BY Name DESC, Revision DESC "+
		"LIMIT 1", name)
}
