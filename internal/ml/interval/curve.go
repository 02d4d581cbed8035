package interval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"lfb/internal/lfb"
)

// curve is a continuous, never falling map through knots: linear between them.
type curve struct {
	X []float64 `json:"x"` // strictly ascending
	Y []float64 `json:"y"` // ascending
}

// valueAt interpolates, and goes on with the given slope beyond the end knots.
func (c *curve) valueAt(x, slope float64) float64 {
	last := len(c.X) - 1
	switch {
	case !(x > c.X[0]): // NaN too, which stays NaN
		return c.Y[0] + slope*(x-c.X[0])
	case x >= c.X[last]:
		return c.Y[last] + slope*(x-c.X[last])
	}
	hi := sort.SearchFloat64s(c.X, x)
	lo := hi - 1
	return c.Y[lo] + (c.Y[hi]-c.Y[lo])*((x-c.X[lo])/(c.X[hi]-c.X[lo]))
}

// shift moves the whole curve up by d.
func (c *curve) shift(d float64) {
	for i := range c.Y {
		c.Y[i] += d
	}
}

func (c *curve) check() error {
	if len(c.X) == 0 || len(c.X) != len(c.Y) || !slices.IsSorted(c.Y) {
		return fmt.Errorf("calibration curve of %d and %d knots: %w", len(c.X), len(c.Y), lfb.ErrInvalid)
	}
	for i := 1; i < len(c.X); i++ {
		if !(c.X[i] > c.X[i-1]) {
			return fmt.Errorf("calibration curve: knot %d at %v after %v: %w", i, c.X[i], c.X[i-1], lfb.ErrInvalid)
		}
	}
	return nil
}

// knot is a group of rows on its way to becoming a point of a curve.
type knot struct{ x, y, weight float64 }

// monotone merges neighbours until y ascends strictly and returns the curve
// through what is left: pool adjacent violators, with each pool placed at its
// centre, so that rows of one pool still keep their order.
//
// Source: Oron & Flournoy, Centered isotonic regression, Statistics in
// Biopharmaceutical Research 9(3), 2017.
func monotone(knots []knot) curve {
	pools := make([]knot, 0, len(knots))
	for _, k := range knots {
		pools = append(pools, k)
		for n := len(pools); n > 1 && !(pools[n-1].y > pools[n-2].y && pools[n-1].x > pools[n-2].x); n = len(pools) {
			pools[n-2] = merge(pools[n-2], pools[n-1])
			pools = pools[:n-1]
		}
	}
	var c curve
	for _, p := range pools {
		c.X, c.Y = append(c.X, p.x), append(c.Y, p.y)
	}
	return c
}

func merge(a, b knot) knot {
	w := a.weight + b.weight
	return knot{x: (a.x*a.weight + b.x*b.weight) / w, y: (a.y*a.weight + b.y*b.weight) / w, weight: w}
}

// point is one calibration row: what was said, and what happened.
type point struct{ x, y float64 }

// groupPoints cuts points, sorted by x, into runs of at least size rows and at most
// limit runs, never between equal x.
func groupPoints(points []point, size, limit int) [][]point {
	size = max(size, (len(points)+limit-1)/limit)
	var out [][]point
	for len(points) > 0 {
		n := min(size, len(points))
		for n < len(points) && points[n].x == points[n-1].x {
			n++
		}
		if len(points)-n < size {
			n = len(points) // a short rest joins its neighbour
		}
		out = append(out, points[:n])
		points = points[n:]
	}
	return out
}

func sortPoints(points []point) {
	slices.SortFunc(points, func(a, b point) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
}

// conformalQuantile is the split-conformal order statistic: the least value of v, sorted, that
// covers a new row with probability at least q.
//
// Source: Romano, Patterson & Candès, Conformalized quantile regression, NeurIPS 2019.
func conformalQuantile(v []float64, q float64) float64 {
	slices.Sort(v)
	k := int(math.Ceil(q * float64(len(v)+1)))
	return v[min(max(k, 1), len(v))-1]
}
