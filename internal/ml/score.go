package ml

import (
	"cmp"
	"fmt"
	"slices"
)

// Score measures answers against y, one target in seconds per answer. No rows
// give the zero Metrics. Unequal lengths panic.
func Score(answers []Answer, y []float64) Metrics {
	if len(answers) != len(y) {
		panic(fmt.Sprintf("ml: %d answers for %d targets", len(answers), len(y)))
	}
	var r RunningScore
	means := make([]float64, len(y))
	for i, a := range answers {
		r.Add(a, y[i])
		means[i] = a.Mean
	}
	m := r.Metrics()
	m.R2 = R2(means, y) // by the mean of all, which RunningScore does not know
	return m
}

// Labels is one way to divide a hold-out into slices: a value per row.
type Labels struct {
	By     string   // borough | hour_band | incident_group | pump_order
	Values []string // one per row; rows with "" are in no slice
}

// ScoreSlices scores every value of every label on its own rows, sorted by By, then
// Value. Unequal lengths panic.
func ScoreSlices(answers []Answer, y []float64, labels []Labels) []Slice {
	var out []Slice
	for _, l := range labels {
		if len(l.Values) != len(y) {
			panic(fmt.Sprintf("ml: %d labels by %s for %d targets", len(l.Values), l.By, len(y)))
		}
		rows := map[string][]int{}
		for i, v := range l.Values {
			if v != "" {
				rows[v] = append(rows[v], i)
			}
		}
		for v, index := range rows {
			out = append(out, Slice{By: l.By, Value: v, Metrics: scoreRows(answers, y, index)})
		}
	}
	slices.SortFunc(out, func(a, b Slice) int {
		return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(a.Value, b.Value))
	})
	return out
}

// Evaluate returns the whole report: all rows, those of the first engine, and every
// slice. first holds one claim per row. Unequal lengths panic.
func Evaluate(answers []Answer, y []float64, first []bool, labels []Labels) Report {
	if len(first) != len(y) {
		panic(fmt.Sprintf("ml: %d first-engine marks for %d targets", len(first), len(y)))
	}
	var index []int
	for i, is := range first {
		if is {
			index = append(index, i)
		}
	}
	a, t := pickRows(answers, y, index)
	return Report{
		All:       Score(answers, y),
		First:     Score(a, t),
		Slices:    ScoreSlices(answers, y, labels),
		Diagnosis: Diagnose(a, t),
	}
}

func scoreRows(answers []Answer, y []float64, index []int) Metrics {
	return Score(pickRows(answers, y, index))
}

func pickRows(answers []Answer, y []float64, index []int) (a []Answer, t []float64) {
	a, t = make([]Answer, len(index)), make([]float64, len(index))
	for k, i := range index {
		a[k], t[k] = answers[i], y[i]
	}
	return a, t
}
