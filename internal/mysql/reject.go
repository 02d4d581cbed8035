package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"unicode/utf8"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// rejectsPerStatement bounds the length of a statement.
const rejectsPerStatement = 500

// SaveRejects replaces what is known of a file's unusable rows: some of them word
// for word (a value to 1,000 characters), and all of them by reason.
func (db *DB) SaveRejects(ctx context.Context, sha string, samples []lfb.Reject, counts []registry.RejectCount) error {
	err := Transact(ctx, db.write, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM reject WHERE SHA256 = ?", sha); err != nil {
			return err
		}
		for from := 0; from < len(samples); from += rejectsPerStatement {
			some := samples[from:min(from+rejectsPerStatement, len(samples))]
			args := make([]any, 0, 6*len(some))
			for i, r := range some {
				args = append(args, sha, r.Line, from+i, clipText(r.Column, 255), clipText(quoteIllegible(r.Value), 1000),
					clipText(r.Reason, 255))
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO reject"+
				" (SHA256, LineNo, Seq, ColumnName, Value, Reason) VALUES "+
				valueRows(len(some), 6), args...)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO reject_summary (SHA256, Body) VALUES (?, ?)
			ON DUPLICATE KEY UPDATE Body = VALUES(Body)`, sha, jsonOf{counts})
		return err
	})
	return Wrap(err, "rejects of file %.12s", sha)
}

// quoteIllegible is a file's text as it is shown: bytes that are not UTF-8 as \xNN, in quotes.
func quoteIllegible(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strconv.Quote(s)
}

// RejectCounts returns what was rejected and repaired of a file, by reason, the
// most frequent first; nothing for a file that was never parsed.
func (db *DB) RejectCounts(ctx context.Context, sha string) ([]registry.RejectCount, error) {
	all, err := queryAll(ctx, db.read, fmt.Sprintf("rejects of file %.12s", sha), scanJSON[[]registry.RejectCount],
		"SELECT Body FROM reject_summary WHERE SHA256 = ?", sha)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// Rejects returns kept rejected rows of a file, in the file's order; limit 0 is
// all.
func (db *DB) Rejects(ctx context.Context, sha string, limit int) ([]lfb.Reject, error) {
	return queryAll(ctx, db.read, fmt.Sprintf("rejects of file %.12s", sha), func(s scanner) (r lfb.Reject, err error) {
		err = s.Scan(&r.Line, &r.Column, &r.Value, &r.Reason)
		return r, err
	}, "SELECT LineNo, ColumnName, Value, Reason FROM reject WHERE SHA256 = ? ORDER BY LineNo, Seq"+limitClause(limit),
		sha)
}
