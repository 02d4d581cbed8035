package geo

import (
	"math"
	"testing"
)

func TestHexTiling(t *testing.T) {
	t.Parallel()
	const size = 500.0
	for e := 503000.0; e < 562000; e += 377 {
		for n := 155000.0; n < 201000; n += 391 {
			h := HexAt(e, n, size)
			ce, cn := h.Centre(size)
			d := math.Hypot(e-ce, n-cn)
			if d > size*(1+1e-12) {
				t.Fatalf("HexAt(%v, %v) = %v, %v m from its centre, want at most %v", e, n, h, d, size)
			}
			for _, s := range []Hex{{1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {1, -1}} {
				oe, on := Hex{h.Q + s.Q, h.R + s.R}.Centre(size)
				if o := math.Hypot(e-oe, n-on); o < d-1e-6 {
					t.Fatalf("HexAt(%v, %v) = %v, but neighbour %v is nearer: %v < %v", e, n, h, s, o, d)
				}
			}
		}
	}
}

func TestHexCentreAndCorners(t *testing.T) {
	t.Parallel()
	for _, h := range []Hex{{0, 0}, {1, 0}, {0, 1}, {-7, 12}, {700, 240}} {
		e, n := h.Centre(250)
		if got := HexAt(e, n, 250); got != h || !got.Valid() {
			t.Errorf("HexAt(centre of %v) = %v", h, got)
		}
		corners := h.Corners(250)
		for i, c := range corners {
			if d := math.Hypot(c[0]-e, c[1]-n); math.Abs(d-250) > 1e-6 {
				t.Errorf("%v corner %d is %v m from the centre, want 250", h, i, d)
			}
			next := corners[(i+1)%6]
			if d := math.Hypot(c[0]-next[0], c[1]-next[1]); math.Abs(d-250) > 1e-6 {
				t.Errorf("%v side %d is %v m, want 250", h, i, d)
			}
		}
	}
}

func TestHexAtSenseless(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][3]float64{
		{nan, 0, 1},
		{0, nan, 1},
		{inf, 0, 1},
		{0, -inf, 1},
		{1, 1, 0},
		{1, 1, -5},
		{1, 1, nan},
		{1e300, 0, 1},
	} {
		if h := HexAt(c[0], c[1], c[2]); h.Valid() {
			t.Errorf("HexAt(%v) = %v, want one that is not valid", c, h)
		}
	}
}

func TestCell100(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		e, n         float64
		wantE, wantN float64
	}{
		{"inside", 528652, 176830, 528650, 176850},
		{"lower edge belongs", 530000, 180000, 530050, 180050},
		{"upper edge is the next", 530100, 180099.9, 530150, 180050},
		{"centre stays", 530050, 180050, 530050, 180050},
		{"below zero", -1, -100, -50, -50},
	} {
		if e, n := CellCentre100(tc.e, tc.n); e != tc.wantE || n != tc.wantN {
			t.Errorf("%s: Cell100(%v, %v) = %v, %v, want %v, %v", tc.name, tc.e, tc.n, e, n, tc.wantE, tc.wantN)
		}
	}
}
