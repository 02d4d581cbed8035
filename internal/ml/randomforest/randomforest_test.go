package randomforest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

// small is enough for the sample: a dozen trees in a few milliseconds.
var small = Recipe{Trees: 12, Depth: 7, LeafRows: 8, Bands: 8}

func decode(b []byte) (ml.Model, error) { return Decode(b) }

// TestConformance has no exceptions: nothing else in this test's process draws from
// the global generator.
func TestConformance(t *testing.T) { mltest.Run(t, small, decode) }

func FuzzDecode(f *testing.F) { mltest.Fuzz(f, small, decode) }

func fit(t testing.TB, r Recipe, train ml.Set, seed uint64) *Model {
	t.Helper()
	m, err := r.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return m.(*Model)
}

// TestSeedingWorks guards the go.mod line "godebug randseednop=0": without it
// rand.Seed does nothing, silently, and no fit repeats.
func TestSeedingWorks(t *testing.T) {
	draw := func() (out [4]int64) {
		generator.Lock()
		defer generator.Unlock()
		seedLibrary(42)
		for i := range out {
			out[i] = rand.Int63()
		}
		return out
	}
	if a, b := draw(), draw(); a != b {
		t.Errorf("draws after the same seed = %v and %v: is godebug randseednop=0 in go.mod?", a, b)
	}
	releaseLibrary()
	a := rand.Int63()
	releaseLibrary()
	if b := rand.Int63(); a == b {
		t.Errorf("draws after two releases are both %v, want unpredictable ones", a)
	}
}

func TestSeedsDiffer(t *testing.T) {
	set := mltest.Sample(1, 400)
	a, _ := fit(t, small, set, 1).MarshalBinary()
	b, _ := fit(t, small, set, 2).MarshalBinary()
	if bytes.Equal(a, b) {
		t.Error("seeds 1 and 2 grew the same forest")
	}
}

// TestConcurrentFitsRepeat: fits of one process wait for each other tree by tree and
// still give the bytes that each gives alone.
func TestConcurrentFitsRepeat(t *testing.T) {
	set := mltest.Sample(1, 400)
	alone, _ := fit(t, small, set, 7).MarshalBinary()
	got := make(chan []byte, 3)
	for range 3 {
		go func() {
			m, err := small.Fit(context.Background(), set, ml.Set{}, ml.Options{Seed: 7})
			if err != nil {
				got <- nil
				return
			}
			b, _ := m.MarshalBinary()
			got <- b
		}()
	}
	for range 3 {
		if !bytes.Equal(<-got, alone) {
			t.Error("a fit beside others gave other bytes than one alone")
		}
	}
}

func TestBeatsTheBaseline(t *testing.T) {
	train, test := mltest.Sample(1, 5000), mltest.Sample(2, 2000)
	m := fit(t, Recipe{Trees: 30}, train, 1)
	p, err := m.Predict(nil, test.X)
	if err != nil {
		t.Fatal(err)
	}
	// Distance and engine explain about 60 % of the sample's variance.
	if got := ml.R2(p, test.Y); got < 0.5 {
		t.Errorf("R2 = %.3f, want at least 0.5", got)
	}
	q, err := m.PredictQuantiles(nil, test.X, []float64{0.9})
	if err != nil {
		t.Fatal(err)
	}
	if got := coverage(q, test.Y); math.Abs(got-0.9) > 0.05 {
		t.Errorf("coverage of the raw P90 = %.3f, want near 0.9", got)
	}
}

func TestBands(t *testing.T) {
	t.Parallel()
	y := make([]float64, 0, 1000)
	for k := range 1000 {
		y = append(y, float64(100+k)) // 100 … 1099
	}
	b := newBands(y, 4)
	want := []float64{100, 349, 360, 599, 600, 849, 1099}
	if !slices.Equal(b.Edge, want) {
		t.Fatalf("edges = %v, want %v", b.Edge, want)
	}
	for _, tt := range []struct {
		y    float64
		want int
	}{{-5, 0}, {100, 0}, {349, 0}, {349.5, 1}, {360, 1}, {361, 2}, {1099, 5}, {5000, 5}} {
		if got := b.band(tt.y); got != tt.want {
			t.Errorf("band(%v) = %d, want %d", tt.y, got, tt.want)
		}
	}
	votes := []float64{0.25, 0.05, 0.2, 0, 0.25, 0.25}
	for _, tt := range []struct{ t, want float64 }{
		{50, 0},
		{100, 0},
		{349, 0.25},
		{360, 0.3},
		{600, 0.5},
		{724.5, 0.625},
		{1099, 1},
		{2000, 1},
	} {
		if got := b.share(votes, tt.t); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("share(%v) = %v, want %v", tt.t, got, tt.want)
		}
	}
	for _, tt := range []struct{ q, want float64 }{{0.25, 349}, {0.3, 360}, {0.5, 599}, {0.625, 724.5}, {0.999999, 1099}} {
		if got := b.quantile(votes, tt.q); math.Abs(got-tt.want) > 0.01 {
			t.Errorf("quantile(%v) = %v, want %v", tt.q, got, tt.want)
		}
	}
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "n"}, {Name: "c", Categories: 4}}}
	train := ml.Set{
		X: ml.MatrixOf(schema, 6, []float64{1, 2, 3, nan, 5, 6, 0, 0, 2, 2, nan, 0}),
		Y: []float64{100, 100, 400, 400, 250, 100},
	}
	c := prepare(train)
	if got := c[0].value(nan); got != 3 {
		t.Errorf("a missing number = %v, want the median 3", got)
	}
	all := 225.0
	if !(c[1].value(0) < all && c[1].value(2) > all && c[1].value(0) > 100 && c[1].value(2) < 400) {
		t.Errorf("categories = %v and %v, want either side of %v, shrunk", c[1].value(0), c[1].value(2), all)
	}
	for _, v := range []float64{nan, 1, 3} {
		if got := c[1].value(v); math.Abs(got-all) > 1e-9 {
			t.Errorf("category %v = %v, want the mean %v", v, got, all)
		}
	}
}

// TestBinningAgrees checks the claim that lets prediction skip the bins: a raw value
// and its bin's upper edge lie on the same side of every edge.
func TestBinningAgrees(t *testing.T) {
	t.Parallel()
	set := mltest.Sample(1, 1000)
	columns := prepare(set)
	rows, used := library(set.X, columns, 16)
	for k, j := range used {
		distinct := map[float64]bool{}
		for _, r := range rows {
			distinct[r[k]] = true
		}
		if len(distinct) > 16 {
			t.Errorf("column %d has %d values, want at most 16", j, len(distinct))
		}
		for i, r := range rows {
			raw := columns[j].value(set.X.At(i, j))
			for edge := range distinct {
				if (raw > edge) != (r[k] > edge) {
					t.Fatalf("column %d: %v and its bin %v disagree about %v", j, raw, r[k], edge)
				}
			}
		}
	}
}

func TestRowsAreBounded(t *testing.T) {
	t.Parallel()
	set := mltest.Sample(1, 500)
	got := subsample(set, 100, 3)
	if got.X.Rows() != 100 || len(got.Y) != 100 {
		t.Fatalf("subsample of 500 = %d rows, want 100", got.X.Rows())
	}
	if again := subsample(set, 100, 3); !slices.Equal(got.Y, again.Y) {
		t.Error("subsample differs with the same seed")
	}
	if all := subsample(set, 500, 3); all.X.Rows() != 500 {
		t.Errorf("subsample within the limit = %d rows, want 500", all.X.Rows())
	}
	if one, other := drawRows(500, 100, 1), drawRows(500, 100, 2); len(one) != 100 || slices.Equal(one, other) {
		t.Errorf("two trees draw %d rows, the same: %v", len(one), slices.Equal(one, other))
	}
}

func TestCancelStopsWithinATree(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	grown := 0
	_, err := Recipe{Trees: 1000}.Fit(ctx, mltest.Sample(1, 1000), ml.Set{}, ml.Options{Progress: func(ml.Progress) {
		if grown++; grown == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || grown != 3 {
		t.Errorf("Fit = %v after %d trees, want context.Canceled after 3", err, grown)
	}
}

func TestRecipeRefuses(t *testing.T) {
	t.Parallel()
	for _, r := range []Recipe{
		{Rows: -1},
		{Trees: maxTrees + 1},
		{Depth: 41},
		{LeafRows: -1},
		{Features: -1},
		{Bands: 101},
		{Bins: 1},
	} {
		if _, err := r.Fit(t.Context(), mltest.Sample(1, 50), ml.Set{}, ml.Options{}); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Fit of %+v = %v, want ErrInvalid", r, err)
		}
	}
}

func TestBoruta(t *testing.T) {
	spec := ReportSpec{Rows: 1000, Trees: 20, Cycles: 15}
	got, err := Boruta(t.Context(), mltest.Sample(1, 1500), spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	verdict := map[string]Verdict{}
	for _, r := range got {
		verdict[r.Column] = r.Verdict
	}
	for column, want := range map[string]Verdict{
		"distance_km": Relevant, "pump": Relevant, "constant": Irrelevant, "empty": Irrelevant, "kind": Irrelevant,
	} {
		if verdict[column] != want {
			t.Errorf("Boruta on %s = %s, want %s", column, verdict[column], want)
		}
	}
	again, err := Boruta(t.Context(), mltest.Sample(1, 1500), spec, 1)
	if err != nil || !slices.Equal(got, again) {
		t.Errorf("a second report = %v, %v, want %v", again, err, got)
	}
}

func TestBorutaRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	spec := ReportSpec{Rows: 50, Trees: 5, Cycles: 5}
	if _, err := Boruta(ctx, mltest.Sample(1, 100), spec, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Boruta with a cancelled context = %v, want context.Canceled", err)
	}
	for _, tt := range []struct {
		set  ml.Set
		spec ReportSpec
	}{
		{ml.Set{}, spec},
		{mltest.Sample(1, 50), ReportSpec{Rows: 50, Trees: 5, Cycles: -1}},
	} {
		if _, err := Boruta(t.Context(), tt.set, tt.spec, 1); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Boruta(%d rows, %+v) = %v, want ErrInvalid", tt.set.X.Rows(), tt.spec, err)
		}
	}
}

func ExampleRecipe() {
	m, err := Recipe{Trees: 20}.Fit(context.Background(), mltest.Sample(1, 3000), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mltest.Sample(3, 1).X
	p, _ := m.(ml.Probabilities).PredictProbabilities(nil, x, []float64{ml.Aim, ml.Limit})
	fmt.Printf("within 6 minutes %.1f, within 10 %.1f\n", p[0], p[1])
	// Output: within 6 minutes 0.6, within 10 1.0
}

func BenchmarkFit(b *testing.B) {
	set := wideSet(130_000)
	for b.Loop() {
		fit(b, Recipe{}, set, 1)
	}
}

func BenchmarkPredictOne(b *testing.B) {
	m := fit(b, Recipe{}, mltest.Sample(1, 20_000), 1)
	x, dst := mltest.Sample(3, 1).X, make([]float64, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Predict(dst, x); err != nil {
			b.Fatal(err)
		}
	}
}

// wideSet has the columns of a Sample five times, of which four repetitions carry
// other rows' values: 40 columns, most of them noise.
func wideSet(rows int) ml.Set {
	base := mltest.Sample(1, rows)
	var columns []ml.Column
	for k := range 5 {
		for _, c := range mltest.Schema().Columns {
			c.Name = fmt.Sprint(c.Name, k)
			columns = append(columns, c)
		}
	}
	out := ml.Set{X: ml.NewMatrix(&ml.Schema{Columns: columns}, rows), Y: base.Y}
	for j := range columns {
		src := base.X.Col(j % 8)
		shift := j / 8 * 1237
		copy(out.X.Col(j), src[shift:])
		copy(out.X.Col(j)[rows-shift:], src[:shift])
	}
	return out
}

// coverage is the share of y that is at most its prediction.
func coverage(pred, y []float64) float64 {
	held := 0
	for i := range y {
		if y[i] <= pred[i] {
			held++
		}
	}
	return float64(held) / float64(len(y))
}
