package user

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// appendPrediction appends what the JSON encoder makes of prediction(r), byte for
// byte, without reflection: it is written for every answer.
func appendPrediction(b []byte, r *serve.Reply) []byte {
	b = appendText(append(b, `{"id":`...), r.ID)
	b = appendInstant(append(b, `,"at":`...), r.At)
	b = appendTimes(append(b, `,"attendance":`...), &r.Attendance)
	if b = append(b, `,"response":`...); r.Response == nil {
		b = append(b, "null"...)
	} else {
		b = appendTimes(b, r.Response)
	}
	if no := warning.NoResponse(r); no != "" {
		b = appendText(append(b, `,"no_response":`...), no)
	}
	b = appendPlace(append(b, `,"place":`...), r)
	b = strconv.AppendInt(append(b, `,"pump":`...), int64(r.Call.PumpOrder), 10)
	b = appendTexts(append(b, `,"assumed":`...), r.Assumed)
	b = appendTexts(append(b, `,"warnings":`...), warning.Texts(r))
	n := note(r.Model)
	b = appendText(append(b, `,"model":{"version":`...), n.Version)
	b = strconv.AppendInt(append(b, `,"revision":`...), n.Revision, 10)
	b = appendText(append(b, `,"candidate":`...), n.Candidate)
	b = appendInstant(append(b, `,"trained_to":`...), n.TrainedTo)
	if n.Synthetic {
		b = append(b, `,"synthetic":true`...)
	}
	return append(b, `}}`...)
}

func appendTimes(b []byte, a *ml.Answer) []byte {
	b = appendFloat(append(b, `{"mean_seconds":`...), a.Mean)
	b = appendFloat(append(b, `,"p50_seconds":`...), a.P50)
	b = appendFloat(append(b, `,"p90_seconds":`...), a.P90)
	b = appendFloat(append(b, `,"p_within_6_minutes":`...), a.Within6)
	b = appendFloat(append(b, `,"p_within_10_minutes":`...), a.Within10)
	b = appendMinutes(append(b, `,"text":"`...), a.P50)
	b = appendMinutes(append(b, `, nine in ten within `...), a.P90)
	return append(b, `"}`...)
}

// appendMinutes appends seconds as m:ss.
func appendMinutes(b []byte, seconds float64) []byte {
	s := int64(seconds + 0.5)
	b = append(strconv.AppendInt(b, s/60, 10), ':')
	if s%60 < 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, s%60, 10)
}

func appendPlace(b []byte, r *serve.Reply) []byte {
	b = append(b, '{')
	from := len(b)
	field := func(name string) {
		if len(b) > from {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":`...)
	}
	for _, f := range [2]struct {
		name string
		v    float64
	}{{"easting", finite(r.Call.Easting)}, {"northing", finite(r.Call.Northing)}} {
		if f.v != 0 {
			field(f.name)
			b = appendFloat(b, f.v)
		}
	}
	for _, f := range [4]struct{ name, v string }{
		{"borough_code", r.Call.BoroughCode},
		{"ward_code", r.Call.WardCode},
		{"postcode_district", r.Call.PostcodeDistrict},
		{"station_ground", r.Call.StationGround},
	} {
		if f.v != "" {
			field(f.name)
			b = appendText(b, f.v)
		}
	}
	return append(b, '}')
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

// appendText appends s as a JSON string; what is not plain goes the long way.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			var w bytes.Buffer
			e := json.NewEncoder(&w)
			e.SetEscapeHTML(false)
			if e.Encode(s) != nil {
				return append(b, `""`...) // a string always encodes
			}
			return append(b, bytes.TrimSuffix(w.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendFloat appends v as package encoding/json does.
func appendFloat(b []byte, v float64) []byte {
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		b = strconv.AppendFloat(b, v, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
			b[n-2] = b[n-1] // e-09 is written e-9
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

func appendInstant(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
