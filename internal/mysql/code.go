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
	_, err := db.execWrite(ctx, `INSERT INTO decision_code (Hash, Account, Promotion, CreatedAt, ExpiresAt, UsedBy)
		VALUES (?, ?, ?, ?, ?, '')`, c.Hash, c.Account, c.Promotion, c.CreatedAt.UTC(), c.ExpiresAt.UTC())
	if err != nil {
		return Wrap(err, "save code of %s", c.Account)
	}
	_, err = db.execWrite(ctx, "DELETE FROM decision_code WHERE ExpiresAt < ?"+limitClause(swept),
		c.CreatedAt.UTC().AddDate(0, 0, -1))
	return Wrap(err, "delete old codes")
}

// UseCode marks a code as used, by one attempt only; that one may do it again.
// Any other, and one that is over, is lfb.ErrNotFound.
func (db *DB) UseCode(ctx context.Context, hash string, a registry.Ask, at time.Time) error {
	res, err := db.execWrite(ctx, `UPDATE decision_code SET UsedBy = ?, UsedAt = ?
		WHERE Hash = ? AND Account = ? AND Promotion = ? AND UsedBy = '' AND ExpiresAt > ?`,
		a.By, at.UTC(), hash, a.Who, a.Promotion, at.UTC())
	if err != nil {
		return Wrap(err, "use code of %s", a.Who)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return Wrap(err, "use code of %s", a.Who)
	}
	var by string
	err = db.read.QueryRowContext(ctx, `SELECT UsedBy FROM decision_code
		WHERE Hash = ? AND Account = ? AND Promotion = ? AND UsedBy <> ''`, hash, a.Who, a.Promotion).Scan(&by)
	if err != nil {
		return Wrap(err, "code of %s", a.Who)
	}
	if by != a.By || by == "" {
		return fmt.Errorf("code of %s: used already: %w", a.Who, lfb.ErrNotFound)
	}
	return nil
}
