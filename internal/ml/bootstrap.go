package ml

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lfb/internal/lfb"
)

// Statistic is what a paired comparison compares.
type Statistic int

// The statistics of a comparison of A against B; below 0, A is better.
const (
	// DifferenceOfMeans is mean(A) - mean(B): for absolute, pinball or Brier losses.
	DifferenceOfMeans Statistic = iota
	// DifferenceOfRoots is sqrt(mean(A)) - sqrt(mean(B)): the difference of RMSE, in
	// seconds, where the losses are squared errors.
	DifferenceOfRoots
	// RatioOfRoots is sqrt(mean(A)/mean(B)) - 1: -0.08 is an RMSE 8 % lower than B's.
	RatioOfRoots
)

// BootstrapOptions are the circumstances of a PairedBootstrap.
type BootstrapOptions struct {
	Of         Statistic
	Seed       uint64
	Rounds     int     // 0 = 2000
	Confidence float64 // in (0, 1); 0 = 0.95
}

// Interval is a difference with its confidence interval.
type Interval struct {
	Diff       float64 `json:"diff"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Days       int     `json:"days"` // clusters that were drawn from
	Confidence float64 `json:"confidence"`
}

// PairedBootstrap compares two models by their losses on the same rows, with a
// percentile interval that draws whole days: rows of one day share weather,
// traffic and strikes, so drawing rows would claim more evidence than there is.
//
// lossA, lossB and day hold one value a row; day is any number that rows of one
// day share. The result repeats with the seed. Fewer than two days, or losses that are
// NaN or infinite, give lfb.ErrInvalid. Unequal lengths panic.
//
// Source: Davison & Hinkley, Bootstrap Methods and their Application, 1997, ch. 3.8.
func PairedBootstrap(lossA, lossB []float64, day []int32, opt BootstrapOptions) (Interval, error) {
	if len(lossA) != len(lossB) || len(lossA) != len(day) {
		panic(fmt.Sprintf("ml: %d and %d losses of %d days' rows", len(lossA), len(lossB), len(day)))
	}
	opt.Rounds = cmp.Or(opt.Rounds, 2000)
	opt.Confidence = cmp.Or(opt.Confidence, 0.95)
	if inside := opt.Confidence > 0 && opt.Confidence < 1; opt.Rounds < 1 || !inside {
		return Interval{}, fmt.Errorf("bootstrap of %d rounds at confidence %v: %w", opt.Rounds, opt.Confidence,
			lfb.ErrInvalid)
	}
	days, all := sumByDay(lossA, lossB, day)
	if len(days) < 2 {
		return Interval{}, fmt.Errorf("bootstrap over %d days, 2 needed: %w", len(days), lfb.ErrInvalid)
	}
	if s := all.a + all.b; math.IsNaN(s) || math.IsInf(s, 0) {
		return Interval{}, fmt.Errorf("bootstrap of losses that sum to %v and %v: %w", all.a, all.b, lfb.ErrInvalid)
	}
	draws := drawDays(days, opt)
	last, tail := float64(len(draws)-1), (1-opt.Confidence)/2
	return Interval{
		Diff: opt.Of.compareSums(all), Low: Interpolate(draws, tail*last), High: Interpolate(draws, (1-tail)*last),
		Days: len(days), Confidence: opt.Confidence,
	}, nil
}

// pairSum is the two losses summed over n rows.
type pairSum struct{ a, b, n float64 }

func (s *pairSum) addPair(t pairSum) { s.a, s.b, s.n = s.a+t.a, s.b+t.b, s.n+t.n }

func (s Statistic) compareSums(p pairSum) float64 {
	switch s {
	case DifferenceOfRoots:
		return math.Sqrt(p.a/p.n) - math.Sqrt(p.b/p.n)
	case RatioOfRoots:
		if p.b == 0 { // a perfect B: equal to it, or beyond comparison
			return float64(cmp.Compare(p.a, 0)) * math.MaxFloat64
		}
		return math.Sqrt(p.a/p.b) - 1
	default:
		return (p.a - p.b) / p.n
	}
}

// sumByDay returns one sum a day, ordered by day, and the sum of all.
func sumByDay(lossA, lossB []float64, day []int32) (days []pairSum, all pairSum) {
	sums := map[int32]pairSum{}
	for i, d := range day {
		s := sums[d]
		s.addPair(pairSum{lossA[i], lossB[i], 1})
		sums[d] = s
	}
	keys := make([]int32, 0, len(sums))
	for d := range sums {
		keys = append(keys, d)
	}
	slices.Sort(keys)
	for _, d := range keys {
		days = append(days, sums[d])
		all.addPair(sums[d])
	}
	return days, all
}

// drawDays returns the statistic of every round, sorted.
func drawDays(days []pairSum, opt BootstrapOptions) []float64 {
	rng := rand.New(rand.NewPCG(opt.Seed, 0x9e3779b97f4a7c15))
	draws := make([]float64, opt.Rounds)
	for r := range draws {
		var s pairSum
		for range days {
			s.addPair(days[rng.IntN(len(days))])
		}
		draws[r] = opt.Of.compareSums(s)
	}
	slices.Sort(draws)
	return draws
}
