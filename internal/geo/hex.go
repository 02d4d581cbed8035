package geo

import "math"

// Hex is a hexagon of a pointy-topped tiling of the National Grid, in axial
// coordinates. The hexagon {0, 0} is centred on the grid's origin; Q grows to
// the east, R to the north-east. Its size is not part of it: keep to one size
// in one map.
type Hex struct{ Q, R int }

// Valid reports whether h is a hexagon: HexAt gives one that is not for a point
// that has none.
func (h Hex) Valid() bool { return h.Q != math.MinInt }

// HexAt returns the hexagon of the point (e, n). size is the distance from
// centre to corner, in metres like e and n; where one of the
// three is NaN, infinite or senseless, the result is not Valid.
func HexAt(e, n, size float64) Hex {
	q := (math.Sqrt(3)/3*e - n/3) / size
	r := 2.0 / 3 * n / size
	// Negated, so that NaN is refused too; above 2^52 neighbours merge.
	if !(size > 0) || !(math.Abs(q) < 1<<52) || !(math.Abs(r) < 1<<52) {
		return Hex{math.MinInt, math.MinInt}
	}
	return roundHex(q, r)
}

// roundHex finds the hexagon nearest to fractional axial coordinates: round all
// three cube coordinates, then recompute the one that moved most, as they must
// sum to 0.
func roundHex(q, r float64) Hex {
	s := -q - r
	rq, rr, rs := math.Round(q), math.Round(r), math.Round(s)
	dq, dr, ds := math.Abs(rq-q), math.Abs(rr-r), math.Abs(rs-s)
	switch {
	case dq > dr && dq > ds:
		rq = -rr - rs
	case dr > ds:
		rr = -rq - rs
	}
	return Hex{int(rq), int(rr)}
}

// Centre returns the hexagon's centre, in metres.
func (h Hex) Centre(size float64) (e, n float64) {
	return size * math.Sqrt(3) * (float64(h.Q) + float64(h.R)/2), size * 1.5 * float64(h.R)
}

// Corners returns the hexagon's corners as easting and northing, in metres,
// anticlockwise from the lower right one.
func (h Hex) Corners(size float64) [6][2]float64 {
	var c [6][2]float64
	e, n := h.Centre(size)
	for i := range c {
		sin, cos := math.Sincos(float64(2*i-1) * math.Pi / 6)
		c[i] = [2]float64{e + size*cos, n + size*sin}
	}
	return c
}
