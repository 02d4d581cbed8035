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
	_, err := db.execWrite(ctx, `INSERT INTO step_log (WorkflowRunID, ActivityID, Attempt, SavedAt, Body) VALUES (?, ?, ?, ?, ?)
		ON DUPLICATE KEY UPDATE SavedAt = VALUES(SavedAt), Body = VALUES(Body)`,
		l.WorkflowRunID, l.ActivityID, l.Attempt, now.UTC(), jsonOf{l.Lines})
	if err == nil {
		_, err = db.execWrite(ctx, "DELETE FROM step_log WHERE SavedAt < ? LIMIT 100", now.UTC().Add(-keepStepLogs))
	}
	return Wrap(err, "log of activity %s of %s", l.ActivityID, l.WorkflowRunID)
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
	_, err := db.execWrite(ctx, "UPDATE run SET Steps = ? WHERE ID = ?", string(steps), id)
	return Wrap(err, "steps of run %s", id)
}

// RunSteps returns what the run of an execution told of its steps; lfb.ErrNotFound where it
// told nothing.
func (db *DB) RunSteps(ctx context.Context, workflowRunID string) (json.RawMessage, error) {
	return queryRow(ctx, db, "steps of the run of "+workflowRunID, func(s scanner) (json.RawMessage, error) {
		var steps []byte
		return steps, s.Scan(&steps)
	}, "SELECT Steps FROM run WHERE WorkflowRunID = ? AND Steps IS NOT NULL", workflowRunID)
}
