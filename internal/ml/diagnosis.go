package ml

import (
	"cmp"
	"slices"
)

// Diagnosis says where answers went wrong, in numbers for plots.
type Diagnosis struct {
	// Errors is rows by the mean's error, answer less actual, in bins of ErrorStep
	// seconds from ErrorFrom on; the first and the last bin are open outwards.
	Errors   []int         `json:"errors"`
	Within6  []Reliability `json:"within_6"`  // by tenths of the probability, ascending
	Within10 []Reliability `json:"within_10"` //
	Coverage []LevelBin    `json:"coverage"`  // by tenths of the rows, ascending P50
}

// The bins of Diagnosis.Errors, in seconds.
const (
	ErrorFrom = -400
	ErrorStep = 20
	errorBins = 40
)

// Reliability is the rows whose probability lies in one tenth of [0, 1].
type Reliability struct {
	Rows      int     `json:"rows"`
	Predicted float64 `json:"predicted"` // mean probability
	Actual    float64 `json:"actual"`    // share that was in time
}

// LevelBin is rows with P50s next to each other.
type LevelBin struct {
	Rows   int     `json:"rows"`
	P50    float64 `json:"p50"`     // their mean, seconds
	Held50 float64 `json:"held_50"` // share of actuals ≤ P50
	Held90 float64 `json:"held_90"` // share of actuals ≤ P90
}

// levels is the number of bins of Coverage, where there are enough rows.
const levels = 10

// Diagnose compares answers with y, seconds per answer. No rows give nil.
// Unequal lengths panic.
func Diagnose(answers []Answer, y []float64) *Diagnosis {
	if len(answers) != len(y) {
		panic("ml: answers and targets of unequal length")
	}
	if len(y) == 0 {
		return nil
	}
	d := &Diagnosis{
		Errors:   make([]int, errorBins),
		Within6:  reliabilityBins(answers, y, Aim, func(a Answer) float64 { return a.Within6 }),
		Within10: reliabilityBins(answers, y, Limit, func(a Answer) float64 { return a.Within10 }),
		Coverage: coverageBins(answers, y),
	}
	for i, a := range answers {
		if k := clampBin((a.Mean-y[i]-ErrorFrom)/ErrorStep, errorBins); k >= 0 {
			d.Errors[k]++
		}
	}
	return d
}

// clampBin returns the bin of v among n of width 1, the outermost for values beyond; -1 for NaN.
func clampBin(v float64, n int) int {
	if v != v {
		return -1
	}
	return int(min(max(v, 0), float64(n-1)))
}

func reliabilityBins(answers []Answer, y []float64, limit float64, p func(Answer) float64) []Reliability {
	var bins [10]Reliability
	for i, a := range answers {
		k := clampBin(p(a)*10, len(bins))
		if k < 0 {
			continue
		}
		b := &bins[k]
		b.Rows++
		b.Predicted += p(a)
		b.Actual += boolToFloat(y[i] <= limit)
	}
	out := make([]Reliability, 0, len(bins))
	for _, b := range bins {
		if b.Rows > 0 {
			n := float64(b.Rows)
			out = append(out, Reliability{Rows: b.Rows, Predicted: b.Predicted / n, Actual: b.Actual / n})
		}
	}
	return out
}

func coverageBins(answers []Answer, y []float64) []LevelBin {
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(answers[a].P50, answers[b].P50) })
	var out []LevelBin
	for k := range levels {
		rows := order[k*len(y)/levels : (k+1)*len(y)/levels]
		if len(rows) == 0 {
			continue
		}
		b := LevelBin{Rows: len(rows)}
		for _, i := range rows {
			b.P50 += answers[i].P50
			b.Held50 += boolToFloat(y[i] <= answers[i].P50)
			b.Held90 += boolToFloat(y[i] <= answers[i].P90)
		}
		n := float64(len(rows))
		b.P50, b.Held50, b.Held90 = b.P50/n, b.Held50/n, b.Held90/n
		out = append(out, b)
	}
	return out
}
