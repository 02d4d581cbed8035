package mysql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// open is the states of what is not over, for statements.
const open = "('running', 'cancelling')"

// OpenRecords returns the runs, monitor runs and backfills that are not over.
func (db *DB) OpenRecords(ctx context.Context) ([]registry.Record, error) {
	runs, err := queryAll(ctx, db.read, "open runs", scanRun, selectRun+" WHERE State IN "+open)
	if err != nil {
		return nil, err
	}
	var out []registry.Record
	for _, r := range runs {
		out = append(out, r.Record())
	}
	for _, kind := range []registry.RecordKind{registry.MonitorRecord, registry.BackfillRecord} {
		more, err := queryAll(ctx, db.read, "open "+string(kind)+"s", scanBody(kind), "SELECT Body FROM "+tableOf[kind]+
			" WHERE State IN "+open)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// tableOf is the tables of the kinds whose rows are bodies of JSON.
var tableOf = map[registry.RecordKind]string{registry.MonitorRecord: "monitoring", registry.BackfillRecord: "backfill"}

func scanBody(kind registry.RecordKind) func(scanner) (registry.Record, error) {
	return func(s scanner) (registry.Record, error) {
		r := registry.Record{Kind: kind}
		if err := s.Scan(&r.Body); err != nil {
			return r, err
		}
		var b registry.Monitoring // what a backfill has of it has the same names
		err := json.Unmarshal(r.Body, &b)
		r.ID, r.Origin, r.State, r.Outcome, r.Reason = b.ID, b.Origin, b.State, b.Outcome, b.Reason
		r.WorkflowID, r.WorkflowRunID, r.StartedAt, r.EndedAt, r.Execution = b.WorkflowID, b.WorkflowRunID, b.StartedAt,
			b.EndedAt, b.Execution
		return r, err
	}
}

// knownExecution is what the row of a record says of its execution, which is more than
// the workflow knows; what now says where the row says nothing, or is of another one.
func (db *DB) knownExecution(ctx context.Context, now registry.Record) (registry.Execution, error) {
	there, err := queryRow(ctx, db, string(now.Kind)+" "+now.ID, scanBody(now.Kind), "SELECT Body FROM "+
		tableOf[now.Kind]+" WHERE ID = ?", now.ID)
	if errors.Is(err, lfb.ErrNotFound) || err == nil && (there.WorkflowRunID != now.WorkflowRunID ||
		there.Execution == registry.Execution{}) {
		return now.Execution, nil
	}
	there.NoWorker = there.NoWorker && now.State.IsOpen()
	return there.Execution, err
}

// SwapRecord replaces what an open record says of its execution, where its row still
// is as it was; false where somebody else was faster.
func (db *DB) SwapRecord(ctx context.Context, was, now registry.Record) (bool, error) {
	query := `UPDATE run SET Outcome = ?, Reason = ?, WorkflowRunID = ?, Execution = ?,
		DurationMS = COALESCE(GREATEST(TIMESTAMPDIFF(MICROSECOND, StartedAt, ?) DIV 1000, 1), 0), EndedAt = ?, State = ?
		WHERE ID = ? AND State = ? AND EndedAt IS NULL`
	args := []any{
		now.Outcome, now.Reason, now.WorkflowRunID,
		jsonOf{now.Execution},
		orNull(now.EndedAt),
		orNull(now.EndedAt), string(now.State), was.ID, string(was.State),
	}
	if table := tableOf[was.Kind]; table != "" {
		body, err := patchBody(was.Body, now)
		if err != nil {
			return false, fmt.Errorf("%s %s: %w", was.Kind, was.ID, err)
		}
		query, args = "UPDATE "+table+" SET State = ?, Body = ? WHERE ID = ? AND Body = ?",
			[]any{string(now.State), body, was.ID, string(was.Body)}
	}
	n, err := db.execCounted(ctx, string(was.Kind)+" "+was.ID, query, args...)
	return n > 0, err
}

// patchBody is the body with what now says of its execution, and all else as it is.
func patchBody(body []byte, now registry.Record) (string, error) {
	var whole, patch map[string]json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return "", err
	}
	said, err := json.Marshal(struct {
		State   registry.RunState `json:"state"`
		Outcome string            `json:"outcome,omitempty"`
		Reason  string            `json:"reason"`
		RunID   string            `json:"workflow_run_id"`
		EndedAt time.Time         `json:"ended_at,omitzero"`
		registry.Execution
	}{now.State, now.Outcome, now.Reason, now.WorkflowRunID, now.EndedAt, now.Execution})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(said, &patch); err != nil {
		return "", err
	}
	delete(whole, "no_worker") // left out of the patch where it no longer holds
	maps.Copy(whole, patch)
	out, err := json.Marshal(whole)
	return string(out), err
}

var _ registry.Executions = (*DB)(nil)
