package mysql

import (
	"context"
	"strings"

	"lfb/internal/registry"
)

// AppendAudit adds one change to the audit log, which gives it its ID.
func (db *DB) AppendAudit(ctx context.Context, e registry.AuditEntry) error {
	return db.execWrite(ctx, "audit "+e.Action+" of "+e.Target+" by "+e.Who,
		"INSERT INTO audit (At, Who, Address, KeyID, Action, Target, Detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
		e.At.UTC(), clipText(e.Who, 255), clipText(e.From, 255), e.Key, clipText(e.Action, 255), clipText(e.Target, 255),
		e.Detail)
}

// Audit returns the changes that q asks for, newest first.
func (db *DB) Audit(ctx context.Context, q registry.AuditQuery) ([]registry.AuditEntry, error) {
	where, args := []string{"TRUE"}, []any(nil)
	narrow := func(is bool, clause string, values ...any) {
		if is {
			where, args = append(where, clause), append(args, values...)
		}
	}
	narrow(q.Before > 0, "ID < ?", q.Before)
	narrow(q.Who != "", "Who = ?", q.Who)
	narrow(q.Text != "", "INSTR(LOWER(CONCAT(Action, '\n', Target, '\n', Detail)), ?) > 0", strings.ToLower(q.Text))
	narrow(!q.From.IsZero(), "At >= ?", q.From.UTC())
	narrow(!q.To.IsZero(), "At < ?", q.To.UTC())
	return queryAll(ctx, db.read, "audit log", func(r scanner) (e registry.AuditEntry, err error) {
		err = r.Scan(&e.ID, &e.At, &e.Who, &e.From, &e.Key, &e.Action, &e.Target, &e.Detail)
		return e, err
	}, "SELECT ID, At, Who, Address, COALESCE(KeyID, ''), Action, Target, Detail FROM audit WHERE "+
		strings.Join(where, " AND ")+" ORDER BY ID DESC"+pageClause(q.Limit), args...)
}
