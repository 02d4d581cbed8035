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

// BorutaOptions bound the report; the zero value is the default.
type BorutaOptions struct {
	Seed   uint64
	Rows   int     // at most, drawn by the seed; 0 = 2000
	Trees  int     // a forest; 0 = 50
	Cycles int     // forests, each against shadows shuffled anew; 0 = 20
	Alpha  float64 // the share of chance verdicts over all columns; 0 = 0.05
}

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
func Boruta(ctx context.Context, set ml.Set, opt BorutaOptions) ([]Relevance, error) {
	opt.Rows, opt.Trees = cmp.Or(opt.Rows, 2000), cmp.Or(opt.Trees, 50)
	opt.Cycles, opt.Alpha = cmp.Or(opt.Cycles, 20), cmp.Or(opt.Alpha, 0.05)
	if opt.Rows < 1 || opt.Trees < 1 || opt.Trees > maxTrees || opt.Cycles < 1 || opt.Cycles > 1000 ||
		!(opt.Alpha > 0 && opt.Alpha < 1) {
		return nil, fmt.Errorf("boruta options %+v: %w", opt, lfb.ErrInvalid)
	}
	if err := set.Check(); err != nil {
		return nil, fmt.Errorf("boruta: %w", err)
	}
	b := newBands(set.Y, 6)
	set = subsample(set, opt.Rows, opt.Seed)
	rows, used := library(set.X, prepare(set), 64)
	class := make([]int, len(rows))
	for i, y := range set.Y {
		class[i] = b.band(y)
	}
	defer releaseLibrary()
	hits := make([]int, set.X.Width())
	for c := range opt.Cycles {
		beat, err := borutaCycle(ctx, rows, class, opt.Trees, treeSeed(opt.Seed, c))
		if err != nil {
			return nil, fmt.Errorf("boruta: cycle %d: %w", c+1, err)
		}
		for k, j := range used {
			hits[j] += beat[k]
		}
	}
	return verdicts(set.X.Schema(), hits, opt), nil
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

func verdicts(schema *ml.Schema, hits []int, opt BorutaOptions) []Relevance {
	alpha := opt.Alpha / float64(len(hits)) // Bonferroni
	out := make([]Relevance, len(hits))
	for j, h := range hits {
		out[j] = Relevance{Column: schema.Columns[j].Name, Hits: h, Cycles: opt.Cycles, Verdict: Undecided}
		switch {
		case coinTail(opt.Cycles, opt.Cycles-h) < alpha:
			out[j].Verdict = Relevant
		case coinTail(opt.Cycles, h) < alpha:
			out[j].Verdict = Irrelevant
		}
	}
	slices.SortStableFunc(out, func(a, b Relevance) int { return cmp.Compare(b.Hits, a.Hits) })
	return out
}

// coinTail is the probability of at most k heads in n fair throws.
func coinTail(n, k int) float64 { return distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(k)) }
