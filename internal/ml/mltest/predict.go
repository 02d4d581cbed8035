package mltest

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

func (s *suite) roundTrip(t *testing.T) {
	m, err := s.decode(s.data)
	if err != nil {
		t.Fatalf("decode of %d bytes: %v", len(s.data), err)
	}
	if !sameBits(mustOutputs(t, m, s.test.X), mustOutputs(t, s.model, s.test.X)) {
		t.Error("the decoded model predicts other bits")
	}
	if !bytes.Equal(marshal(t, m), s.data) {
		t.Error("the decoded model encodes to other bytes")
	}
}

// damaged cuts and flips the model's bytes. A cut must be noticed; a flip may
// make another valid model (the bundle's hash guards against that), never a panic.
func (s *suite) damaged(t *testing.T) {
	x := s.test.X.Slice(0, 5)
	for k := range 60 {
		cut := len(s.data) * k / 60
		if _, err := s.decode(s.data[:cut]); !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("decode of the first %d of %d bytes = %v, want ErrInvalid", cut, len(s.data), err)
		}
	}
	for k := range 400 {
		b := bytes.Clone(s.data)
		at := (k * 7919) % len(b)
		if k < 100 {
			at = k % len(b) // the head, where counts and lengths are
		}
		b[at] ^= 1 << (k % 8)
		survive(t, s.decode, b, x)
	}
	if _, err := s.decode(append(bytes.Clone(s.data), 'x')); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("decode with a byte too many = %v, want ErrInvalid", err)
	}
}

// rowsStandAlone compares the answers of one batch with those of single rows, of
// small batches and of the rows in reverse.
func (s *suite) rowsStandAlone(t *testing.T) {
	rows := s.test.X.Rows()
	whole := mustOutputs(t, s.model, s.test.X)
	for _, size := range []int{1, 7} {
		parts := make([][]float64, len(whole))
		for lo := 0; lo < rows; lo += size {
			for k, v := range mustOutputs(t, s.model, s.test.X.Slice(lo, min(lo+size, rows))) {
				parts[k] = append(parts[k], v...)
			}
		}
		if !sameBits(parts, whole) {
			t.Errorf("batches of %d rows give other bits than one of %d", size, rows)
		}
	}
	index := make([]int, rows)
	for i := range index {
		index[i] = rows - 1 - i
	}
	for k, back := range mustOutputs(t, s.model, s.test.X.Select(index)) {
		per := len(back) / rows
		for i := range rows {
			a, b := back[i*per:(i+1)*per], whole[k][(rows-1-i)*per:(rows-i)*per]
			if !sameBits([][]float64{a}, [][]float64{b}) {
				t.Fatalf("row %d gives %v in reverse order, %v in order", rows-1-i, a, b)
			}
		}
	}
}

func (s *suite) reusesDst(t *testing.T) {
	want := mustOutputs(t, s.model, s.test.X)
	for k, q := range questions(s.model) {
		n := len(want[k])
		for _, size := range []int{0, n - 1, n, n + 9} {
			dst := make([]float64, size)
			for i := range dst {
				dst[i] = math.NaN() // what was there must not shine through
			}
			got, err := q.ask(dst, s.test.X)
			if err != nil || !sameBits([][]float64{got}, want[k:k+1]) {
				t.Errorf("%s into %d values = %d values, %v, want the same %d", q.name, size, len(got), err, n)
			} else if size >= n && &got[0] != &dst[0] {
				t.Errorf("%s into %d values allocated instead of using them", q.name, size)
			}
		}
	}
}

func (s *suite) noRows(t *testing.T) {
	for _, v := range mustOutputs(t, s.model, s.test.X.Slice(0, 0)) {
		if len(v) != 0 {
			t.Errorf("predicting no rows gave %d values", len(v))
		}
	}
}

func (s *suite) refusesWidth(t *testing.T) {
	schema := &ml.Schema{Columns: Schema().Columns[:3]}
	for _, x := range []ml.Matrix{ml.NewMatrix(schema, 2), ml.NewMatrix(schema, 0), {}} {
		for _, q := range questions(s.model) {
			if _, err := q.ask(nil, x); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("%s of %d columns = %v, want ErrInvalid", q.name, x.Width(), err)
			}
		}
	}
}

// missing asks about rows with nothing known, a ground never seen, numbers far
// outside, and a value in a column that was always empty.
func (s *suite) missing(t *testing.T) {
	x := ml.NewMatrix(Schema(), 4)
	nan := math.NaN()
	rows := [][]float64{
		{nan, nan, nan, nan, nan, nan, nan, nan},
		{1, 12, 2, Grounds - 1, 2, 1, 7, nan},
		{1e9, -1e9, 1e9, 0, 0, 2, -1e9, 1e9},
		{1, 12, 2, 3, 2, 3, 7, 5},
	}
	for i, row := range rows {
		for j, v := range row {
			x.Col(j)[i] = v
		}
	}
	for _, v := range mustOutputs(t, s.model, x) {
		finite(t, "missing and unseen values", v)
	}
}

// infinite asks about rows that no Fit would take: each answer is a refusal or
// finite numbers.
func (s *suite) infinite(t *testing.T) {
	for j := range s.test.X.Width() {
		for _, v := range []float64{math.Inf(1), math.Inf(-1)} {
			x := clone(s.test.Slice(0, 4)).X
			x.Col(j)[1] = v
			out, err := outputs(s.model, x)
			if errors.Is(err, lfb.ErrInvalid) {
				continue
			}
			if err != nil {
				t.Errorf("column %d is %v: %v, want ErrInvalid or an answer", j, v, err)
			}
			for _, values := range out {
				finite(t, "infinite features", values)
			}
		}
	}
}

// manyCategories fits a column in which nearly every row has a category of its own,
// and asks about those that no row had.
func (s *suite) manyCategories(t *testing.T) {
	const categories = 10_000
	schema := &ml.Schema{Columns: slices.Clone(Schema().Columns)}
	schema.Columns[3].Categories = categories
	wide := func(set ml.Set, factor int) ml.Set {
		x := ml.NewMatrix(schema, set.X.Rows())
		for j := range x.Width() {
			copy(x.Col(j), set.X.Col(j))
		}
		for i := range x.Col(3) {
			x.Col(3)[i] = float64(i * factor % categories)
		}
		return ml.Set{X: x, Y: set.Y}
	}
	m := fitOn(t, s.recipe, wide(s.train, 7919), wide(s.valid, 7919), ml.Options{Seed: 1})
	for _, v := range mustOutputs(t, m, wide(s.test, 101).X) {
		finite(t, "ten thousand categories", v)
	}
	if b := marshal(t, m); len(b) > 64<<20 {
		t.Errorf("the model takes %d bytes", len(b))
	}
}

func (s *suite) concurrent(t *testing.T) {
	want := mustOutputs(t, s.model, s.test.X)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				got, err := outputs(s.model, s.test.X)
				if err != nil || !sameBits(got, want) {
					t.Errorf("concurrent predictions differ, error %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}
