package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// insertAnswers stores what was said with those of ps that a person asked for.
func insertAnswers(ctx context.Context, tx *sql.Tx, ps []registry.Prediction) error {
	var args []any
	for _, p := range ps {
		if len(p.Said) > 0 {
			args = append(args, p.ID, p.At.UTC(), clipText(p.Account, 255), string(p.Said))
		}
	}
	if args == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO answer (ID, AnsweredAt, Account, Said) VALUES "+
		valueRows(len(args)/4, 4)+" ON DUPLICATE KEY UPDATE ID = VALUES(ID)", args...)
	return err
}

// Answer is Prediction with what was said; Said is empty where no person asked.
func (db *DB) Answer(ctx context.Context, id string) (registry.Prediction, error) {
	p, err := db.Prediction(ctx, id)
	if err != nil {
		return p, err
	}
	said, err := queryRow(ctx, db, "answer "+id, scanValue[string], "SELECT Said FROM answer WHERE ID = ?", p.ID)
	if p.Said = []byte(said); errors.Is(err, lfb.ErrNotFound) {
		return p, nil
	}
	return p, err
}

// LastAnswers returns the last answers that were said to an account, newest first: ID,
// At, Account and Said alone.
func (db *DB) LastAnswers(ctx context.Context, account string, limit int) ([]registry.Prediction, error) {
	return queryAll(ctx, db.read, "answers to "+account, func(s scanner) (p registry.Prediction, err error) {
		var said string
		err = s.Scan(&p.ID, &p.At, &p.Account, &said)
		p.Said = []byte(said)
		return p, err
	}, "SELECT ID, AnsweredAt, Account, Said FROM answer WHERE Account = ? ORDER BY Account DESC, ID DESC"+
		limitClause(limit), account)
}

// arrivalColumns are the published attendance times of the first and second engine.
var arrivalColumns = [...]string{"FirstPumpArriving_AttendanceTime", "SecondPumpArriving_AttendanceTime"}

// ArrivalOf returns the published attendance time, in seconds, of an incident's first
// or second engine; lfb.ErrNotFound where none is published.
func (db *DB) ArrivalOf(ctx context.Context, origin lfb.Origin, number string, pump int) (int, error) {
	code, err := OriginCode(origin)
	if err == nil && !slices.Contains([]int{1, 2}, pump) {
		err = fmt.Errorf("engine %d: %w", pump, lfb.ErrInvalid)
	}
	if err != nil {
		return 0, Wrap(err, "arrival")
	}
	column := arrivalColumns[pump-1]
	return queryRow(ctx, db, "arrival of "+number, scanValue[int], "SELECT "+column+
		" FROM incident WHERE Origin = ? AND IncidentNumber = ? AND WithdrawnAt IS NULL AND "+column+" IS NOT NULL",
		code, number)
}
