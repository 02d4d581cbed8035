package mysql

import (
	"context"
	"time"

	"lfb/internal/registry"
)

// What is kept of refused predictions: the newest.
const (
	maxRefused      = 1000
	maxRefusedBytes = 16 << 20
)

// SaveRefused keeps a record that SavePredictions refuses, as its bytes are and not as
// r has it; one that is there stays as it is. Where there are too many then, the oldest go: dropped says how many.
func (db *DB) SaveRefused(ctx context.Context, r registry.RefusedPrediction, record []byte) (dropped int, err error) {
	if err := db.execWrite(ctx, "refused prediction "+r.ID,
		`INSERT INTO prediction_refused (ID, RefusedAt, Prediction, Host, Reason, Record)
		VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE ID = VALUES(ID)`, r.ID, r.At.UTC(), clipText(r.Prediction, 64),
		clipText(r.Host, 255), clipText(quoteIllegible(r.Reason), 4000), record); err != nil {
		return 0, err
	}
	var id string
	var bytes, sum int64
	kept, old := 0, []string(nil)
	for err := range Stream(ctx, db.read, []any{&id, &bytes},
		"SELECT ID, LENGTH(Record) FROM prediction_refused ORDER BY RefusedAt DESC, ID") {
		if err != nil {
			return 0, Wrap(err, "refused predictions")
		}
		if kept, sum = kept+1, sum+bytes; kept > maxRefused || sum > maxRefusedBytes {
			old = append(old, id)
		}
	}
	for _, id := range old {
		if err := db.execWrite(ctx, "drop refused prediction "+id, "DELETE FROM prediction_refused WHERE ID = ?",
			id); err != nil {
			return dropped, err
		}
		dropped++
	}
	return dropped, nil
}

// Refused returns the predictions that were refused since, newest first, behind the one of
// the id after where that is not empty; limit 0 is 50. lfb.ErrInvalid where it is not there.
func (db *DB) Refused(ctx context.Context, since time.Time, after string,
	limit int,
) ([]registry.RefusedPrediction, error) {
	behind, args, err := db.behindRow(ctx, after, "prediction_refused", "RefusedAt", "ID >", "ID = ?", after)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, db.read, "refused predictions", func(s scanner) (r registry.RefusedPrediction, err error) {
		err = s.Scan(&r.ID, &r.At, &r.Prediction, &r.Host, &r.Reason, &r.Record)
		r.Record = quoteIllegible(r.Record)
		return r, err
	}, "SELECT ID, RefusedAt, Prediction, Host, Reason, Record FROM prediction_refused WHERE RefusedAt >= ?"+behind+
		" ORDER BY RefusedAt DESC, ID"+pageClause(limit), append([]any{since.UTC()}, args...)...)
}
