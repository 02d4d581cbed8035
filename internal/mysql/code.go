package mysql

import (
	"context"
	"fmt"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveCode inserts a one-time code, and deletes some that are over.
func (db *DB) SaveCode(ctx context.Context, c registry.Code) error {
	err := db.execWrite(ctx, "save code of "+c.Account, `INSERT INTO decision_code (Hash, Account, Promotion, CreatedAt,
		ExpiresAt, UsedBy) VALUES (?, ?, ?, ?, ?, '')`, c.Hash, c.Account, c.Promotion, c.CreatedAt.UTC(), c.ExpiresAt.UTC())
	if err != nil {
		return err
	}
	return db.execWrite(ctx, "delete old codes", "DELETE FROM decision_code WHERE ExpiresAt < ?"+limitClause(swept),
		c.CreatedAt.UTC().AddDate(0, 0, -1))
}

// UseCode marks a code as used, by one attempt only; that one may do it again.
// Any other, and one that is over, is lfb.ErrNotFound.
func (db *DB) UseCode(ctx context.Context, hash string, a registry.Ask, at time.Time) error {
	n, err := db.execCounted(ctx, "use code of "+a.Who, `UPDATE decision_code SET UsedBy = ?, UsedAt = ?
		WHERE Hash = ? AND Account = ? AND Promotion = ? AND UsedBy = '' AND ExpiresAt > ?`,
		a.By, at.UTC(), hash, a.Who, a.Promotion, at.UTC())
	if err != nil || n == 1 {
		return err
	}
	by, err := queryRow(ctx, db, "code of "+a.Who, scanValue[string], `SELECT UsedBy FROM decision_code
		WHERE Hash = ? AND Account = ? AND Promotion = ? AND UsedBy <> ''`, hash, a.Who, a.Promotion)
	if err == nil && by != a.By {
		err = fmt.Errorf("code of %s: used already: %w", a.Who, lfb.ErrNotFound)
	}
	return err
}
