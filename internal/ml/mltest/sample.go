package mltest

import (
	"math"
	"math/rand/v2"

	"lfb/internal/ml"
)

// Grounds is the number of station grounds in a Sample; the last one is never
// in rows that Sample returns, so a test can ask about a ground nobody has seen.
const Grounds = 12

// Schema describes the columns of a Sample.
func Schema() *ml.Schema {
	return &ml.Schema{Columns: []ml.Column{
		{Name: "distance_km", Monotone: 1},
		{Name: "hour"},
		{Name: "second_km"}, // missing in a fifth of the rows
		{Name: "ground", Categories: Grounds, Role: ml.RoleGround},
		{Name: "kind", Categories: 5}, // missing in a tenth
		{Name: "pump", Role: ml.RolePump},
		{Name: "constant"},
		{Name: "empty"}, // missing everywhere
	}}
}

// Sample makes rows that look like attendance times: 60 to 1200 s, longer with
// distance and for the second engine, skewed to the right, with a level for each
// ground. The same seed gives the same rows.
func Sample(seed uint64, rows int) ml.Set {
	rng := rand.New(rand.NewPCG(seed, 0xa77e))
	x := ml.NewMatrix(Schema(), rows)
	y := make([]float64, rows)
	for i := range y {
		distance, hour := 4*rng.Float64(), float64(rng.IntN(24))
		ground, kind, pump := rng.IntN(Grounds-1), float64(rng.IntN(5)), float64(1+rng.IntN(2))
		second := distance + 3*rng.Float64()
		level := 200 + 50*distance + 8*float64(ground%5) + 70*(pump-1) + 10*math.Sin(hour/24*2*math.Pi)
		y[i] = math.Round(min(1200, level+float64(20+5*ground)*rng.ExpFloat64()))
		if rng.Float64() < 0.2 {
			second = math.NaN()
		}
		if rng.Float64() < 0.1 {
			kind = math.NaN()
		}
		for j, v := range []float64{distance, hour, second, float64(ground), kind, pump, 7, math.NaN()} {
			x.Col(j)[i] = v
		}
	}
	return ml.Set{X: x, Y: y}
}

// Line makes rows whose target grows with one number and with the ground, and
// little else: what any estimator must learn better than a mean.
func Line(seed uint64, rows int) ml.Set {
	set := Sample(seed, rows)
	rng := rand.New(rand.NewPCG(seed, 0x11e))
	for i := range set.Y {
		set.Y[i] = 200 + 40*set.X.At(i, 0) + 12*set.X.At(i, 3) + 5*rng.NormFloat64()
	}
	return set
}

// clone copies a set deeply, so that a change to one cannot hide in the other.
func clone(s ml.Set) ml.Set {
	index := make([]int, s.X.Rows())
	for i := range index {
		index[i] = i
	}
	return s.Select(index)
}
