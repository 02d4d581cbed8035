package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"lfb/internal/registry"
)

// OpenAttempt inserts the attempt; one that is there stays as it is.
func (db *DB) OpenAttempt(ctx context.Context, a registry.Attempt) error {
	return db.execWrite(ctx, "open attempt "+a.ID,
		"INSERT IGNORE INTO attempt (ID, OpenedAt, ClosesAt, Body) VALUES (?, ?, ?, ?)",
		a.ID, a.OpenedAt.UTC(), a.ClosesAt.UTC(), jsonOf{a})
}

// Attempt returns one attempt and its results, oldest first; lfb.ErrNotFound.
func (db *DB) Attempt(ctx context.Context, id string) (registry.Attempt, []registry.AttemptFile, error) {
	a, err := queryRow(ctx, db, "attempt "+id, scanAttempt, "SELECT ClosedAt, Body FROM attempt WHERE ID = ?", id)
	if err != nil {
		return a, nil, err
	}
	results, err := queryAll(ctx, db.read, "results of attempt "+id, scanJSON[registry.AttemptFile],
		"SELECT Body FROM attempt_result WHERE Attempt = ? ORDER BY At, Name, SHA256", id)
	return a, results, err
}

func scanAttempt(s scanner) (a registry.Attempt, err error) {
	var closed sql.NullTime
	var body []byte
	if err := s.Scan(&closed, &body); err != nil {
		return a, err
	}
	err = json.Unmarshal(body, &a)
	a.ClosedAt = closed.Time
	return a, err
}

// SaveAttemptResult adds a result; the same again changes nothing.
func (db *DB) SaveAttemptResult(ctx context.Context, id string, result registry.AttemptFile, at time.Time) error {
	return db.execWrite(ctx, "result "+result.Name+" of attempt "+id,
		"INSERT IGNORE INTO attempt_result (Attempt, Name, SHA256, At, Body) VALUES (?, ?, ?, ?, ?)",
		id, result.Name, result.Ref.SHA256, at.UTC(), jsonOf{result})
}

// CloseAttempt closes the attempt, unless that was done before.
func (db *DB) CloseAttempt(ctx context.Context, id string, at time.Time) error {
	return db.execWrite(ctx, "close attempt "+id, "UPDATE attempt SET ClosedAt = ? WHERE ID = ? AND ClosedAt IS NULL",
		at.UTC(), id)
}
