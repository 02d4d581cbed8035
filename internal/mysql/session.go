package mysql

import (
	"context"
	"time"

	"lfb/internal/registry"
)

// swept is how many rows that are over are deleted with each new one.
const swept = 1000

// SaveSession inserts a session, and deletes some that are over.
func (db *DB) SaveSession(ctx context.Context, s registry.Session) error {
	err := db.execWrite(ctx, "save session of "+s.Account, `INSERT INTO session (Hash, Account, Proof, Address, CreatedAt,
		SeenAt, ExpiresAt) VALUES (?, ?, ?, ?, ?, ?, ?)`, s.Hash, s.Account, s.Proof, clipText(s.Address, 255),
		s.CreatedAt.UTC(), s.SeenAt.UTC(), s.ExpiresAt.UTC())
	if err != nil {
		return err
	}
	return db.execWrite(ctx, "delete old sessions", "DELETE FROM session WHERE ExpiresAt < ?"+limitClause(swept),
		s.CreatedAt.UTC())
}

const selectSession = "SELECT Hash, Account, Proof, Address, CreatedAt, SeenAt, ExpiresAt FROM session "

// Session returns the session with that hash, one that is over too;
// lfb.ErrNotFound.
func (db *DB) Session(ctx context.Context, hash string) (registry.Session, error) {
	return queryRow(ctx, db, "session", scanSession, selectSession+"WHERE Hash = ?", hash)
}

// TouchSession notes when a session was last used.
func (db *DB) TouchSession(ctx context.Context, hash string, at time.Time) error {
	return db.execWrite(ctx, "touch session", "UPDATE session SET SeenAt = ? WHERE Hash = ? AND SeenAt < ?",
		at.UTC(), hash, at.UTC())
}

// EndSession deletes a session; one that is not there is none too many.
func (db *DB) EndSession(ctx context.Context, hash string) error {
	return db.execWrite(ctx, "end session", "DELETE FROM session WHERE Hash = ?", hash)
}

// EndSessions deletes all sessions of an account, and says how many.
func (db *DB) EndSessions(ctx context.Context, account string) (int64, error) {
	return db.execCounted(ctx, "end sessions of "+account, "DELETE FROM session WHERE Account = ?", account)
}

func scanSession(s scanner) (registry.Session, error) {
	var x registry.Session
	err := s.Scan(&x.Hash, &x.Account, &x.Proof, &x.Address, &x.CreatedAt, &x.SeenAt, &x.ExpiresAt)
	return x, err
}
