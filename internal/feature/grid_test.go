package feature

import (
	"math"
	"testing"
)

// patch is a sample with the rows at one place worth 100 and others worth 0.
func patch() (*trainingSample, []float32) {
	s := newSample(4000)
	value := make([]float32, s.n)
	for i := range s.n {
		s.e[i] = float32(520050 + 100*(i%60))
		s.north[i] = float32(170050 + 100*(i/60))
		s.fold[i] = uint8(i % folds)
		if s.e[i] < 521000 && s.north[i] < 171000 {
			value[i] = 100
		}
	}
	return s, value
}

func TestGridFollowsTheValue(t *testing.T) {
	t.Parallel()
	s, value := patch()
	r := gridRecipe{cellM: 250, sigmaM: 300, shrink: 5, unit: 0.1}
	g := sumGrid(s, frameOf(s, r.cellM), value).smoothGrid(r, folds)
	if err := g.checkGrid(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		e, n   float64
		lo, hi float64
	}{
		{"in the patch", 520300, 170300, 60, 100},
		{"its edge", 521000, 170500, 20, 80},
		{"far from it", 525000, 175000, 0, 1},
		{"off the map", 900000, 175000, 0, 0},
		{"off the other side", -900000, -1e7, 0, 0},
	} {
		if got := g.valueAt(c.e, c.n); got < c.lo || got > c.hi {
			t.Errorf("%s: at(%v, %v) = %v, want %v to %v", c.name, c.e, c.n, got, c.lo, c.hi)
		}
	}
}

func TestGridWithoutAFold(t *testing.T) {
	t.Parallel()
	s, value := patch()
	for i := range value {
		value[i] = 0
		if s.fold[i] == 2 {
			value[i] = 300
		}
	}
	r := gridRecipe{cellM: 500, sigmaM: 800, shrink: 5, unit: 0.1}
	sums := sumGrid(s, frameOf(s, r.cellM), value)
	all, without := sums.smoothGrid(r, folds), sums.smoothGrid(r, 2)
	if a, w := all.valueAt(523000, 173000), without.valueAt(523000, 173000); a < 40 || w != 0 {
		t.Errorf("with every fold %v, without the one that has the value %v, want over 40 and 0", a, w)
	}
}

func TestFrameIgnoresMistypedPlaces(t *testing.T) {
	t.Parallel()
	s, _ := patch()
	s.e[17] = 9e6
	if g := frameOf(s, 250); g.Width > 40 {
		t.Errorf("one mistyped easting makes the grid %d cells wide", g.Width)
	}
	for i := range s.n {
		s.e[i] = float32(i) * 2000
	}
	if g := frameOf(s, 250); g.Width*g.Height > mostCells {
		t.Errorf("grid of %d × %d cells, want at most %d", g.Width, g.Height, mostCells)
	}
}

func TestRankedKeepsTheSmallest(t *testing.T) {
	t.Parallel()
	var r rankedStations
	for i, v := range []float64{5, 3, 9, 1, 7, 2} {
		r.insertStation(v, int32(i), 4)
	}
	for k, want := range []float64{1, 2, 3, 5} {
		if r.value[k] != want {
			t.Errorf("rank %d = %v, want %v", k, r.value[k], want)
		}
	}
	if !math.IsNaN(r.valueAtRank(4)) || r.who[0] != 3 {
		t.Errorf("ranked = %+v", r)
	}
}
