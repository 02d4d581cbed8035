package serve

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"lfb/internal/ml"
)

// lines is memory for the log's records of one request.
type lines struct {
	buf  []byte
	ends []int
}

// maxKept is the largest memory that waits for the next request, in bytes.
const maxKept = 1 << 20

// log gives every reply its id and spools them all by one write.
func (d *Desk) log(replies []Reply, questions []Question) error {
	l, _ := d.lines.Get().(*lines)
	if l == nil {
		l = &lines{}
	}
	defer func() {
		if cap(l.buf) <= maxKept {
			d.lines.Put(l)
		}
	}()
	l.buf, l.ends = l.buf[:0], l.ends[:0]
	for i := range replies {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		replies[i].ID = id.String()
		if l.buf, err = appendRecord(l.buf, &replies[i], &questions[i]); err != nil {
			return err
		}
		l.buf = append(l.buf, '\n')
		l.ends = append(l.ends, len(l.buf))
	}
	if err := d.spool.AppendLines(l.buf); err != nil {
		return err
	}
	from := 0
	for i, end := range l.ends {
		d.recent.add(replies[i].ID, l.buf[from:end-1])
		from = end
	}
	return nil
}

// appendRecord appends what json.Marshal makes of the reply's
// registry.Prediction, without reflection: it is written for every answer.
func appendRecord(b []byte, r *Reply, q *Question) ([]byte, error) {
	text := func(key, v string) { b = appendString(append(b, key...), v) }
	number := func(key string, v float64) { b = appendNumber(append(b, key...), v) }
	text(`{"id":`, r.ID)
	b = appendTime(append(b, `,"at":`...), r.At)
	text(`,"line":`, r.Model.Promotion.Line)
	text(`,"version":`, r.Model.Version.ID)
	b = appendTime(append(b, `,"call_at":`...), r.Call.At.UTC())
	number(`,"easting":`, known(r.Call.Easting))
	number(`,"northing":`, known(r.Call.Northing))
	text(`,"borough_code":`, r.Call.BoroughCode)
	text(`,"ward_code":`, r.Call.WardCode)
	text(`,"station_ground":`, r.Call.StationGround)
	b = strconv.AppendInt(append(b, `,"pump_order":`...), int64(r.Call.PumpOrder), 10)
	if q.IncidentNumber != "" {
		text(`,"incident_number":`, q.IncidentNumber)
	}
	text(`,"account":`, q.Account)
	b = appendAnswer(append(b, `,"attendance":`...), &r.Attendance)
	if r.Response != nil {
		b = appendAnswer(append(b, `,"response":`...), r.Response)
	}
	b, err := appendRequest(append(b, `,"request":`...), q.Request)
	return append(b, '}'), err
}

// appendRequest appends a request on one line.
func appendRequest(b []byte, request json.RawMessage) ([]byte, error) {
	if len(request) == 0 {
		return append(b, "null"...), nil
	}
	w := bytes.NewBuffer(b)
	err := json.Compact(w, request)
	return w.Bytes(), err
}

func appendAnswer(b []byte, a *ml.Answer) []byte {
	b = appendNumber(append(b, `{"mean":`...), a.Mean)
	b = appendNumber(append(b, `,"p50":`...), a.P50)
	b = appendNumber(append(b, `,"p90":`...), a.P90)
	b = appendNumber(append(b, `,"p_within_6_minutes":`...), a.Within6)
	b = appendNumber(append(b, `,"p_within_10_minutes":`...), a.Within10)
	return append(b, '}')
}

func appendNumber(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'g', -1, 64) }

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}

// appendString appends s as JSON; what is not plain goes the long way.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			text, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always encodes
			}
			return append(b, text...)
		}
	}
	b = slices.Grow(b, len(s)+2)
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
