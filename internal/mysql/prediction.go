package mysql

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

const predictionColumns = `ID, AnsweredAt, Line, Version, CallAt, Easting, Northing,
	BoroughCode, WardCode, StationGround, PumpOrder, IncidentNumber, Account, Mean, P50, P90, Within6, Within10, Response, Request`

// predictionBatch is how many rows one statement inserts.
const predictionBatch = 500

// SavePredictions logs answers. One that is logged already, known by its id,
// stays as it is. A text that is longer than its column is cut, as the request is
// kept whole beside it: one odd answer must not hold up those behind it in the
// spool. An answer without an id or with a NaN gives lfb.ErrInvalid, and nothing
// of its batch is logged.
func (db *DB) SavePredictions(ctx context.Context, ps []registry.Prediction) error {
	for some := range slices.Chunk(ps, predictionBatch) {
		if err := db.savePredictions(ctx, some); err != nil {
			return Wrap(err, "log %d predictions", len(some))
		}
	}
	return nil
}

func (db *DB) savePredictions(ctx context.Context, ps []registry.Prediction) error {
	const row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	args := make([]any, 0, 20*len(ps))
	for i := range ps {
		p := &ps[i]
		if err := checkPrediction(p); err != nil {
			return err
		}
		var response any
		if p.Response != nil {
			body, err := json.Marshal(p.Response)
			if err != nil {
				return fmt.Errorf("prediction %s: %w: %w", p.ID, err, lfb.ErrInvalid)
			}
			response = string(body)
		}
		a := p.Attendance
		args = append(args, p.ID, p.At.UTC(), p.Line, p.Version, p.CallAt.UTC(), p.Easting, p.Northing,
			clipText(p.BoroughCode, 64), clipText(p.WardCode, 64), clipText(p.StationGround, 255), p.PumpOrder,
			clipText(p.IncidentNumber, 64), clipText(p.Account, 255), a.Mean, a.P50, a.P90, a.Within6, a.Within10,
			response, string(p.Request))
	}
	_, err := db.execWrite(ctx, "INSERT INTO prediction ("+predictionColumns+") VALUES "+
		strings.Repeat(row+", ", len(ps)-1)+row+" ON DUPLICATE KEY UPDATE ID = VALUES(ID)", args...)
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
	return nil
}

// Prediction returns one logged answer; lfb.ErrNotFound.
func (db *DB) Prediction(ctx context.Context, id string) (registry.Prediction, error) {
	return queryRow(ctx, db, "prediction "+id, scanPrediction, "SELECT "+predictionColumns+" FROM prediction WHERE ID = ?", id)
}

func scanPrediction(s scanner) (registry.Prediction, error) {
	var p registry.Prediction
	var response, request []byte
	a := &p.Attendance
	err := s.Scan(&p.ID, &p.At, &p.Line, &p.Version, &p.CallAt, &p.Easting, &p.Northing, &p.BoroughCode, &p.WardCode,
		&p.StationGround, &p.PumpOrder, &p.IncidentNumber, &p.Account, &a.Mean, &a.P50, &a.P90, &a.Within6, &a.Within10, &response, &request)
	if err != nil {
		return p, err
	}
	p.Request = request
	if response != nil {
		p.Response = &ml.Answer{}
		return p, json.Unmarshal(response, p.Response)
	}
	return p, nil
}
