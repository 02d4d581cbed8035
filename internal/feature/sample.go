package feature

import (
	"context"
	"fmt"
	"math"
	"time"

	"lfb/internal/lfb"
)

// trainingSample is what Fit keeps of the training rows: about 60 bytes each.
type trainingSample struct {
	n        int
	e, north []float32 // metres, NaN unknown; exact, as places are multiples of a metre
	y        []float32 // seconds
	day      []int32
	hour     []int8 // hour of the week, Monday 0:00 = 0; -1 unknown
	pump     []int8 // 0 first engine, 1 second
	fold     []uint8
	from     []int32 // station that arrived, -1 unknown
	facts    [factCount][]int32

	stations []string
	vocab    [factCount]Vocabulary
	from0    int32 // first day
	to       int32 // last day
}

// collectSample reads all rows once, in order.
func collectSample(ctx context.Context, rows Rows, least int) (*trainingSample, error) {
	n := rows.Len()
	if n == 0 {
		return nil, fmt.Errorf("fit features on no rows: %w", lfb.ErrInvalid)
	}
	s := newSample(n)
	var counters [factCount]*wordCounter
	for f := range counters {
		counters[f] = newCounter()
	}
	arrivals := newCounter()
	var c lfb.Call
	var o lfb.Outcome
	for i := range n {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rows.Call(i, &c)
		rows.Outcome(i, &o)
		if err := s.addRow(i, &c, o.AttendanceSeconds); err != nil {
			return nil, err
		}
		for f := range factCount {
			s.facts[f][i] = counters[f].countWord(*f.wordOf(&c))
		}
		s.from[i] = arrivals.countWord(o.ArrivedFrom)
	}
	for f := range factCount {
		s.vocab[f] = renumberCodes(counters[f], s.facts[f], least)
	}
	s.stations = renumberCodes(arrivals, s.from, 0).Words
	return s, nil
}

func newSample(n int) *trainingSample {
	s := &trainingSample{
		n: n, e: make([]float32, n), north: make([]float32, n), y: make([]float32, n),
		day: make([]int32, n), hour: make([]int8, n), pump: make([]int8, n), fold: make([]uint8, n),
		from: make([]int32, n), from0: math.MaxInt32, to: math.MinInt32,
	}
	for f := range s.facts {
		s.facts[f] = make([]int32, n)
	}
	return s
}

// addRow adds the numbers of row i.
func (s *trainingSample) addRow(i int, c *lfb.Call, seconds float64) error {
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return fmt.Errorf("fit features: row %d: attendance %v: %w", i, seconds, lfb.ErrInvalid)
	}
	s.e[i], s.north[i] = float32(c.Easting), float32(c.Northing)
	if !hasPoint(c) {
		s.e[i] = float32(nan)
	}
	s.y[i] = float32(seconds)
	s.pump[i] = int8(engineIndex(c.PumpOrder))
	s.fold[i] = foldOf(c)
	s.day[i], s.hour[i] = 0, -1
	if !c.At.IsZero() {
		m := momentOf(c.At)
		s.day[i], s.hour[i] = m.day, int8(m.weekday*24+m.hour)
		s.from0, s.to = min(s.from0, m.day), max(s.to, m.day)
	}
	return nil
}

// hasPoint reports whether c has a usable point.
func hasPoint(c *lfb.Call) bool {
	return math.Abs(c.Easting) < 1e7 && math.Abs(c.Northing) < 1e7 // false for NaN and Inf
}

// engineIndex returns 0 for the first engine, 1 for any later one; an engine that is not
// given is the first.
func engineIndex(pumpOrder int) int {
	if pumpOrder >= 2 {
		return 1
	}
	return 0
}

// folds is how many parts training rows are split into, so that a row's own
// outcome stays out of the averages that it is given.
const folds = 5

// foldOf assigns a call to a fold by its time and place: both engines of an
// incident fall into the same one.
func foldOf(c *lfb.Call) uint8 {
	h := uint64(c.At.Unix())*0x9E3779B97F4A7C15 ^ math.Float64bits(c.Easting) ^ math.Float64bits(c.Northing)<<1
	h ^= h >> 30
	h *= 0xBF58476D1CE4E5B9
	h ^= h >> 27
	h *= 0x94D049BB133111EB
	h ^= h >> 31
	return uint8(h % folds)
}

// renumberCodes sorts a counter's words and rewrites codes to match.
func renumberCodes(c *wordCounter, codes []int32, least int) Vocabulary {
	v, order := c.buildVocabulary(least)
	for i, k := range codes {
		if k >= 0 {
			codes[i] = order[k]
		}
	}
	return v
}

// clockMoment is a time in London, by the calendar and the clock.
type clockMoment struct {
	day                   int32 // since 1970-01-01
	hour, minute, weekday int   // Monday = 0
	month                 int
}

func momentOf(t time.Time) clockMoment {
	t = t.In(lfb.London)
	year, month, day := t.Date()
	hour, minute, _ := t.Clock()
	d := civilDay(year, month, day)
	return clockMoment{day: d, hour: hour, minute: minute, month: int(month), weekday: int(((d+3)%7 + 7) % 7)}
}

// hourOfDay returns the time of day in hours.
func (m *clockMoment) hourOfDay() float64 { return float64(m.hour) + float64(m.minute)/60 }
