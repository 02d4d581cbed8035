package dataset

import (
	"bytes"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

var levelEncoding = rle.Encoding{BitWidth: 1}

// gather reads one column of all rows.
func (e *encoder) gather(c *planned) {
	rows := e.rows.rows
	e.levels, e.ints, e.longs = e.levels[:0], e.ints[:0], e.longs[:0]
	e.texts, e.ends, e.words, e.numbers = e.texts[:0], e.ends[:0], e.words[:0], e.numbers[:0]
	switch c.kind {
	case kindID:
		e.ends = append(e.ends, 0)
		for i := range rows {
			e.texts = e.rows.numbers.append(e.texts, rows[i].id)
			e.ends = append(e.ends, uint32(len(e.texts)))
		}
	case kindTime:
		for i := range rows {
			e.longs = append(e.longs, rows[i].at*1000)
		}
	case kindText:
		e.codes(c.at)
	case kindFrom:
		e.places.reset(0, int32(fromMobilisation))
		for i := range rows {
			e.word(int32(rows[i].from), fromWords[rows[i].from])
		}
	case kindPump:
		e.places.reset(0, math.MaxUint8)
		for i := range rows {
			e.ints = append(e.ints, e.number(int32(rows[i].pump)))
		}
	case kindNumber:
		e.values(c)
	}
}

var fromWords = [...][]byte{
	fromIncident:     []byte(fromIncident.String()),
	fromMobilisation: []byte(fromMobilisation.String()),
}

// codes reads one column of texts.
func (e *encoder) codes(at int) {
	rows, words := e.rows.rows, e.dicts[at].bytes
	e.places.reset(0, int32(len(words)-1))
	table := e.places.table // codes are of 16 bits: always close together
	levels, ints := slices.Grow(e.levels, len(rows))[:len(rows)], slices.Grow(e.ints, len(rows))[:len(rows)]
	n := 0
	for i := range rows {
		code := rows[i].text[at]
		if code == 0 {
			levels[i] = 0
			continue
		}
		levels[i] = 1
		place := &table[code]
		if *place == 0 {
			e.words = append(e.words, words[code])
			*place = int32(len(e.words))
		}
		ints[n] = *place - 1
		n++
	}
	e.levels, e.ints = levels, ints[:n]
}

// values reads one column of numbers.
func (e *encoder) values(c *planned) {
	rows := e.rows.rows
	if c.dict {
		e.places.reset(e.span(c.at))
	}
	levels, ints := slices.Grow(e.levels, len(rows))[:len(rows)], slices.Grow(e.ints, len(rows))[:len(rows)]
	n := 0
	for i := range rows {
		v := rows[i].num[c.at]
		levels[i] = 1
		if c.Null && v == missing {
			levels[i] = 0
			continue
		}
		if c.dict {
			v = e.number(v)
		}
		ints[n] = v
		n++
	}
	e.levels, e.ints = levels, ints[:n]
}

// word adds a row's text, which the dictionary has from its first row on.
func (e *encoder) word(code int32, text []byte) {
	n, fresh := e.places.of(code)
	if fresh {
		e.words = append(e.words, text)
	}
	e.ints = append(e.ints, n)
}

// number is the place of v in the dictionary, which has it from its first row on.
func (e *encoder) number(v int32) int32 {
	n, fresh := e.places.of(v)
	if fresh {
		e.numbers = append(e.numbers, v)
	}
	return n
}

// span is the least and the greatest of a number that is known.
func (e *encoder) span(at int) (low, high int32) {
	low, high = math.MaxInt32, math.MinInt32
	for i := range e.rows.rows {
		if v := e.rows.rows[i].num[at]; v != missing {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

// places numbers values from 0 in the order in which they are first met: by
// table where they lie close together, as nearly always, else by map.
type places struct {
	low   int32
	table []int32 // 1 + number, by value - low
	far   map[int32]int32
	n     int32
}

const closeTogether = 1 << 18

// reset forgets all values; the next lie within low and high.
func (p *places) reset(low, high int32) {
	p.low, p.n, p.far = low, 0, nil
	size := int64(high) - int64(low) + 1
	if size > closeTogether {
		p.far = map[int32]int32{}
		return
	}
	size = max(size, 0) // no values at all
	p.table = slices.Grow(p.table[:0], int(size))[:size]
	clear(p.table)
}

// of is the number of v, and whether it was given now.
func (p *places) of(v int32) (number int32, fresh bool) {
	if p.far != nil {
		number, known := p.far[v]
		if !known {
			number = p.n
			p.far[v] = number
			p.n++
		}
		return number, !known
	}
	at := &p.table[v-p.low]
	if *at == 0 {
		p.n++
		*at = p.n
		return p.n - 1, true
	}
	return *at - 1, false
}

// pack encodes a page's values into e.packed.
func (e *encoder) pack(c *planned, p *page) (format.Encoding, error) {
	var err error
	switch {
	case c.kind == kindID:
		e.packed, err = parquet.DeltaByteArray.EncodeByteArray(e.packed, e.texts, e.ends[p.from:p.to+1])
		return format.DeltaByteArray, err
	case c.kind == kindTime:
		e.packed, err = parquet.DeltaBinaryPacked.EncodeInt64(e.packed, e.longs[p.from:p.to])
		return format.DeltaBinaryPacked, err
	case c.dict:
		e.packed, err = parquet.RLEDictionary.EncodeInt32(e.packed, e.ints[p.from:p.to])
		return format.RLEDictionary, err
	}
	e.packed, err = parquet.Plain.EncodeInt32(e.packed, e.ints[p.from:p.to])
	return format.Plain, err
}

// bounds finds the least and the greatest value of a page.
func (e *encoder) bounds(c *planned, p *page) {
	switch {
	case p.from == p.to:
	case c.kind == kindID:
		low := e.texts[e.ends[p.from]:e.ends[p.from+1]]
		high := low
		for i := p.from + 1; i < p.to; i++ {
			text := e.texts[e.ends[i]:e.ends[i+1]]
			if bytes.Compare(text, low) < 0 {
				low = text
			} else if bytes.Compare(text, high) > 0 {
				high = text
			}
		}
		p.low, p.high = parquet.ByteArrayValue(low), parquet.ByteArrayValue(high)
	case c.kind == kindTime:
		p.low, p.high = parquet.Int64Value(slices.Min(e.longs[p.from:p.to])), parquet.Int64Value(slices.Max(e.longs[p.from:p.to]))
	case !c.dict:
		p.low, p.high = parquet.Int32Value(slices.Min(e.ints[p.from:p.to])), parquet.Int32Value(slices.Max(e.ints[p.from:p.to]))
	case len(e.words) > 0:
		low, high := least(e, p, e.words, bytes.Compare)
		p.low, p.high = parquet.ByteArrayValue(low), parquet.ByteArrayValue(high)
	default:
		low, high := least(e, p, e.numbers, func(a, b int32) int { return int(int64(a) - int64(b)) })
		p.low, p.high = parquet.Int32Value(low), parquet.Int32Value(high)
	}
}

// least is the least and the greatest of the dictionary's values that a page has.
func least[T any](e *encoder, p *page, dict []T, compare func(a, b T) int) (low, high T) {
	e.used = slices.Grow(e.used[:0], len(dict))[:len(dict)]
	clear(e.used)
	for _, n := range e.ints[p.from:p.to] {
		e.used[n] = true
	}
	first := true
	for n, used := range e.used {
		switch v := dict[n]; {
		case !used:
		case first:
			low, high, first = v, v, false
		case compare(v, low) < 0:
			low = v
		case compare(v, high) > 0:
			high = v
		}
	}
	return low, high
}
