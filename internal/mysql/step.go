package mysql

import (
	"context"
	"encoding/json"
	"time"

	"lfb/internal/registry"
)

// keepStepLogs is how long lines are kept.
const keepStepLogs = 90 * 24 * time.Hour

// SaveStepLog replaces the lines of an attempt, and removes some that are old.
func (db *DB) SaveStepLog(ctx context.Context, l registry.StepLog, now time.Time) error {
	op := "log of activity " + l.ActivityID + " of " + l.WorkflowRunID
	err := db.execWrite(ctx, op, `INSERT INTO step_log (WorkflowRunID, ActivityID, Attempt, SavedAt, Body)
		VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE SavedAt = VALUES(SavedAt), Body = VALUES(Body)`,
		l.WorkflowRunID, l.ActivityID, l.Attempt, now.UTC(), jsonOf{l.Lines})
	if err != nil {
		return err
	}
	return db.execWrite(ctx, op, "DELETE FROM step_log WHERE SavedAt < ? LIMIT 100", now.UTC().Add(-keepStepLogs))
}

// StepLogs returns what the activities of an execution logged, by activity and attempt.
func (db *DB) StepLogs(ctx context.Context, workflowRunID string) ([]registry.StepLog, error) {
	return queryAll(ctx, db.read, "logs of "+workflowRunID, func(s scanner) (registry.StepLog, error) {
		l := registry.StepLog{WorkflowRunID: workflowRunID}
		var body []byte
		if err := s.Scan(&l.ActivityID, &l.Attempt, &body); err != nil {
			return l, err
		}
		return l, json.Unmarshal(body, &l.Lines)
	}, "SELECT ActivityID, Attempt, Body FROM step_log WHERE WorkflowRunID = ? ORDER BY ActivityID, Attempt",
		workflowRunID)
}

// SaveRunSteps keeps what a run told of its steps, as JSON.
func (db *DB) SaveRunSteps(ctx context.Context, id string, steps json.RawMessage) error {
	return db.execWrite(ctx, "steps of run "+id, "UPDATE run SET Steps = ? WHERE ID = ?", string(steps), id)
}

// RunSteps returns what the run of an execution told of its steps; lfb.ErrNotFound where it
// told nothing.
func (db *DB) RunSteps(ctx context.Context, workflowRunID string) (json.RawMessage, error) {
	return queryRow(ctx, db, "steps of the run of "+workflowRunID, scanValue[json.RawMessage],
		"SELECT Steps FROM run WHERE WorkflowRunID = ? AND Steps IS NOT NULL", workflowRunID)
}
