package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
	"unsafe"

	"lfb/internal/lfb"
)

// lots is how many lots the rows are dealt out to by incident number: each is
// joined by itself, on whatever core is free. A lot of all that was ever
// published fits a core's cache.
const lots = 128

// Rows are the two tables in memory, as compact as the join needs them, in any
// order: 104 bytes an incident and 48 a mobilisation, without a pointer among them.
type Rows struct {
	reported func(*lfb.Incident) string
	seed     uint64     // of the numbers' hash
	mu       sync.Mutex // over the words, the numbers and the files
	dicts    [textCount]*dictionary
	reports  *dictionary // of PerformanceReporting
	numbers  numbers
	files    []*FileRows
}

// NewRows is empty. What a caller reported is asked of reported (package clean's
// Reported).
func NewRows(reported func(*lfb.Incident) string) *Rows {
	return &Rows{reported: reported, seed: rand.Uint64(), dicts: newDictionaries(), reports: newDictionary()}
}

// File takes up the rows of one more file. Several files may be added to at once,
// each by one goroutine. Of an incident that comes more than once the first row
// of the first file counts.
func (r *Rows) File() *FileRows {
	f := &FileRows{all: r}
	for k := range f.words {
		f.words[k] = newKnownWords(r, r.dicts[k])
	}
	f.reports = newKnownWords(r, r.reports)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = append(r.files, f)
	return f
}

// FileRows are the rows of one file, dealt out.
type FileRows struct {
	all     *Rows
	words   [textCount]knownWords
	reports knownWords
	today   londonDate
	lots    [lots]lot
}

// lot is what one file has for one lot. Rows are kept in slabs, so that none
// is moved when more come.
type lot struct {
	calls [][]call
	sent  [][]sent
}

const (
	callSlab = 128
	sentSlab = 256
)

// call is one incident. Its record lacks what each engine has of its own.
type call struct {
	record
	doubt doubt
	own   [2]ownTime
}

// ownTime is what the incident's own columns say of an engine.
type ownTime struct {
	seconds int32 // missing where unknown
	station uint16
}

// doubt is what is wrong with an incident: counted when an engine's time is known.
type doubt uint8

const (
	noTime   doubt = 1 << iota // no time of call
	nowhere                    // no place
	abroad                     // no borough
	distant                    // coordinates far from London
	repeated                   // called in the hour that the clock shows twice; at is the first pass
)

// sent is one mobilisation. Instants are Unix seconds, unknown where not given.
type sent struct {
	id                       number // of the incident
	resource                 int64
	mobilised, arrived       int64
	attendance, order, delay int32
	report, station          uint16
	pump                     uint8 // reported as: 1, 2, or 0 neither
	seconds                  bool  // mobilised to the second
}

// unknown is an instant that is not given. It is earlier than any.
const unknown = math.MinInt64

// Incident adds one row; of inc nothing is kept but words, which do not change.
func (f *FileRows) Incident(inc *lfb.Incident) error {
	c, err := f.call(inc)
	if err != nil {
		return fmt.Errorf("incident %q: %w", inc.IncidentNumber, err)
	}
	c.id = f.number(inc.IncidentNumber)
	s := f.lot(c.id)
	s.calls = push(s.calls, callSlab, c)
	return nil
}

// Mobilisation adds one row; of m nothing is kept but words, which do not change.
func (f *FileRows) Mobilisation(m *lfb.Mobilisation) error {
	if err := checkNumber(m.IncidentNumber); err != nil {
		return fmt.Errorf("mobilisation %d: %w", m.ResourceMobilisationID, err)
	}
	o := sent{
		resource: m.ResourceMobilisationID, mobilised: instant(m.MobilisedAt), arrived: instant(m.ArrivedAt),
		attendance: clamp(m.AttendanceTimeSeconds), order: whole(m.PumpOrder), delay: whole(m.DelayCodeID),
		seconds: m.MobilisedHasSeconds,
	}
	switch m.PerformanceReporting {
	case "1":
		o.pump = 1
	case "2":
		o.pump = 2
	}
	var err error
	if o.report, err = f.reports.code(m.PerformanceReporting); err != nil {
		return fmt.Errorf("mobilisation %d: performance_reporting: %w", o.resource, err)
	}
	if o.station, err = f.words[textArrivedFrom].code(m.DeployedFromStationName); err != nil {
		return fmt.Errorf("mobilisation %d: arrived_from: %w", o.resource, err)
	}
	o.id = f.number(m.IncidentNumber)
	s := f.lot(o.id)
	s.sent = push(s.sent, sentSlab, o)
	return nil
}

// push adds v behind the last of slabs, which has room for size.
func push[T any](slabs [][]T, size int, v T) [][]T {
	if n := len(slabs); n == 0 || len(slabs[n-1]) == size {
		slabs = append(slabs, make([]T, 0, size))
	}
	last := &slabs[len(slabs)-1]
	*last = append(*last, v)
	return slabs
}

func checkNumber(number string) error {
	if n := len(number); n == 0 || n > math.MaxUint8 {
		return fmt.Errorf("incident number of %d characters: %w", n, lfb.ErrInvalid)
	}
	return nil
}

// number is numbers.of for several goroutines.
func (f *FileRows) number(text string) number {
	if n, ok := usual(text); ok {
		return n
	}
	f.all.mu.Lock()
	defer f.all.mu.Unlock()
	return f.all.numbers.of([]byte(text))
}

// lot finds where the rows of an incident go.
func (f *FileRows) lot(id number) *lot { return &f.lots[id.hash(f.all.seed)>>32%lots] }

// call is an incident as the join needs it.
func (f *FileRows) call(inc *lfb.Incident) (c call, err error) {
	if err := checkNumber(inc.IncidentNumber); err != nil {
		return c, err
	}
	if inc.CalledAt.IsZero() {
		c.doubt = noTime
		return c, nil
	}
	var twice bool
	c.at, c.day, twice = f.today.of(inc.CalledAt)
	if twice {
		c.doubt |= repeated
	}
	p, doubts := placeOf(inc)
	c.doubt |= doubts
	c.num = [numCount]int32{
		numEasting: p.easting, numNorthing: p.northing,
		numAttendance: missing, numHandling: missing, numDelay: missing,
		numStations: whole(inc.NumStationsWithPumpsAttending), numPumps: whole(inc.NumPumpsAttending),
		numPumpCount: whole(inc.PumpCount), numPumpMinutes: whole(inc.PumpMinutesRounded),
	}
	for k, word := range [textCount]string{
		textBorough: p.borough, textWard: p.ward, textDistrict: p.district, textGround: p.ground,
		textReported: f.all.reported(inc), textCategory: inc.PropertyCategory, textType: inc.PropertyType,
		textGroup: inc.IncidentGroup, textStop: inc.StopCodeDescription,
	} {
		if c.text[k], err = f.words[k].code(word); err != nil {
			return c, fmt.Errorf("text column %d: %w", k, err)
		}
	}
	for i, own := range [2]struct {
		seconds lfb.Opt[int]
		station string
	}{
		{inc.FirstPumpArrivingAttendanceTime, inc.FirstPumpArrivingDeployedFromStation},
		{inc.SecondPumpArrivingAttendanceTime, inc.SecondPumpArrivingDeployedFromStation},
	} {
		c.own[i].seconds = clamp(own.seconds)
		if c.own[i].station, err = f.words[textArrivedFrom].code(own.station); err != nil {
			return c, fmt.Errorf("arrived_from: %w", err)
		}
	}
	return c, nil
}

// clamp is a number of seconds in 32 bits: what lies beyond is too many in either.
func clamp(v lfb.Opt[int]) int32 {
	if !v.OK {
		return missing
	}
	return int32(min(max(v.V, missing+1), math.MaxInt32))
}

func instant(t lfb.Opt[time.Time]) int64 {
	if !t.OK {
		return unknown
	}
	return t.V.Unix()
}

// knownWords are the codes that one file met: the table of all files is asked once
// for each word.
type knownWords struct {
	all    *Rows
	dict   *dictionary
	codes  map[string]uint16
	recent [recentWords]knownWord
}

// knownWord is a word by where it is, which keeps it there.
type knownWord struct {
	at   *byte
	n    uint32
	code uint16
}

func (k *knownWord) is(word string) bool {
	return k.at == unsafe.StringData(word) && k.n == uint32(len(word))
}

// recentWords are found by where they are in memory: who parses a file has one copy
// of each. They share slots by twos.
const recentWords = 1 << recentBits

const recentBits = 11

func newKnownWords(all *Rows, dict *dictionary) knownWords {
	return knownWords{all: all, dict: dict, codes: map[string]uint16{}}
}

// code is dictionary.code for several goroutines.
func (k *knownWords) code(word string) (uint16, error) {
	if word == "" {
		return 0, nil
	}
	at := uint64(uintptr(unsafe.Pointer(unsafe.StringData(word)))) * 0x9e3779b97f4a7c15 >> (64 - recentBits) &^ 1
	if r := &k.recent[at]; r.is(word) {
		return r.code, nil
	}
	if r := &k.recent[at+1]; r.is(word) {
		return r.code, nil
	}
	return k.look(word, &k.recent[at], &k.recent[at+1])
}

// look finds a word that is not among the recent, and makes it the first of two.
func (k *knownWords) look(word string, first, second *knownWord) (uint16, error) {
	code, ok := k.codes[word]
	if !ok {
		k.all.mu.Lock()
		defer k.all.mu.Unlock()
		var err error
		if code, err = k.dict.code(word); err != nil {
			return 0, err
		}
		k.codes[k.dict.words[code]] = code // its own memory
	}
	*first, *second = knownWord{unsafe.StringData(word), uint32(len(word)), code}, *first
	return code, nil
}
