package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

const predictionColumns = `ID, AnsweredAt, Line, Version, CallAt, Easting, Northing,
	BoroughCode, WardCode, StationGround, PumpOrder, IncidentNumber, Account, Mean, P50, P90, Within6, Within10, Response, Request, Availability`

// predictionBatch is how many rows one statement inserts.
const predictionBatch = 500

// SavePredictions logs answers, all of ps or none. One that is logged already, known by
// its id, stays as it is; one that repeats another (registry.Prediction.AskKey) is no
// record of its own, and its id leads to the other. A text that is longer than its
// column is cut, as the request is kept whole beside it. An answer without an id, with
// a NaN or with a text that is none gives lfb.ErrInvalid.
func (db *DB) SavePredictions(ctx context.Context, ps []registry.Prediction) error {
	var asked []ask
	for i := range ps {
		if err := checkPrediction(&ps[i]); err != nil {
			return err
		}
		if key := ps[i].AskKey(); key != "" {
			asked = append(asked, ask{id: ps[i].ID, key: key, at: ps[i].At.UTC().Truncate(time.Microsecond)})
		}
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return Wrap(err, "log %d predictions", len(ps))
	}
	defer conn.Close()
	save := func() error {
		return Transact(ctx, conn, func(tx *sql.Tx) error {
			repeats, err := saveAsks(ctx, tx, asked)
			if err != nil {
				return err
			}
			own := slices.DeleteFunc(slices.Clone(ps), func(p registry.Prediction) bool { return repeats[p.ID] })
			for some := range slices.Chunk(own, predictionBatch) {
				if err := insertPredictions(ctx, tx, some); err != nil {
					return err
				}
				if err := insertAnswers(ctx, tx, some); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if len(asked) == 0 {
		return Wrap(save(), "log %d predictions", len(ps))
	}
	// Of two replicas that ship the same question, the second sees what the first logged.
	return Wrap(db.WithLock(ctx, conn, "prediction_ask", save), "log %d predictions", len(ps))
}

// ask is an answer that carries a reference; kept is the id of the one that is logged.
type ask struct {
	id, key, kept string
	at            time.Time
}

// saveAsks stores which of the asks repeat another, and returns the ids of these. What
// was shipped before stays as it was decided then.
func saveAsks(ctx context.Context, tx *sql.Tx, asked []ask) (repeats map[string]bool, err error) {
	repeats = map[string]bool{}
	for some := range slices.Chunk(asked, predictionBatch) {
		var ids, keys []any
		for _, a := range some {
			ids, keys = append(ids, a.id), append(keys, a.key)
		}
		known, err := queryAll(ctx, tx, "asks", func(s scanner) (a ask, err error) {
			err = s.Scan(&a.id, &a.key, &a.kept, &a.at)
			return a, err
		}, `SELECT ID, AskKey, Kept, AnsweredAt FROM prediction_ask WHERE ID IN (`+placeholders(len(ids))+`)
			OR ID = Kept AND AskKey IN (`+placeholders(len(keys))+")", append(ids, keys...)...)
		if err != nil {
			return nil, err
		}
		var rows []any
		for _, a := range some {
			same := slices.IndexFunc(known, func(k ask) bool { return k.id == a.id })
			if same < 0 {
				same = slices.IndexFunc(known, func(k ask) bool {
					return k.id == k.kept && k.key == a.key && a.at.Sub(k.at).Abs() < registry.RepeatWindow
				})
			}
			if a.kept = a.id; same >= 0 {
				a.kept = known[same].kept
			}
			repeats[a.id] = a.kept != a.id
			known, rows = append(known, a), append(rows, a.id, a.key, a.at, a.kept)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO prediction_ask (ID, AskKey, AnsweredAt, Kept) VALUES "+
			valueRows(len(some), 4)+" ON DUPLICATE KEY UPDATE ID = VALUES(ID)", rows...); err != nil {
			return nil, err
		}
	}
	return repeats, nil
}

func insertPredictions(ctx context.Context, tx *sql.Tx, ps []registry.Prediction) error {
	args := make([]any, 0, 21*len(ps))
	for i := range ps {
		p := &ps[i]
		var response, availability any
		if p.Response != nil {
			response = jsonOf{p.Response}
		}
		if p.Availability != nil {
			availability = jsonOf{p.Availability}
		}
		a := p.Attendance
		args = append(args, p.ID, p.At.UTC(), p.Line, p.Version, p.CallAt.UTC(), p.Easting, p.Northing,
			clipText(p.BoroughCode, 64), clipText(p.WardCode, 64), clipText(p.StationGround, 255), p.PumpOrder,
			clipText(p.IncidentNumber, 64), clipText(p.Account, 255), a.Mean, a.P50, a.P90, a.Within6, a.Within10,
			response, string(p.Request), availability)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO prediction ("+predictionColumns+") VALUES "+
		valueRows(len(ps), 21)+" ON DUPLICATE KEY UPDATE ID = VALUES(ID)", args...)
	return err
}

func checkPrediction(p *registry.Prediction) error {
	a := p.Attendance
	for _, x := range []float64{p.Easting, p.Northing, a.Mean, a.P50, a.P90, a.Within6, a.Within10} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("prediction %s: %v: %w", p.ID, x, lfb.ErrInvalid)
		}
	}
	if p.ID == "" || p.At.IsZero() || p.CallAt.IsZero() {
		return fmt.Errorf("prediction %q at %v of a call at %v: %w", p.ID, p.At, p.CallAt, lfb.ErrInvalid)
	}
	return checkText(p.ID, p.Line, p.Version, p.BoroughCode, p.WardCode, p.StationGround, p.IncidentNumber, p.Account,
		string(p.Request), string(p.Said))
}

// Prediction returns one logged answer, or the one that it repeats; lfb.ErrNotFound.
func (db *DB) Prediction(ctx context.Context, id string) (registry.Prediction, error) {
	read := func(id string) (registry.Prediction, error) {
		return queryRow(ctx, db, "prediction "+id, scanPrediction, "SELECT "+predictionColumns+
			" FROM prediction WHERE ID = ?", id)
	}
	p, err := read(id)
	if !errors.Is(err, lfb.ErrNotFound) {
		return p, err
	}
	kept, err := queryRow(ctx, db, "prediction "+id, scanValue[string],
		"SELECT Kept FROM prediction_ask WHERE ID = ?", id)
	if err != nil {
		return p, err
	}
	return read(kept)
}

func scanPrediction(s scanner) (registry.Prediction, error) {
	var p registry.Prediction
	var response, request, availability []byte
	a := &p.Attendance
	err := s.Scan(&p.ID, &p.At, &p.Line, &p.Version, &p.CallAt, &p.Easting, &p.Northing, &p.BoroughCode, &p.WardCode,
		&p.StationGround, &p.PumpOrder, &p.IncidentNumber, &p.Account, &a.Mean, &a.P50, &a.P90, &a.Within6, &a.Within10,
		&response, &request, &availability)
	if err != nil {
		return p, err
	}
	p.Request = request
	if response != nil {
		err = json.Unmarshal(response, &p.Response)
	}
	if availability != nil {
		err = errors.Join(err, json.Unmarshal(availability, &p.Availability))
	}
	return p, err
}
