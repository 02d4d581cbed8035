package dataset

import (
	"fmt"
	"math"
	"time"

	"lfb/internal/lfb"
)

// Positions of the texts of a row.
const (
	textBorough = iota
	textWard
	textDistrict
	textGround
	textReported
	textCategory
	textType
	textArrivedFrom
	textGroup
	textStop
	textCount
)

// Positions of the whole numbers of a row.
const (
	numEasting = iota
	numNorthing
	numAttendance
	numHandling
	numStations
	numPumps
	numPumpCount
	numPumpMinutes
	numDelay
	numCount
)

// missing stands for a number that is not known.
const missing = math.MinInt32

// record is one attendance in 80 bytes without a pointer, so that millions of
// them cost the garbage collector nothing. Texts are codes of dictionaries.
type record struct {
	at   int64 // Unix seconds of the call
	id   number
	day  int32 // days since 1970-01-01 of the call's date in London
	num  [numCount]int32
	text [textCount]uint16
	pump uint8
	from targetFrom
}

// targetFrom says which table an attendance time was read from.
type targetFrom uint8

const (
	fromIncident targetFrom = iota
	fromMobilisation
)

func (f targetFrom) String() string {
	if f == fromMobilisation {
		return "mobilisation"
	}
	return "incident"
}

// londonDay is the date of t in London as days since 1970-01-01.
func londonDay(t time.Time) int32 {
	t = t.In(lfb.London)
	_, offset := t.Zone()
	return int32(floorDiv(t.Unix()+int64(offset), 86400))
}

// londonDate is a day in London, of which many rows follow one another.
type londonDate struct {
	day        int32 // since 1970-01-01
	start, end int64 // Unix seconds; all in one offset from Greenwich
}

// of is the call's instant and its date in London, and whether the wall clock shows
// that time twice: the instant is the first of the two.
func (d *londonDate) of(t time.Time) (at int64, day int32, twice bool) {
	if at = t.Unix(); at >= d.start && at < d.end {
		return at, d.day, false
	}
	called, _, twice := passes(t.In(lfb.London))
	at, day = called.Unix(), londonDay(called)
	start, end := midnight(day).Unix(), midnight(day+1).Unix()
	if d.start, d.end = 0, 0; end-start == 86400 {
		d.day, d.start, d.end = day, start, end
	}
	return at, day, twice
}

// midnight is the start of a day in London.
func midnight(day int32) time.Time {
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, lfb.London)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// whole stores an optional number as a record does. Numbers beyond 32 bits are
// noise in this data and are missing.
func whole(v lfb.Opt[int]) int32 {
	if !v.OK || v.V <= missing || v.V > math.MaxInt32 {
		return missing
	}
	return int32(v.V)
}

// float is the number as the domain has it: NaN where it is missing.
func float(v int32) float64 {
	if v == missing {
		return math.NaN()
	}
	return float64(v)
}

// dictionary numbers the distinct texts of one column from 1; 0 is the empty text.
type dictionary struct {
	words []string
	bytes [][]byte // the same, as the Parquet writer wants them
	codes map[string]uint16
}

func newDictionary() *dictionary {
	return &dictionary{words: []string{""}, bytes: [][]byte{nil}, codes: map[string]uint16{"": 0}}
}

// code returns the number of word, which is new where it was not seen before.
func (d *dictionary) code(word string) (uint16, error) {
	if c, ok := d.codes[word]; ok {
		return c, nil
	}
	return d.add(string([]byte(word))) // a copy: word may be part of a file's buffer
}

// codeBytes is code for bytes that are still the caller's.
func (d *dictionary) codeBytes(word []byte) (uint16, error) {
	if c, ok := d.codes[string(word)]; ok {
		return c, nil
	}
	return d.add(string(word))
}

func (d *dictionary) add(word string) (uint16, error) {
	if len(d.words) > math.MaxUint16 {
		return 0, fmt.Errorf("%q is one text too many for a column of at most %d: %w", word, math.MaxUint16, lfb.ErrInvalid)
	}
	c := uint16(len(d.words))
	d.words = append(d.words, word)
	d.bytes = append(d.bytes, []byte(word))
	d.codes[word] = c
	return c, nil
}

func newDictionaries() (ds [textCount]*dictionary) {
	for k := range ds {
		ds[k] = newDictionary()
	}
	return ds
}
