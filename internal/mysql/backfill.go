package mysql

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveBackfill inserts the backfill, or replaces everything but its start and what is
// known of its execution.
func (db *DB) SaveBackfill(ctx context.Context, b registry.Backfill) error {
	if b.ID == "" || b.StartedAt.IsZero() {
		return fmt.Errorf("backfill %q, started %v: id and start are needed: %w", b.ID, b.StartedAt, lfb.ErrInvalid)
	}
	var err error
	b.Execution, err = db.knownExecution(ctx, registry.Record{
		Kind: registry.BackfillRecord, ID: b.ID, State: b.State, WorkflowRunID: b.WorkflowRunID, Execution: b.Execution,
	})
	if err != nil {
		return err
	}
	return db.execWrite(ctx, "save backfill "+b.ID, `INSERT INTO backfill (ID, State, StartedAt, Body) VALUES (?, ?, ?, ?)
		ON DUPLICATE KEY UPDATE State = VALUES(State), Body = VALUES(Body)`, b.ID, string(b.State), b.StartedAt.UTC(), jsonOf{b})
}

// SaveBackfillMonth inserts or replaces one month.
func (db *DB) SaveBackfillMonth(ctx context.Context, id string, m registry.BackfillMonth) error {
	return db.execWrite(ctx, "save backfill "+id+", "+m.Month, `INSERT INTO backfill_month (BackfillID, Month, Body)
		VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE Body = VALUES(Body)`, id, m.Month, jsonOf{m})
}

// Backfill returns one backfill and its months in order; lfb.ErrNotFound.
func (db *DB) Backfill(ctx context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error) {
	b, err := queryRow(ctx, db, "backfill "+id, scanJSON[registry.Backfill], "SELECT Body FROM backfill WHERE ID = ?", id)
	if err != nil {
		return b, nil, err
	}
	ms, err := queryAll(ctx, db.read, "months of backfill "+id, scanJSON[registry.BackfillMonth],
		"SELECT Body FROM backfill_month WHERE BackfillID = ? ORDER BY Month", id)
	return b, ms, err
}

// Backfills returns the newest first; limit 0 is all.
func (db *DB) Backfills(ctx context.Context, limit int) ([]registry.Backfill, error) {
	return db.BackfillPage(ctx, "", limit)
}

// BackfillPage is Backfills, but for those up to the one that after names.
func (db *DB) BackfillPage(ctx context.Context, after string, limit int) ([]registry.Backfill, error) {
	behind, args, err := db.behindRow(ctx, after, "backfill", "StartedAt", "ID <", "ID = ?", after)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, "backfills", scanJSON[registry.Backfill],
		"SELECT Body FROM backfill WHERE 1 = 1"+behind+" ORDER BY StartedAt DESC, ID DESC"+limitClause(limit), args...)
}
