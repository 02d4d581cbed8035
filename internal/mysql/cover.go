package mysql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveCoverScenario keeps s: of revision 1 where there is none of that name, else in place of the revision before it;
// lfb.ErrConflict where that is not so.
func (db *DB) SaveCoverScenario(ctx context.Context, s registry.CoverScenario) error {
	op := fmt.Sprintf("scenario %.60q", s.Name)
	var n int64
	var err error
	if s.Revision == 1 {
		n, err = db.execCounted(ctx, op, "INSERT INTO cover_scenario (Name, Body) VALUES (?, ?)", s.Name, jsonOf{s})
	} else {
		var old string // as it stands there: nobody else changes it meanwhile
		old, err = queryRow(ctx, db, op, scanValue[string], "SELECT Body FROM cover_scenario WHERE Name = ?", s.Name)
		var kept registry.CoverScenario
		if err == nil {
			kept, err = readScenario([]byte(old))
		}
		if errors.Is(err, lfb.ErrNotFound) || err == nil && kept.Revision != s.Revision-1 {
			return scenarioMoved(s)
		}
		if err == nil {
			const replace = "UPDATE cover_scenario SET Body = ? WHERE Name = ? AND Body = ?"
			n, err = db.execCounted(ctx, op, replace, jsonOf{s}, s.Name, old)
		}
	}
	if isTaken(err) || err == nil && n == 0 {
		return scenarioMoved(s)
	}
	return err
}

func scenarioMoved(s registry.CoverScenario) error {
	return fmt.Errorf("scenario %.60q is not at revision %d: %w", s.Name, s.Revision-1, lfb.ErrConflict)
}

// readScenario reads one; those from before there were revisions have the first.
func readScenario(body []byte) (s registry.CoverScenario, err error) {
	err = json.Unmarshal(body, &s)
	s.Revision = max(s.Revision, 1)
	return s, err
}

// DeleteCoverScenario removes one; lfb.ErrNotFound.
func (db *DB) DeleteCoverScenario(ctx context.Context, name string) error {
	op := fmt.Sprintf("scenario %.60q", name)
	n, err := db.execCounted(ctx, op, "DELETE FROM cover_scenario WHERE Name = ?", name)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", op, lfb.ErrNotFound)
	}
	return err
}

// CoverScenarios returns all by name.
func (db *DB) CoverScenarios(ctx context.Context) ([]registry.CoverScenario, error) {
	return queryAll(ctx, db.read, "scenarios", func(r scanner) (registry.CoverScenario, error) {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return registry.CoverScenario{}, err
		}
		return readScenario(body)
	},
		"SELECT Body FROM cover_scenario ORDER BY Name")
}

var _ registry.CoverScenarios = (*DB)(nil)
