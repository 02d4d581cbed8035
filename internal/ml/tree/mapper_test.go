package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

func mapperOf(values []float64, maxBins int) BinMapper {
	s := &binScratch{}
	return newNumericBinMapper(s, s.sampleValues(values, nil), maxBins, 1)
}

func TestMapperBinsAsItsThresholdsSay(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	draw := func(n int, f func() float64) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = f()
		}
		return v
	}
	for _, tt := range []struct {
		name   string
		values []float64
	}{
		{"none", nil},
		{"all missing", []float64{math.NaN(), math.NaN()}},
		{"one", []float64{3, 3, 3}},
		{"zeros", []float64{0, math.Copysign(0, -1), 1, -1}},
		{"two", []float64{1, 2, 1, 2, math.NaN()}},
		{"neighbours", []float64{1, math.Nextafter(1, 2), math.Nextafter(1, 0)}},
		{"extremes", []float64{-math.MaxFloat64, math.MaxFloat64, 0, 5e-324, -5e-324}},
		{"normal", draw(5000, rng.NormFloat64)},
		{"integers", draw(5000, func() float64 { return float64(rng.IntN(300)) })},
		{"mostly one value", draw(5000, func() float64 { return max(0, rng.NormFloat64()) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, most := range []int{2, 16, 255} {
				m := mapperOf(tt.values, most)
				if m.BinCount() > most || !slices.IsSorted(m.Bounds) {
					t.Fatalf("%d bins, want at most %d, ascending: %v", m.BinCount(), most, m.Bounds)
				}
				asked := append(slices.Clone(tt.values), math.NaN(), -math.NaN(), 0.5, -1e9, 1e300)
				codes := make([]uint8, len(asked))
				m.binValues(codes, asked)
				for i, v := range asked {
					want := uint8(MissingBin)
					if v == v {
						want = uint8(sort.SearchFloat64s(m.Bounds, v))
					}
					if codes[i] != want {
						t.Fatalf("bin of %v = %d, want %d", v, codes[i], want)
					}
				}
			}
		})
	}
}

func TestMapperSharesRowsOut(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	values := make([]float64, 100_000)
	for i := range values {
		values[i] = math.Exp(2 * rng.NormFloat64())
	}
	m := mapperOf(values, 255)
	codes, counts := make([]uint8, len(values)), [256]int{}
	m.binValues(codes, values)
	for _, c := range codes {
		counts[c]++
	}
	if most := slices.Max(counts[:]); m.BinCount() < 250 || most > 2*len(values)/255 {
		t.Errorf("%d bins, the fullest of %d rows, want 255 of about %d", m.BinCount(), most, len(values)/255)
	}
}

func TestRareCategoriesShareTheMissingBin(t *testing.T) {
	t.Parallel()
	values := make([]float64, 0, 20_000)
	for c := range 10_000 {
		for range 1 + 300/(c+1) {
			values = append(values, float64(c))
		}
	}
	m := newCategoricalBinMapper(values, 10_000, 255)
	codes := make([]uint8, 4)
	m.binValues(codes, []float64{0, 9_999, math.NaN(), 12_345})
	if want := []uint8{0, MissingBin, MissingBin, MissingBin}; !slices.Equal(codes, want) {
		t.Errorf("bins of the first, a rare, no and an unknown category = %v, want %v", codes, want)
	}
}

func TestSortKeyOrdersAsItsValue(t *testing.T) {
	t.Parallel()
	values := []float64{
		math.Inf(-1), -math.MaxFloat64, -1, -5e-324, 0, 5e-324, 1, math.Nextafter(1, 2), math.MaxFloat64,
		math.Inf(1),
	}
	for i := 1; i < len(values); i++ {
		if a, b := SortKey(values[i-1]), SortKey(values[i]); a >= b {
			t.Errorf("key of %v = %x, of %v %x, want more", values[i-1], a, values[i], b)
		}
	}
	if a, b := SortKey(0), SortKey(math.Copysign(0, -1)); a != b {
		t.Errorf("keys of the zeros = %x and %x, want the same", a, b)
	}
}
