package dataset

import (
	"fmt"
	"math"
	"strings"
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
	calledAt int64  // Unix seconds
	incident uint32 // position in the list of incident numbers
	day      int32  // days since 1970-01-01 of the call's date in London
	num      [numCount]int32
	text     [textCount]uint16
	pump     uint8
	from     targetFrom
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
	y, m, d := t.In(lfb.London).Date()
	return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// midnight is the start of a day in London.
func midnight(day int32) time.Time {
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, lfb.London)
}

// monthKey numbers the months one after the other; t is in London.
func monthKey(t time.Time) int { return t.Year()*12 + int(t.Month()) - 1 }

// monthName is a month by its key, as 2017-03.
func monthName(key int) string { return fmt.Sprintf("%04d-%02d", key/12, key%12+1) }

// toInt32 stores an optional number as a record does. Numbers beyond 32 bits are
// noise in this data and are missing.
func toInt32(v lfb.Opt[int]) int32 {
	if !v.OK || v.V <= missing || v.V > math.MaxInt32 {
		return missing
	}
	return int32(v.V)
}

// toFloat is the number as the domain has it: NaN where it is missing.
func toFloat(v int32) float64 {
	if v == missing {
		return math.NaN()
	}
	return float64(v)
}

// dictionary numbers the distinct texts of one column from 1; 0 is the empty text.
type dictionary struct {
	texts []string
	codes map[string]uint16
}

// code returns the number of text, which is new where it was not seen before.
func (d *dictionary) code(text string) (uint16, error) {
	c, ok := d.codes[text]
	if ok {
		return c, nil
	}
	if len(d.texts) > math.MaxUint16 {
		return 0, fmt.Errorf("%q is one text too many for a column of at most %d: %w", text, math.MaxUint16, lfb.ErrInvalid)
	}
	c, text = uint16(len(d.texts)), strings.Clone(text) // it may be part of a longer one
	d.texts = append(d.texts, text)
	d.codes[text] = c
	return c, nil
}

// codeBytes is code without an allocation for a text that was seen before.
func (d *dictionary) codeBytes(text []byte) (uint16, error) {
	if c, ok := d.codes[string(text)]; ok {
		return c, nil
	}
	return d.code(string(text))
}

type dictionaries [textCount]*dictionary

func newDictionaries() (ds dictionaries) {
	for k := range ds {
		ds[k] = &dictionary{texts: []string{""}, codes: map[string]uint16{"": 0}}
	}
	return ds
}
