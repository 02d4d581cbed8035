package randomforest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	malaschitz "github.com/malaschitz/randomForest"
	"gonum.org/v1/gonum/stat/distuv"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// falseAlarms is the share of chance verdicts over all columns.
const falseAlarms = 0.05

// Relevance is Boruta's verdict on a column.
type Relevance struct {
	Column  string  `json:"column"`
	Hits    int     `json:"hits"` // cycles in which it beat every shadow
	Cycles  int     `json:"cycles"`
	Verdict Verdict `json:"verdict"`
}

// ReportSpec bounds the report on which columns are relevant.
type ReportSpec struct {
	Cycles int `json:"cycles"` // forests; 0 is no report
	Rows   int `json:"rows"`   // most training rows, drawn by the seed
	Trees  int `json:"trees"`  // of each forest
}

// Report is Boruta's report on the training rows, kept as an object that the candidate
// names. Nothing selects columns by it.
type Report struct {
	ReportSpec
	Seed    uint64      `json:"seed"`
	Columns []Relevance `json:"columns"` // most hits first
}

// Verdict is what Boruta says of a column.
type Verdict string

// The verdicts: beaten the best shadow clearly more often than by chance, neither,
// clearly less often.
const (
	Relevant   Verdict = "relevant"
	Undecided  Verdict = "undecided"
	Irrelevant Verdict = "irrelevant"
)

// Boruta asks of every column whether it helps more than the luckiest of as many
// shuffled copies. It returns one verdict a column, most hits first, in the
// columns' order among equals. The library's Boruta runs one cycle at a time, so that
// a cancelled ctx is noticed between cycles; the test on the hits is ours, corrected
// for the number of columns. For reports: nothing selects features by it.
//
// Source: Kursa & Rudnicki, Feature selection with the Boruta package, Journal of
// Statistical Software 36(11), 2010.
func Boruta(ctx context.Context, set ml.Set, spec ReportSpec, seed uint64) ([]Relevance, error) {
	if spec.Rows < 1 || spec.Trees < 1 || spec.Trees > maxTrees || spec.Cycles < 1 || spec.Cycles > 1000 {
		return nil, fmt.Errorf("boruta report %+v: %w", spec, lfb.ErrInvalid)
	}
	if err := set.Check(); err != nil {
		return nil, fmt.Errorf("boruta: %w", err)
	}
	b := newBands(set.Y, 6)
	set = subsample(set, spec.Rows, seed)
	rows, used := library(set.X, prepare(set), 64)
	class := make([]int, len(rows))
	for i, y := range set.Y {
		class[i] = b.band(y)
	}
	defer releaseLibrary()
	hits := make([]int, set.X.Width())
	for c := range spec.Cycles {
		beat, err := borutaCycle(ctx, rows, class, spec.Trees, treeSeed(seed, c))
		if err != nil {
			return nil, fmt.Errorf("boruta: cycle %d: %w", c+1, err)
		}
		for k, j := range used {
			hits[j] += beat[k]
		}
	}
	return verdicts(set.X.Schema(), hits, spec.Cycles), nil
}

// borutaCycle runs one cycle of the library's and returns who beat the shadows.
func borutaCycle(ctx context.Context, rows [][]float64, class []int, trees int, seed int64) (map[int]int, error) {
	generator.Lock()
	defer generator.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	seedLibrary(seed)
	_, beat := malaschitz.Boruta(rows, class, trees, 1, 0.05, false, false)
	return beat, nil
}

func verdicts(schema *ml.Schema, hits []int, cycles int) []Relevance {
	alpha := falseAlarms / float64(len(hits)) // Bonferroni
	out := make([]Relevance, len(hits))
	for j, h := range hits {
		out[j] = Relevance{Column: schema.Columns[j].Name, Hits: h, Cycles: cycles, Verdict: Undecided}
		switch {
		case coinTail(cycles, cycles-h) < alpha:
			out[j].Verdict = Relevant
		case coinTail(cycles, h) < alpha:
			out[j].Verdict = Irrelevant
		}
	}
	slices.SortStableFunc(out, func(a, b Relevance) int { return cmp.Compare(b.Hits, a.Hits) })
	return out
}

// coinTail is the probability of at most k heads in n fair throws.
func coinTail(n, k int) float64 { return distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(k)) }
