package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/google/uuid"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/spool"
)

// logReplies gives every reply its id and spools them all by one write, but those to
// previews.
func (p *Predictor) logReplies(replies []Reply, questions []Question) error {
	var logged []registry.Prediction
	var records [][]byte
	for i := range replies {
		if questions[i].Preview {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		replies[i].ID = id.String()
		kept := newRecord(&replies[i], &questions[i])
		if say := questions[i].Say; say != nil {
			if kept.Said, err = say(&replies[i]); err != nil {
				return err
			}
		}
		record, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		logged, records = append(logged, kept), append(records, record)
	}
	if len(records) == 0 {
		return nil
	}
	if err := p.spool.Append(records...); err != nil {
		return err
	}
	for i := range logged {
		p.recent.addRecord(&logged[i], records[i])
	}
	return nil
}

// newRecord is what the log keeps of an answer.
func newRecord(r *Reply, q *Question) registry.Prediction {
	return registry.Prediction{
		ID: r.ID, At: r.At, Line: r.Model.Promotion.Line, Version: r.Model.Version.ID, CallAt: r.Call.At.UTC(),
		Easting: orZero(r.Call.Easting), Northing: orZero(r.Call.Northing),
		BoroughCode: r.Call.BoroughCode, WardCode: r.Call.WardCode, StationGround: r.Call.StationGround,
		PumpOrder: r.Call.PumpOrder, IncidentNumber: q.IncidentNumber, Account: q.Account,
		Attendance: r.Attendance, Response: r.Response, Request: q.Request, Availability: r.Availability,
	}
}

// orZero is v, and 0 where v is not known: JSON has no NaN.
func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// Predictions is where shipped answers go.
type Predictions interface {
	SavePredictions(ctx context.Context, ps []registry.Prediction) error
}

// Ship is the spool's way into the prediction log. A record that cannot be read is
// lfb.ErrInvalid.
func Ship(store Predictions) spool.Ship {
	return func(ctx context.Context, records [][]byte) error {
		ps := make([]registry.Prediction, len(records))
		for i, rec := range records {
			if err := json.Unmarshal(rec, &ps[i]); err != nil {
				return fmt.Errorf("spooled prediction %d: %w: %w", i, err, lfb.ErrInvalid)
			}
		}
		return store.SavePredictions(ctx, ps)
	}
}
