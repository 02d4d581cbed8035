package dataset

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// written is what the library's own writer makes of the rows.
func written(b *bucket, dicts *[textCount]*dictionary) ([]byte, error) {
	var out bytes.Buffer
	w := parquet.NewWriter(&out, partOptions()...)
	values := make([]parquet.Value, 0, batch)
	for j, c := range Columns() {
		cw := w.ColumnWriters()[j]
		for lo := 0; lo < len(b.rows); lo += batch {
			values = values[:0]
			for i := lo; i < min(lo+batch, len(b.rows)); i++ {
				values = append(values, c.value(b, &b.rows[i], dicts, j))
			}
			if _, err := cw.WriteRowValues(values); err != nil {
				return nil, fmt.Errorf("encode column %s: %w", c.Name, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}

// value is the row's value in column c, which is column j of the file.
func (c *Column) value(b *bucket, r *record, dicts *[textCount]*dictionary, j int) parquet.Value {
	var v parquet.Value
	null := false
	switch c.kind {
	case kindID:
		v = parquet.ByteArrayValue(b.numbers.append(nil, r.id))
	case kindPump:
		v = parquet.Int32Value(int32(r.pump))
	case kindTime:
		v = parquet.Int64Value(r.at * 1000)
	case kindText:
		v, null = parquet.ByteArrayValue(dicts[c.at].bytes[r.text[c.at]]), r.text[c.at] == 0
	case kindNumber:
		v, null = parquet.Int32Value(r.num[c.at]), r.num[c.at] == missing
	case kindFrom:
		v = parquet.ByteArrayValue([]byte(r.from.String()))
	}
	switch {
	case null:
		return parquet.NullValue().Level(0, 0, j)
	case c.Null:
		return v.Level(0, 1, j)
	}
	return v.Level(0, 0, j)
}

// TestEncodePart holds the files to those of the library's own writer, byte for
// byte: texts and numbers that are few, many, missing or all missing, in one page
// and in several.
func TestEncodePart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		rows, words int
		spread      int32   // of numbers
		missing     float64 // share
	}{
		{name: "one row", rows: 1, words: 3, spread: 10},
		{name: "one row, all missing", rows: 1, words: 3, spread: 10, missing: 1},
		{name: "a month", rows: 13_000, words: 600, spread: 70_000, missing: 0.1},
		{name: "all missing", rows: 3000, words: 10, spread: 10, missing: 1},
		{name: "none missing", rows: 1024, words: 10, spread: 300},
		{name: "full words", rows: 5000, words: 30_000, spread: math.MaxInt32, missing: 0.5},
		{name: "several pages", rows: 70_000, words: 2000, spread: 1 << 20, missing: 0.01},
	}
	for k, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(k), 7))
			b, dicts := anyBucket(t, rng, tt.rows, tt.words, tt.spread, tt.missing)
			want, err := written(b, dicts)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time with memory that was used
				got, err := encodePart(b, dicts)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("encodePart() = %d bytes, differing from byte %d on; the library's writer makes %d",
						len(got), common(got, want), len(want))
				}
			}
		})
	}
}

func common(a, b []byte) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// anyBucket is rows of anything.
func anyBucket(t *testing.T, rng *rand.Rand, rows, words int, spread int32, none float64) (*bucket, *[textCount]*dictionary) {
	t.Helper()
	dicts := newDictionaries()
	for k := range dicts {
		for i := range words {
			if _, err := dicts[k].code(fmt.Sprintf("%x word %d that is not short", rng.IntN(100), i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := &bucket{numbers: &numbers{}}
	for range rows {
		id := fmt.Appendf(nil, "%0*d-01012017", 1+rng.IntN(7), rng.IntN(1_000_000))
		r := record{at: 1_483_228_800 + rng.Int64N(2_678_400), id: b.numbers.of(id), pump: uint8(1 + rng.IntN(2))}
		r.from = targetFrom(rng.IntN(2))
		for k := range r.num {
			if r.num[k] = rng.Int32N(spread) - spread/2; rng.Float64() < none && k != numAttendance {
				r.num[k] = missing
			}
		}
		for k := range r.text {
			if rng.Float64() >= none {
				r.text[k] = uint16(rng.IntN(len(dicts[k].words)))
			}
		}
		b.rows = append(b.rows, r)
	}
	slices.SortFunc(b.rows, b.compare)
	return b, &dicts
}
