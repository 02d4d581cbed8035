package mysql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// abandoned is after how long a request that was not answered is taken for one
// whose process died: longer than any answer takes.
const abandoned = 2 * time.Minute

// BeginRequest takes r's key for r and returns true, or returns the request that
// has it. A key whose request was abandoned goes to the next one that asks the
// same.
func (db *DB) BeginRequest(ctx context.Context, r registry.Request) (registry.Request, bool, error) {
	now := r.StartedAt.UTC()
	if _, err := db.exec(ctx, "DELETE FROM idempotency WHERE ExpiresAt < ?"+limited(swept), now); err != nil {
		return r, false, wrap(err, "delete old requests")
	}
	_, err := db.exec(ctx, `INSERT INTO idempotency (Account, KeyHash, Request, Token, Status, Header, Body, StartedAt, ExpiresAt)
		VALUES (?, ?, ?, ?, 0, '', '', ?, ?)`, r.Account, r.KeyHash, r.Print, r.Token, now, r.ExpiresAt.UTC())
	if err == nil {
		return r, true, nil
	}
	if number(err) != errDuplicate {
		return r, false, wrap(err, "request of %s", r.Account)
	}
	there, err := db.request(ctx, r.Account, r.KeyHash)
	if err != nil || there.Status != 0 || there.Print != r.Print || now.Sub(there.StartedAt) < abandoned {
		return there, false, err
	}
	res, err := db.exec(ctx, `UPDATE idempotency SET Token = ?, StartedAt = ?, ExpiresAt = ?
		WHERE Account = ? AND KeyHash = ? AND Token = ? AND Status = 0`,
		r.Token, now, r.ExpiresAt.UTC(), r.Account, r.KeyHash, there.Token)
	if err != nil {
		return there, false, wrap(err, "request of %s", r.Account)
	}
	n, err := res.RowsAffected()
	return r, n == 1, wrap(err, "request of %s", r.Account)
}

func (db *DB) request(ctx context.Context, account, keyHash string) (registry.Request, error) {
	var r registry.Request
	err := db.read.QueryRowContext(ctx, `SELECT Account, KeyHash, Request, Token, Status, Header, Body, StartedAt, ExpiresAt
		FROM idempotency WHERE Account = ? AND KeyHash = ?`, account, keyHash).
		Scan(&r.Account, &r.KeyHash, &r.Print, &r.Token, &r.Status, &r.Header, &r.Body, &r.StartedAt, &r.ExpiresAt)
	if err = wrap(err, "request of %s", account); errors.Is(err, lfb.ErrNotFound) {
		return r, fmt.Errorf("request of %s: dropped meanwhile: %w", account, lfb.ErrUnavailable) // the next attempt has it
	}
	return r, err
}

// EndRequest keeps the answer, where r still has the key.
func (db *DB) EndRequest(ctx context.Context, r registry.Request) error {
	_, err := db.exec(ctx, `UPDATE idempotency SET Status = ?, Header = ?, Body = ?
		WHERE Account = ? AND KeyHash = ? AND Token = ? AND Status = 0`,
		r.Status, r.Header, r.Body, r.Account, r.KeyHash, r.Token)
	return wrap(err, "answer to %s", r.Account)
}

// DropRequest gives the key back: what was asked for was not done.
func (db *DB) DropRequest(ctx context.Context, r registry.Request) error {
	_, err := db.exec(ctx, "DELETE FROM idempotency WHERE Account = ? AND KeyHash = ? AND Token = ? AND Status = 0",
		r.Account, r.KeyHash, r.Token)
	return wrap(err, "drop request of %s", r.Account)
}
