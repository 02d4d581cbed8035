package user

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"lfb/internal/serve"
)

// quick answers the common request, one call as plain JSON with nothing unusual
// in it, without the detours of the general way (decoding to any, validating by
// schema, decoding again, encoding by reflection). Whatever it does not take goes
// that way untouched: all that is wrong or rare is treated and worded in one place.
//
//	POST, application/json, flat, plain ASCII, known fields, in bounds ─▶ here
//	anything else ───────────────────────────────────────────────────▶ next
type quick struct {
	api  *api
	next http.Handler
	pool sync.Pool // of *quickMemory
}

type quickMemory struct {
	body   bytes.Buffer
	fields []jsonField
	out    []byte
}

func (a *api) quick(next http.Handler) http.Handler {
	q := &quick{api: a, next: next}
	q.pool.New = func() any { return &quickMemory{} }
	return q
}

// ServeHTTP meets http.Handler.
func (q *quick) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	legacy := r.URL.Path == "/predict"
	if r.Method != http.MethodPost || !legacy && r.URL.Path != "/v1/predictions" || r.URL.RawQuery != "" ||
		r.ContentLength <= 0 || r.ContentLength > maxOne || !quickMedia(r.Header, legacy) {
		q.next.ServeHTTP(w, r)
		return
	}
	m := q.pool.Get().(*quickMemory)
	defer q.pool.Put(m)
	m.body.Reset()
	if _, err := m.body.ReadFrom(r.Body); err != nil {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(bytes.Clone(m.body.Bytes())), failing{err}))
		q.next.ServeHTTP(w, r)
		return
	}
	raw := m.body.Bytes()
	var ok bool
	if m.fields, ok = flatObject(m.fields[:0], raw); ok {
		if legacy {
			ok = q.legacy(w, r, m)
		} else {
			ok = q.predict(w, r, m)
		}
	}
	if !ok {
		r.Body = io.NopCloser(bytes.NewReader(bytes.Clone(raw)))
		q.next.ServeHTTP(w, r)
	}
}

// failing is a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func quickMedia(h http.Header, legacy bool) bool {
	if media := h.Get("Content-Type"); media != "application/json" {
		return false
	}
	accept := h.Get("Accept")
	return accept == "" || accept == "*/*" || accept == "application/json" && !legacy || accept == "text/plain" && legacy
}

// predict is one call of /v1/predictions; false where it is not for here.
func (q *quick) predict(w http.ResponseWriter, r *http.Request, m *quickMemory) bool {
	start := time.Now()
	a := q.api
	var in row
	for i := range m.fields {
		f := &m.fields[i]
		u, ok := a.columns[f.name]
		if !ok || u.field != f.name || f.name == "time" && !plainTime(f.cell.text) || u.set(&in, f.cell) != "" {
			return false
		}
	}
	question, bad := in.Call.question(a.Now())
	if len(bad) > 0 {
		return false
	}
	question.Account, question.Request = account(r.Context()), m.body.Bytes()
	replies, err := a.Desk.Ask(r.Context(), []serve.Question{question})
	if err != nil {
		return false // what is wrong is found again, and said
	}
	reply := &replies[0]
	a.Metrics.answered(reply, time.Since(start))
	m.out = append(appendPrediction(m.out[:0], reply), '\n')
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Server-Timing", serverTiming(reply.Took))
	_, _ = w.Write(m.out) // the client may be gone
	return true
}

// legacy is a body of /predict; false where it is not for here.
func (q *quick) legacy(w http.ResponseWriter, r *http.Request, m *quickMemory) bool {
	var n NewCall
	given := 0
	for i := range m.fields {
		required, ok := n.take(&m.fields[i])
		if !ok {
			return false
		}
		if required {
			given++
		}
	}
	if given != 5 {
		return false
	}
	out, err := q.api.answerLegacy(context.WithoutCancel(r.Context()), &n, m.body.Bytes(), false)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", out.ContentType)
	h.Set("Server-Timing", out.ServerTiming)
	if out.Warning != "" {
		h.Set("Warning", out.Warning)
	}
	_, _ = w.Write(out.Body) // the client may be gone
	return true
}

// take sets the field's value; false where it is not simply right.
func (n *NewCall) take(f *jsonField) (required, ok bool) {
	text := func(dst *string, most int) (bool, bool) {
		*dst = f.cell.text
		return true, f.cell.kind == textCell && len(f.cell.text) <= most
	}
	number := func(dst *float64) (bool, bool) {
		*dst = f.cell.num
		return true, f.cell.kind == numberCell
	}
	optional := func(dst **float64, least float64) (bool, bool) {
		if f.cell.kind == numberCell {
			v := f.cell.num
			*dst = &v
		}
		return false, f.cell.kind == emptyCell && f.null || f.cell.kind == numberCell && f.cell.num >= least
	}
	whole := func(dst **Whole, lo, hi float64) (bool, bool) {
		v := f.cell.num
		if f.cell.kind == numberCell && v == math.Trunc(v) && v >= lo && v <= hi {
			n := Whole(v)
			*dst = &n
			return false, true
		}
		return false, f.cell.kind == emptyCell && f.null
	}
	any := math.Inf(-1)
	switch f.name {
	case "IncGeo_BoroughCode":
		return text(&n.BoroughCode, 12)
	case "IncGeo_WardCode":
		return text(&n.WardCode, 12)
	case "IncidentStationGround":
		return text(&n.StationGround, 60)
	case "Easting_rounded":
		return number(&n.EastingRounded)
	case "Northing_rounded":
		return number(&n.NorthingRounded)
	case "HourOfCall":
		return whole(&n.HourOfCall, 0, 23)
	case "Month":
		return whole(&n.Month, 1, 12)
	case "PumpOrder":
		return optional(&n.PumpOrder, 1)
	case "NumStationsWithPumpsAttending":
		return optional(&n.NumStations, any)
	case "NumPumpsAttending":
		return optional(&n.NumPumps, any)
	case "PumpCount":
		return optional(&n.PumpCount, any)
	case "PumpHoursRoundUp":
		return optional(&n.PumpHoursRoundUp, any)
	case "DelayCodeId":
		return optional(&n.DelayCodeID, any)
	}
	return false, false
}

// plainTime says whether text has the shape 2017-03-08T14:25:00Z, or is none.
func plainTime(text string) bool {
	return text == "" || len(text) == 20 && text[19] == 'Z'
}

// jsonField is a field of a flat JSON object.
type jsonField struct {
	name string
	cell cell
	null bool
}

// flatObject appends the fields of a JSON object whose values are numbers, nulls
// and plain texts; false for any other body, wrong ones included. The fields are
// parts of one copy of the body.
func flatObject(dst []jsonField, body []byte) ([]jsonField, bool) {
	s := scanner{b: string(body)}
	if !s.next('{') {
		return dst, false
	}
	if s.next('}') {
		return dst, s.end()
	}
	for {
		name, ok := s.text()
		if !ok || !s.next(':') {
			return dst, false
		}
		for i := range dst {
			if dst[i].name == name {
				return dst, false
			}
		}
		f := jsonField{name: name}
		if !s.value(&f) {
			return dst, false
		}
		dst = append(dst, f)
		switch {
		case s.next(','):
		case s.next('}'):
			return dst, s.end()
		default:
			return dst, false
		}
	}
}

type scanner struct {
	b string
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// next takes c, where it is what comes next.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) end() bool {
	s.space()
	return s.i == len(s.b)
}

// text takes a string of plain ASCII.
func (s *scanner) text() (string, bool) {
	if !s.next('"') {
		return "", false
	}
	for from := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[from : s.i-1], true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

func (s *scanner) value(f *jsonField) bool {
	s.space()
	rest := s.b[s.i:]
	switch {
	case len(rest) == 0:
		return false
	case rest[0] == '"':
		text, ok := s.text()
		f.cell = cell{kind: textCell, text: text}
		return ok
	case strings.HasPrefix(rest, "null"):
		s.i += 4
		f.null = true
		return true
	}
	n := 0
	for n < len(rest) && strings.IndexByte("+-.0123456789eE", rest[n]) >= 0 {
		n++
	}
	if n == 0 || !json.Valid([]byte(rest[:n])) {
		return false
	}
	v, err := strconv.ParseFloat(rest[:n], 64)
	if err != nil {
		return false
	}
	s.i += n
	f.cell = cell{kind: numberCell, num: v}
	return true
}
