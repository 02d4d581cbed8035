package mysql

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// LoggedPredictions streams the line's logged predictions of calls from from
// until before to, in the order of the calls, into one LoggedPrediction. An error
// comes last, with nil.
func (db *DB) LoggedPredictions(ctx context.Context, line string, from, to time.Time) iter.Seq2[*registry.LoggedPrediction, error] {
	return func(yield func(*registry.LoggedPrediction, error) bool) {
		if strings.ContainsAny(line, `'\"`) { // the driver is asked past its own quoting
			yield(nil, fmt.Errorf("line %q: %w", line, lfb.ErrInvalid))
			return
		}
		conn, err := db.read.Conn(ctx)
		if err != nil {
			yield(nil, wrap(err, "logged predictions"))
			return
		}
		defer conn.Close()
		const layout = "2006-01-02 15:04:05.000000"
		// The index is named: for a long range the server would sort the whole table.
		query := `SELECT Version, CallAt, Easting, Northing, PumpOrder, IncidentNumber, Mean, P50, P90, Within6, Within10
			FROM prediction FORCE INDEX (ByCall) WHERE CallAt >= '` + from.UTC().Format(layout) + "' AND CallAt < '" +
			to.UTC().Format(layout) + "' AND Line = '" + line + "' ORDER BY CallAt, ID"
		for row, err := range stream(ctx, conn, query, 11, readLogged) {
			if !yield(row, wrap(err, "logged predictions")) {
				return
			}
		}
	}
}

func readLogged(v *values, p *registry.LoggedPrediction) {
	*p = registry.LoggedPrediction{
		Version: v.text(), CallAt: v.time(), Easting: v.float64(), Northing: v.float64(),
		PumpOrder: v.int(), IncidentNumber: v.fresh(),
		Answer: ml.Answer{Mean: v.float64(), P50: v.float64(), P90: v.float64(), Within6: v.float64(), Within10: v.float64()},
	}
}

func (v *values) float64() float64 {
	switch x := v.take().(type) {
	case float64:
		return x
	case float32:
		return float64(x)
	case []byte:
		f, err := strconv.ParseFloat(string(x), 64)
		if err != nil {
			v.fail(string(x))
		}
		return f
	default:
		v.fail(x)
		return 0
	}
}
