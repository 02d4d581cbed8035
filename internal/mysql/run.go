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

const insertRun = `INSERT INTO run (ID, Line, Origin, State, Outcome, Reason, TriggeredBy, DataSet, Seed, Config,
	WorkflowID, WorkflowRunID, StartedAt, EndedAt, DurationMS, Execution) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON DUPLICATE KEY UPDATE `

// upsertRun keeps the start that the run was first saved with, counts its duration from
// there, and keeps what was first known of its execution. A run that is over is not
// opened again by a message that comes late; one that was asked to end stays so.
var upsertRun = insertRun + replaceOpen("Line", "Origin", "State", "Outcome", "Reason", "TriggeredBy", "DataSet",
	"Seed",
	"Config", "WorkflowID", "WorkflowRunID") + `
	Execution = COALESCE(Execution, VALUES(Execution)),
	DurationMS = IF(VALUES(EndedAt) IS NULL, DurationMS, GREATEST(TIMESTAMPDIFF(MICROSECOND, StartedAt, VALUES(EndedAt)) DIV 1000, 1)),
	EndedAt = COALESCE(VALUES(EndedAt), EndedAt)`

// replaceOpen assigns the new values of columns, unless they would open a run again.
func replaceOpen(columns ...string) string {
	var b strings.Builder
	for _, c := range columns {
		stays := "EndedAt IS NOT NULL AND VALUES(EndedAt) IS NULL"
		if c == "State" {
			stays += " OR State = 'cancelling' AND VALUES(State) = 'running'"
		}
		fmt.Fprintf(&b, "%[1]s = IF(%[2]s, %[1]s, VALUES(%[1]s)), ", c, stays)
	}
	return b.String()
}

const adoptRun = insertRun + `
	DurationMS = IF(EndedAt IS NULL, 0, GREATEST(TIMESTAMPDIFF(MICROSECOND, VALUES(StartedAt), EndedAt) DIV 1000, 1)),
	StartedAt = VALUES(StartedAt), Execution = VALUES(Execution)`

const selectRun = `SELECT ID, Line, Origin, State, Outcome, Reason, TriggeredBy, DataSet, Seed, Config, WorkflowID,
	WorkflowRunID, StartedAt, EndedAt, Execution FROM run`

// SaveRun inserts the run, or replaces everything but its start.
func (db *DB) SaveRun(ctx context.Context, r registry.Run) error {
	return db.writeRun(ctx, upsertRun, r)
}

// AdoptRun inserts the run; of one that is there it replaces the start and the Execution.
func (db *DB) AdoptRun(ctx context.Context, r registry.Run) error {
	return db.writeRun(ctx, adoptRun, r)
}

func (db *DB) writeRun(ctx context.Context, statement string, r registry.Run) error {
	origin, err := OriginCode(r.Origin)
	if err != nil {
		return Wrap(err, "save run %s", r.ID)
	}
	ms := int64(0)
	if !r.EndedAt.IsZero() {
		ms = max(r.EndedAt.Sub(r.StartedAt).Milliseconds(), 1)
	}
	if r.ID == "" || r.StartedAt.IsZero() {
		return fmt.Errorf("run %q, started %v: id and start are needed: %w", r.ID, r.StartedAt, lfb.ErrInvalid)
	}
	return db.execWrite(ctx, "save run "+r.ID, statement, r.ID, r.Line, origin, string(r.State), r.Outcome, r.Reason,
		r.Trigger, r.DataSet, r.Seed, string(r.Config), r.WorkflowID, r.WorkflowRunID, r.StartedAt.UTC(), orNull(r.EndedAt),
		ms,
		jsonOf{r.Execution})
}

// SaveCandidates replaces the rows of the same run and name.
func (db *DB) SaveCandidates(ctx context.Context, cs []registry.Candidate) error {
	for _, c := range cs {
		if err := db.execWrite(ctx, "candidate "+c.Name+" of run "+c.RunID,
			`INSERT INTO candidate (RunID, Name, Place, Body) VALUES (?, ?, ?, ?)
			ON DUPLICATE KEY UPDATE Place = VALUES(Place), Body = VALUES(Body)`,
			c.RunID, c.Name, c.Rank, jsonOf{c}); err != nil {
			return err
		}
	}
	return nil
}

// Run returns the run and its leaderboard: by rank, then what is not ranked.
func (db *DB) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	r, err := queryRow(ctx, db, "run "+id, scanRun, selectRun+" WHERE ID = ?", id)
	if err != nil {
		return r, nil, err
	}
	cs, err := queryAll(ctx, db.read, "candidates of run "+id, scanJSON[registry.Candidate],
		"SELECT Body FROM candidate WHERE RunID = ? ORDER BY Place = 0, Place, Name", id)
	return r, cs, err
}

// ListRuns returns one page of runs. Pages follow each other by the last row's
// place in the order, so that page 2,000 costs as much as page 1. An unknown
// order is lfb.ErrInvalid, an unknown q.After lfb.ErrNotFound.
func (db *DB) ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error) {
	var order []string
	switch q.Sort {
	case "", "started":
		order = []string{"StartedAt", "ID"}
	case "duration":
		order = []string{"DurationMS", "ID"}
	case "state":
		order = []string{"State", "StartedAt", "ID"}
	default:
		return nil, fmt.Errorf("runs sorted by %q: %w", q.Sort, lfb.ErrInvalid)
	}
	where, args := []string{"Line NOT LIKE 'backfill/%'"}, []any(nil)
	if q.Line != "" {
		where = []string{"1 = 1"}
		where, args = append(where, "Line = ?"), append(args, q.Line)
	}
	if q.State != "" {
		where, args = append(where, "State = ?"), append(args, string(q.State))
	}
	if q.Outcome != "" {
		where, args = append(where, "Outcome = ?"), append(args, q.Outcome)
	}
	if q.Trigger != "" {
		where, args = append(where, "TriggeredBy = ?"), append(args, q.Trigger)
	}
	if !q.Before.IsZero() {
		where, args = append(where, "StartedAt < ?"), append(args, q.Before.UTC())
	}
	direction, than := " DESC", "<"
	if q.Reverse {
		direction, than = " ASC", ">"
	}
	if q.After != "" {
		last, err := db.runPlace(ctx, order, q.After)
		if err != nil {
			return nil, err
		}
		condition, values := afterCondition(order, than, last)
		where, args = append(where, condition), append(args, values...)
	}
	return queryAll(ctx, db.read, "runs", scanRun, selectRun+" FORCE INDEX ("+runIndex(q)+") WHERE "+strings.Join(where,
		" AND ")+
		" ORDER BY "+strings.Join(order, direction+", ")+direction+pageClause(q.Limit), args...)
}

// runIndex is the index that has the runs of q in their order. It is named, as
// the server's guess takes a hundred times as long on some deep pages.
func runIndex(q registry.Query) string {
	switch {
	case q.Outcome != "" && q.Sort == "duration":
		return "ByOutcomeDuration"
	case q.Trigger != "" && q.Sort == "duration":
		return "ByTriggerDuration"
	case q.Outcome != "" && q.Trigger != "":
		return "ByOutcomeTrigger"
	case q.Outcome != "":
		return "ByOutcome"
	case q.Trigger != "" && q.Sort != "state":
		return "ByTrigger"
	case q.Sort == "duration" && q.Line != "":
		return "ByLineDuration"
	case q.Sort == "duration":
		return "ByDuration"
	case q.Line != "" && (q.State != "" || q.Sort == "state"):
		return "ByLineState"
	case q.Line != "":
		return "ByLineStart"
	case q.State != "" || q.Sort == "state":
		return "ByStateStart"
	}
	return "ByStart"
}

// runPlace returns a run's values of the columns of an order.
func (db *DB) runPlace(ctx context.Context, order []string, id string) ([]any, error) {
	place, dest := make([]any, len(order)), make([]any, len(order))
	for i := range dest {
		dest[i] = &place[i]
	}
	err := db.read.QueryRowContext(ctx, "SELECT "+strings.Join(order, ", ")+" FROM run WHERE ID = ?", id).Scan(dest...)
	for i, v := range place {
		if b, ok := v.([]byte); ok {
			place[i] = string(b)
		}
	}
	return place, Wrap(err, "runs after %s", id)
}

// afterCondition is the condition of coming after last in the order of columns, as
// alternatives that are each a range of the index on them:
// (a < ?) OR (a = ? AND b < ?) OR …
func afterCondition(columns []string, than string, last []any) (condition string, args []any) {
	var terms []string
	for i, c := range columns {
		equal := ""
		for _, before := range columns[:i] {
			equal += before + " = ? AND "
		}
		terms = append(terms, "("+equal+c+" "+than+" ?)")
		args = append(args, last[:i+1]...)
	}
	return "(" + strings.Join(terms, " OR ") + ")", args
}

func scanRun(s scanner) (registry.Run, error) {
	var r registry.Run
	var origin int
	var config string
	var execution sql.NullString
	var ended sql.NullTime
	err := s.Scan(&r.ID, &r.Line, &origin, &r.State, &r.Outcome, &r.Reason, &r.Trigger, &r.DataSet, &r.Seed, &config,
		&r.WorkflowID, &r.WorkflowRunID, &r.StartedAt, &ended, &execution)
	r.Origin, r.EndedAt = originOf(origin), ended.Time
	if config != "" {
		r.Config = json.RawMessage(config)
	}
	if err == nil && execution.String != "" { // NULL in runs of older releases
		err = json.Unmarshal([]byte(execution.String), &r.Execution)
	}
	r.NoWorker = r.NoWorker && r.State.IsOpen()
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
