package mysql

import (
	"context"

	"lfb/internal/registry"
)

// AppendAudit adds one change to the audit log, which gives it its ID.
func (db *DB) AppendAudit(ctx context.Context, e registry.AuditEntry) error {
	_, err := db.execWrite(ctx, "INSERT INTO audit (At, Who, Address, KeyID, Action, Target, Detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
		e.At.UTC(), clipText(e.Who, 255), clipText(e.From, 255), e.Key, clipText(e.Action, 255), clipText(e.Target, 255), e.Detail)
	return Wrap(err, "audit %s of %s by %s", e.Action, e.Target, e.Who)
}

// Audit returns up to limit entries (0: 50), newest first; before continues a
// list after the entry of that ID (0: from the newest on).
func (db *DB) Audit(ctx context.Context, before int64, limit int) ([]registry.AuditEntry, error) {
	query, args := "SELECT ID, At, Who, Address, COALESCE(KeyID, ''), Action, Target, Detail FROM audit", []any(nil)
	if before > 0 {
		query, args = query+" WHERE ID < ?", append(args, before)
	}
	return queryAll(ctx, db.read, "audit log", func(r scanner) (e registry.AuditEntry, err error) {
		err = r.Scan(&e.ID, &e.At, &e.Who, &e.From, &e.Key, &e.Action, &e.Target, &e.Detail)
		return e, err
	}, query+" ORDER BY ID DESC"+pageClause(limit), args...)
}
