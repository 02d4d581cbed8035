package mysql

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"lfb/internal/registry"
)

// LoggedPredictions streams the line's logged predictions of calls from from
// until before to, in the order of the calls, into one LoggedPrediction. An error
// comes last, with nil.
func (db *DB) LoggedPredictions(ctx context.Context, line string, from,
	to time.Time,
) iter.Seq2[*registry.LoggedPrediction, error] {
	// The index is named: for a long range the server would sort the whole table.
	const query = `SELECT Version, CallAt, Easting, Northing, PumpOrder, IncidentNumber, Mean, P50, P90, Within6, Within10, Availability
		FROM prediction FORCE INDEX (ByCall) WHERE CallAt >= ? AND CallAt < ? AND Line = ? ORDER BY CallAt, ID`
	return func(yield func(*registry.LoggedPrediction, error) bool) {
		var p registry.LoggedPrediction
		var availability []byte
		a := &p.Answer
		dest := []any{
			&p.Version, &p.CallAt, &p.Easting, &p.Northing, &p.PumpOrder, &p.IncidentNumber,
			&a.Mean, &a.P50, &a.P90, &a.Within6, &a.Within10, &availability,
		}
		for err := range Stream(ctx, db.read, dest, query, from.UTC(), to.UTC(), line) {
			if p.Usual = nil; err == nil && availability != nil {
				var u registry.AvailabilityUse
				err = json.Unmarshal(availability, &u)
				p.Usual = &u.Usual
			}
			if err != nil {
				yield(nil, Wrap(err, "logged predictions"))
				return
			}
			if !yield(&p, nil) {
				return
			}
		}
	}
}
