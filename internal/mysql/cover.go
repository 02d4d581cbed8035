package mysql

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveCoverScenario keeps s, in place of one of that name.
func (db *DB) SaveCoverScenario(ctx context.Context, s registry.CoverScenario) error {
	_, err := db.execWrite(ctx, `INSERT INTO cover_scenario (Name, Body) VALUES (?, ?)
		ON DUPLICATE KEY UPDATE Body = VALUES(Body)`, s.Name, jsonOf{s})
	return Wrap(err, "scenario %.60q", s.Name)
}

// DeleteCoverScenario removes one; lfb.ErrNotFound.
func (db *DB) DeleteCoverScenario(ctx context.Context, name string) error {
	done, err := db.execWrite(ctx, "DELETE FROM cover_scenario WHERE Name = ?", name)
	if err != nil {
		return Wrap(err, "scenario %.60q", name)
	}
	if n, err := done.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("scenario %.60q: %w", name, lfb.ErrNotFound)
	}
	return nil
}

// CoverScenarios returns all by name.
func (db *DB) CoverScenarios(ctx context.Context) ([]registry.CoverScenario, error) {
	return queryAll(ctx, db.read, "scenarios", scanJSON[registry.CoverScenario],
		"SELECT Body FROM cover_scenario ORDER BY Name")
}

var _ registry.CoverScenarios = (*DB)(nil)
