package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveAccount inserts the account, or replaces all but when it was made.
func (db *DB) SaveAccount(ctx context.Context, a registry.Account) error {
	return db.insertAccount(ctx, a, ` ON DUPLICATE KEY UPDATE
		PasswordHash = VALUES(PasswordHash), Role = VALUES(Role), Disabled = VALUES(Disabled),
		OneTime = VALUES(OneTime), OneTimeUntil = VALUES(OneTimeUntil)`)
}

func (db *DB) insertAccount(ctx context.Context, a registry.Account, orElse string) error {
	return db.execWrite(ctx, "save account "+a.Name, "INSERT INTO account (Name, PasswordHash, Role, Disabled, OneTime, "+
		"OneTimeUntil, CreatedAt) VALUES (?, ?, ?, ?, ?, ?, ?)"+orElse,
		a.Name, a.PasswordHash, string(a.Role), a.Disabled, a.OneTime, orNull(a.OneTimeUntil), a.CreatedAt.UTC())
}

// SwapAccount makes next of what was read as was, all but its name and when it was made, where
// was still stands; lfb.ErrConflict where it does not. A zero was inserts: lfb.ErrConflict where
// the account is there.
func (db *DB) SwapAccount(ctx context.Context, was, next registry.Account) error {
	switch {
	case was == next:
		return nil // the server counts rows that became another alone
	case was == registry.Account{}:
		return db.insertAccount(ctx, next, "")
	}
	n, err := db.execCounted(ctx, "change account "+was.Name, `UPDATE account SET PasswordHash = ?, Role = ?, Disabled = ?,
		OneTime = ?, OneTimeUntil = ?
		WHERE Name = ? AND PasswordHash = ? AND Role = ? AND Disabled = ? AND COALESCE(OneTime, FALSE) = ?`,
		next.PasswordHash, string(next.Role), next.Disabled, next.OneTime, orNull(next.OneTimeUntil),
		was.Name, was.PasswordHash, string(was.Role), was.Disabled, was.OneTime)
	if err == nil && n == 0 {
		err = fmt.Errorf("change account %s: somebody else changed it: %w", was.Name, lfb.ErrConflict)
	}
	return err
}

const selectAccount = "SELECT Name, PasswordHash, Role, Disabled, COALESCE(OneTime, FALSE), OneTimeUntil, CreatedAt " +
	"FROM account "

// Account returns one account; lfb.ErrNotFound.
func (db *DB) Account(ctx context.Context, name string) (registry.Account, error) {
	return queryRow(ctx, db, "account "+name, scanAccount, selectAccount+"WHERE Name = ?", name)
}

// Accounts returns every account by name.
func (db *DB) Accounts(ctx context.Context) ([]registry.Account, error) {
	return queryAll(ctx, db.read, "accounts", scanAccount, selectAccount+"ORDER BY Name")
}

func scanAccount(s scanner) (registry.Account, error) {
	var a registry.Account
	var until sql.NullTime
	err := s.Scan(&a.Name, &a.PasswordHash, &a.Role, &a.Disabled, &a.OneTime, &until, &a.CreatedAt)
	a.OneTimeUntil = until.Time
	return a, err
}

// SaveAPIKey inserts a key.
func (db *DB) SaveAPIKey(ctx context.Context, k registry.APIKey) error {
	return db.execWrite(ctx, "save API key "+k.ID, `INSERT INTO api_key (ID, Hash, Account, Scope, Note, CreatedAt,
		ExpiresAt, RevokedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, k.ID, k.Hash, k.Account, string(k.Scope), k.Note,
		k.CreatedAt.UTC(), orNull(k.ExpiresAt), orNull(k.RevokedAt))
}

const selectAPIKey = "SELECT ID, Hash, Account, Scope, Note, CreatedAt, ExpiresAt, RevokedAt, UsedAt FROM api_key "

// APIKeyByHash returns the key with that SHA-256, revoked and expired ones too;
// lfb.ErrNotFound.
func (db *DB) APIKeyByHash(ctx context.Context, hash string) (registry.APIKey, error) {
	return queryRow(ctx, db, "API key", scanAPIKey, selectAPIKey+"WHERE Hash = ?", hash)
}

// APIKeys returns every key, oldest first.
func (db *DB) APIKeys(ctx context.Context) ([]registry.APIKey, error) {
	return queryAll(ctx, db.read, "API keys", scanAPIKey, selectAPIKey+"ORDER BY CreatedAt, ID")
}

// RevokeAPIKey makes a key worthless from at on; one that is revoked stays as it
// is. An unknown key is lfb.ErrNotFound.
func (db *DB) RevokeAPIKey(ctx context.Context, id string, at time.Time) error {
	if _, err := queryRow(ctx, db, "API key "+id, scanAPIKey, selectAPIKey+"WHERE ID = ?", id); err != nil {
		return err
	}
	return db.execWrite(ctx, "revoke API key "+id, "UPDATE api_key SET RevokedAt = ? WHERE ID = ? AND RevokedAt IS NULL",
		at.UTC(), id)
}

// RotateAPIKey gives a key another secret, by its hash. An unknown key is
// lfb.ErrNotFound, a revoked one lfb.ErrConflict.
func (db *DB) RotateAPIKey(ctx context.Context, id, hash string) (registry.APIKey, error) {
	if err := db.execWrite(ctx, "rotate API key "+id, "UPDATE api_key SET Hash = ? WHERE ID = ? AND RevokedAt IS NULL",
		hash, id); err != nil {
		return registry.APIKey{}, err
	}
	k, err := queryRow(ctx, db, "API key "+id, scanAPIKey, selectAPIKey+"WHERE ID = ?", id)
	if err == nil && k.Hash != hash {
		err = fmt.Errorf("API key %s is revoked: %w", id, lfb.ErrConflict)
	}
	return k, err
}

// NoteKeyUse notes that a key was used at that time.
func (db *DB) NoteKeyUse(ctx context.Context, id string, at time.Time) error {
	return db.execWrite(ctx, "note the use of API key "+id,
		"UPDATE api_key SET UsedAt = ? WHERE ID = ? AND (UsedAt IS NULL OR UsedAt < ?)", at.UTC(), id, at.UTC())
}

func scanAPIKey(s scanner) (registry.APIKey, error) {
	var k registry.APIKey
	var expires, revoked, used sql.NullTime
	err := s.Scan(&k.ID, &k.Hash, &k.Account, &k.Scope, &k.Note, &k.CreatedAt, &expires, &revoked, &used)
	k.ExpiresAt, k.RevokedAt, k.UsedAt = expires.Time, revoked.Time, used.Time
	return k, err
}
