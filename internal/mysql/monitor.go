package mysql

import (
	"context"
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SaveMonitoring inserts the monitor run, or replaces all but what is known of its execution.
func (db *DB) SaveMonitoring(ctx context.Context, m registry.Monitoring) error {
	if m.ID == "" || m.Line == "" || m.StartedAt.IsZero() {
		return fmt.Errorf("monitoring %q of line %q, started %v: id, line and start are needed: %w", m.ID, m.Line,
			m.StartedAt, lfb.ErrInvalid)
	}
	var err error
	m.Execution, err = db.knownExecution(ctx, registry.Record{
		Kind: registry.MonitorRecord, ID: m.ID, State: m.State, WorkflowRunID: m.WorkflowRunID, Execution: m.Execution,
	})
	if err != nil {
		return err
	}
	return db.execWrite(ctx, "save monitoring "+m.ID, `INSERT INTO monitoring (ID, Line, State, Outcome, StartedAt, Body)
		VALUES (?, ?, ?, ?, ?, ?)
		ON DUPLICATE KEY UPDATE State = VALUES(State), Outcome = VALUES(Outcome), Body = VALUES(Body)`,
		m.ID, m.Line, string(m.State), m.Outcome, m.StartedAt.UTC(), jsonOf{m})
}

// Monitoring returns one monitor run; lfb.ErrNotFound.
func (db *DB) Monitoring(ctx context.Context, id string) (registry.Monitoring, error) {
	return queryRow(ctx, db, "monitoring "+id, scanJSON[registry.Monitoring], "SELECT Body FROM monitoring WHERE ID = ?",
		id)
}

// Monitorings returns the line's monitor runs, newest first, older than the id before
// where that is not empty; limit 0 is 50.
func (db *DB) Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error) {
	where, args := "Line = ?", []any{line}
	if before != "" {
		where, args = where+" AND ID < ?", append(args, before)
	}
	return queryAll(ctx, db.read, "monitorings of "+line, scanJSON[registry.Monitoring],
		"SELECT Body FROM monitoring WHERE "+where+
			" ORDER BY Line DESC, ID DESC"+pageClause(limit), args...)
}

// SaveRealised replaces the rows of the same line, version, month and basis.
func (db *DB) SaveRealised(ctx context.Context, rs []registry.Realised) error {
	for _, r := range rs {
		if err := db.execWrite(ctx, "realised "+r.Month+" of version "+r.Version,
			`INSERT INTO realised (Line, Month, Version, Basis, Body) VALUES (?, ?, ?, ?, ?)
			ON DUPLICATE KEY UPDATE Body = VALUES(Body)`,
			r.Line, r.Month, r.Version, string(r.Basis), jsonOf{r}); err != nil {
			return err
		}
	}
	return nil
}

// Realised returns the line's rows from a month on, by month, version and basis;
// an empty version is all, an empty month the beginning.
func (db *DB) Realised(ctx context.Context, line, version, fromMonth string) ([]registry.Realised, error) {
	where, args := "Line = ? AND Month >= ?", []any{line, fromMonth}
	if version != "" {
		where, args = where+" AND Version = ?", append(args, version)
	}
	return queryAll(ctx, db.read, "realised performance of "+line, scanJSON[registry.Realised],
		"SELECT Body FROM realised WHERE "+where+
			" ORDER BY Line, Month, Version, Basis", args...)
}

// ClaimRetrain inserts c: the primary key lets one claim a data set. Where it is
// claimed by another token it returns lfb.ErrConflict.
func (db *DB) ClaimRetrain(ctx context.Context, c registry.Claim) error {
	op := "claim data set " + c.DataSet
	err := db.execWrite(ctx, op, "INSERT INTO retrain_claim (Line, DataSet, Token, ClaimedAt) VALUES (?, ?, ?, ?)",
		c.Line, c.DataSet, c.Token, c.At.UTC())
	if !isTaken(err) {
		return err
	}
	token, err := queryRow(ctx, db, op, scanValue[string],
		"SELECT Token FROM retrain_claim WHERE Line = ? AND DataSet = ?", c.Line, c.DataSet)
	if err == nil && token != c.Token {
		err = fmt.Errorf("data set %s of %s is claimed: %w", c.DataSet, c.Line, lfb.ErrConflict)
	}
	return err
}

// ReleaseRetrain undoes the claim of that token, if it is there.
func (db *DB) ReleaseRetrain(ctx context.Context, c registry.Claim) error {
	return db.execWrite(ctx, "release data set "+c.DataSet,
		"DELETE FROM retrain_claim WHERE Line = ? AND DataSet = ? AND Token = ?", c.Line, c.DataSet, c.Token)
}

// LastClaim returns the line's newest claim; lfb.ErrNotFound.
func (db *DB) LastClaim(ctx context.Context, line string) (registry.Claim, error) {
	return queryRow(ctx, db, "last claim of "+line, func(s scanner) (c registry.Claim, err error) {
		err = s.Scan(&c.Line, &c.DataSet, &c.Token, &c.At)
		return c, err
	}, `SELECT Line, DataSet, Token, ClaimedAt FROM retrain_claim WHERE Line = ?
		ORDER BY Line DESC, ClaimedAt DESC LIMIT 1`, line)
}

// SaveAlarm inserts a new episode, or replaces one. A new episode whose number is
// taken gives lfb.ErrConflict.
func (db *DB) SaveAlarm(ctx context.Context, a registry.Alarm, isNew bool) error {
	if a.Line == "" || a.Name == "" || a.Episode < 1 || a.OpenedAt.IsZero() {
		return fmt.Errorf("alarm %q of line %q, episode %d, opened %v: all are needed: %w", a.Name, a.Line, a.Episode,
			a.OpenedAt, lfb.ErrInvalid)
	}
	if !isNew {
		return db.execWrite(ctx, "alarm "+a.Name,
			"UPDATE alarm SET State = ?, Body = ? WHERE Line = ? AND Name = ? AND Episode = ?",
			string(a.State), jsonOf{a}, a.Line, a.Name, a.Episode)
	}
	err := db.execWrite(ctx, "alarm "+a.Name,
		"INSERT INTO alarm (Line, Name, Episode, State, OpenedAt, Body) VALUES (?, ?, ?, ?, ?, ?)",
		a.Line, a.Name, a.Episode, string(a.State), a.OpenedAt.UTC(), jsonOf{a})
	if isTaken(err) {
		return fmt.Errorf("alarm %s, episode %d: %w", a.Name, a.Episode, lfb.ErrConflict)
	}
	return err
}

// Alarms returns the line's newest episode of every alarm, by name; open leaves
// out those that are cleared.
func (db *DB) Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error) {
	all, err := queryAll(ctx, db.read, "alarms of "+line, scanAlarm,
		selectAlarm+"WHERE Line = ? ORDER BY Line, Name, Episode", line)
	if err != nil {
		return nil, err
	}
	var out []registry.Alarm
	for i, a := range all {
		newest := i+1 == len(all) || all[i+1].Name != a.Name
		if newest && !(open && a.State == registry.AlarmCleared) {
			out = append(out, a)
		}
	}
	return out, nil
}

// AlarmLog returns the line's episodes, newest first; limit 0 is 50.
func (db *DB) AlarmLog(ctx context.Context, line string, limit int) ([]registry.Alarm, error) {
	return db.AlarmPage(ctx, line, "", 0, limit)
}

// AlarmPage is AlarmLog, but for the episodes up to the one of that name and number.
func (db *DB) AlarmPage(ctx context.Context, line, name string, episode, limit int) ([]registry.Alarm, error) {
	behind, args, err := db.behindRow(ctx, name, "alarm", "OpenedAt", "Name >", "Line = ? AND Name = ? AND Episode = ?",
		line, name, episode)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, "alarms of "+line, scanAlarm,
		selectAlarm+"WHERE Line = ?"+behind+" ORDER BY OpenedAt DESC, Name"+pageClause(limit),
		append([]any{line}, args...)...)
}

const selectAlarm = "SELECT Body, Acknowledged FROM alarm "

func scanAlarm(s scanner) (registry.Alarm, error) {
	var a registry.Alarm
	var body, seen []byte
	err := s.Scan(&body, &seen)
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	a.Acknowledged = nil
	if err == nil && len(seen) > 0 {
		err = json.Unmarshal(seen, &a.Acknowledged)
	}
	return a, err
}

// AcknowledgeAlarm notes that a person has seen an episode; lfb.ErrNotFound where there
// is none, or it is cleared. It has a column of its own, as a monitor run replaces the body.
func (db *DB) AcknowledgeAlarm(ctx context.Context, line, name string, episode int64,
	a registry.Acknowledgement,
) error {
	op := fmt.Sprintf("alarm %s, episode %d of %s", name, episode, line)
	_, err := queryRow(ctx, db, op, scanValue[string],
		"SELECT Name FROM alarm WHERE Line = ? AND Name = ? AND Episode = ? AND State <> ?",
		line, name, episode, string(registry.AlarmCleared))
	if err != nil {
		return err
	}
	return db.execWrite(ctx, op, "UPDATE alarm SET Acknowledged = ? WHERE Line = ? AND Name = ? AND Episode = ?",
		jsonOf{a}, line, name, episode)
}

var (
	_ registry.Monitorings = (*DB)(nil)
	_ registry.Performance = (*DB)(nil)
	_ registry.Claims      = (*DB)(nil)
	_ registry.Alarms      = (*DB)(nil)
)
