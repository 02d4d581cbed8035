package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

const upsertRun = `INSERT INTO run (ID, Line, Origin, State, Outcome, Reason, TriggeredBy, DataSet, Seed, Config,
	WorkflowID, WorkflowRunID, StartedAt, EndedAt, DurationMS) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON DUPLICATE KEY UPDATE State = VALUES(State), Outcome = VALUES(Outcome), Reason = VALUES(Reason),
	DataSet = VALUES(DataSet), EndedAt = VALUES(EndedAt), DurationMS = VALUES(DurationMS)`

const selectRun = `SELECT ID, Line, Origin, State, Outcome, Reason, TriggeredBy, DataSet, Seed, Config, WorkflowID,
	WorkflowRunID, StartedAt, EndedAt FROM run `

// SaveRun inserts the run, or replaces where it stands.
func (db *DB) SaveRun(ctx context.Context, r registry.Run) error {
	origin, err := originCode(r.Origin)
	if err != nil {
		return wrap(err, "save run %s", r.ID)
	}
	ms := int64(0)
	if !r.EndedAt.IsZero() {
		ms = max(r.EndedAt.Sub(r.StartedAt).Milliseconds(), 1)
	}
	_, err = db.exec(ctx, upsertRun, r.ID, r.Line, origin, string(r.State), r.Outcome, r.Reason, r.Trigger, r.DataSet, r.Seed,
		string(r.Config), r.WorkflowID, r.WorkflowRunID, r.StartedAt.UTC(), orNull(r.EndedAt), ms)
	return wrap(err, "save run %s", r.ID)
}

// SaveCandidates replaces the rows of the same run and name.
func (db *DB) SaveCandidates(ctx context.Context, cs []registry.Candidate) error {
	for _, c := range cs {
		body, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("candidate %s of run %s: %w", c.Name, c.RunID, err)
		}
		_, err = db.exec(ctx, `INSERT INTO candidate (RunID, Name, Place, Body) VALUES (?, ?, ?, ?)
			ON DUPLICATE KEY UPDATE Place = VALUES(Place), Body = VALUES(Body)`, c.RunID, c.Name, c.Rank, string(body))
		if err != nil {
			return wrap(err, "candidate %s of run %s", c.Name, c.RunID)
		}
	}
	return nil
}

// Run returns the run and its leaderboard: by rank, then what is not ranked.
func (db *DB) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	r, err := scanRun(db.read.QueryRowContext(ctx, selectRun+"WHERE ID = ?", id))
	if err != nil {
		return r, nil, wrap(err, "run %s", id)
	}
	rows, err := db.read.QueryContext(ctx, "SELECT Body FROM candidate WHERE RunID = ? ORDER BY Place = 0, Place, Name", id)
	if err != nil {
		return r, nil, wrap(err, "candidates of run %s", id)
	}
	cs, err := collect(rows, "candidates", scanJSON[registry.Candidate])
	return r, cs, err
}

// ListRuns returns one page of runs. Pages follow each other by the last row's
// sort value and id, so that page 2,000 costs as much as page 1.
func (db *DB) ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error) {
	column, ok := map[string]string{"": "StartedAt", "started": "StartedAt", "duration": "DurationMS", "state": "State"}[q.Sort]
	if !ok {
		return nil, fmt.Errorf("runs sorted by %q: %w", q.Sort, lfb.ErrInvalid)
	}
	order, than := "DESC", "<"
	if q.Reverse {
		order, than = "ASC", ">"
	}
	var where []string
	var args []any
	if q.Line != "" {
		where, args = append(where, "Line = ?"), append(args, q.Line)
	}
	if q.State != "" {
		where, args = append(where, "State = ?"), append(args, string(q.State))
	}
	if q.After != "" {
		var last any
		err := db.read.QueryRowContext(ctx, "SELECT "+column+" FROM run WHERE ID = ?", q.After).Scan(&last)
		if err != nil {
			return nil, wrap(err, "runs after %s", q.After)
		}
		where = append(where, fmt.Sprintf("(%s %s ? OR %s = ? AND ID %s ?)", column, than, column, than))
		args = append(args, last, last, q.After)
	}
	query := selectRun
	if len(where) > 0 {
		query += "WHERE " + strings.Join(where, " AND ")
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	query += fmt.Sprintf(" ORDER BY %s %s, ID %s LIMIT %d", column, order, order, limit)
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, wrap(err, "runs")
	}
	return collect(rows, "runs", scanRun)
}

func scanRun(s scanner) (registry.Run, error) {
	var r registry.Run
	var origin int
	var config string
	var ended sql.NullTime
	err := s.Scan(&r.ID, &r.Line, &origin, &r.State, &r.Outcome, &r.Reason, &r.Trigger, &r.DataSet, &r.Seed, &config,
		&r.WorkflowID, &r.WorkflowRunID, &r.StartedAt, &ended)
	r.Origin, r.EndedAt = originOf(origin), ended.Time
	if config != "" {
		r.Config = json.RawMessage(config)
	}
	return r, err
}

// scanJSON reads one column of JSON.
func scanJSON[T any](s scanner) (T, error) {
	var v T
	var body []byte
	if err := s.Scan(&body); err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v)
}
