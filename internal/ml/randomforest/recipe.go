package randomforest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lfb/internal/ml"
)

// Name is the candidate's: the one whose bytes cannot be had again in a process that does
// other things too (see the package's comment).
const Name = "randomforest"

// Recipe is the hyper-parameters; the zero value is the default. It implements
// ml.Estimator.
type Recipe struct {
	// Rows is how many training rows a tree is grown on at most, drawn by its seed from
	// ten times as many, which the fit's seed draws; 0 = 10000.
	Rows int `json:"rows,omitempty"`
	// Trees is how many trees are grown; 0 = 60.
	Trees int `json:"trees,omitempty"`
	// Depth is the deepest level, the root being 1; 0 = 12.
	Depth int `json:"depth,omitempty"`
	// LeafRows is how many rows are not split any more; 0 = 20.
	LeafRows int `json:"leaf_rows,omitempty"`
	// Features is how many columns a node tries; 0 = a third, at least 1.
	Features int `json:"features,omitempty"`
	// Bands is how many bands of time hold equally many rows; 0 = 20. Bands are also
	// cut at 360 and 600 s.
	Bands int `json:"bands,omitempty"`
	// Bins is how many values a column keeps for the search of splits; 0 = 64.
	Bins int `json:"bins,omitempty"`
}

// Limits that keep one fit within minutes and the library's recursion shallow.
const (
	maxTrees = 2000
	maxDepth = 40
	maxBands = 100
	maxBins  = 4096
)

func (r Recipe) withDefaults() Recipe {
	r.Rows = cmp.Or(r.Rows, 10000)
	r.Trees = cmp.Or(r.Trees, 60)
	r.Depth = cmp.Or(r.Depth, 12)
	r.LeafRows = cmp.Or(r.LeafRows, 20)
	r.Bands = cmp.Or(r.Bands, 20)
	r.Bins = cmp.Or(r.Bins, 64)
	return r
}

// Check returns lfb.ErrInvalid naming the first field out of bounds.
func (r Recipe) Check() error {
	r = r.withDefaults()
	return cmp.Or(
		ml.CheckBound("randomforest rows", r.Rows, 1, math.MaxInt32),
		ml.CheckBound("randomforest trees", r.Trees, 1, maxTrees),
		ml.CheckBound("randomforest depth", r.Depth, 1, maxDepth),
		ml.CheckBound("randomforest leaf_rows", r.LeafRows, 1, math.MaxInt32),
		ml.CheckBound("randomforest features", r.Features, 0, math.MaxInt32),
		ml.CheckBound("randomforest bands", r.Bands, 1, maxBands),
		ml.CheckBound("randomforest bins", r.Bins, 2, maxBins),
	)
}

// Fit grows the trees one by one; valid is not used. A cancelled ctx is noticed
// after the tree that is growing. See ml.Estimator, and the package's word on bytes.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := ml.CheckSets(train, valid); err != nil {
		return nil, fmt.Errorf("fit randomforest: %w", err)
	}
	r = r.withDefaults()
	s := state{Format: format, Bands: newBands(train.Y, r.Bands)}
	train = subsample(train, poolRows*r.Rows, opt.Seed)
	s.Columns = prepare(train)
	g := newGrower(r, &s, train)
	defer releaseLibrary()
	for k := range r.Trees {
		t, err := g.grow(ctx, treeSeed(opt.Seed, k))
		if err != nil {
			return nil, fmt.Errorf("fit randomforest: tree %d: %w", k+1, err)
		}
		s.trees = append(s.trees, t)
		if opt.Progress != nil {
			opt.Progress(ml.Progress{Done: k + 1, Total: r.Trees, Valid: math.NaN()})
		}
	}
	return newModel(s)
}

// poolRows is how many times the rows of a tree the fit holds as the library wants them.
const poolRows = 10

// subsample draws at most limit rows without return, in their order.
func subsample(s ml.Set, limit int, seed uint64) ml.Set {
	if s.X.Rows() <= limit {
		return s
	}
	return s.Select(drawRows(s.X.Rows(), limit, seed))
}

// drawRows draws at most limit of n rows without return, in their order.
func drawRows(n, limit int, seed uint64) []int {
	index := rand.New(rand.NewPCG(seed, 0x5ab)).Perm(n)[:min(n, limit)]
	slices.Sort(index)
	return index
}

// treeSeed spreads the seeds of one fit's trees, so that neighbouring seeds share none.
func treeSeed(seed uint64, k int) int64 {
	return rand.New(rand.NewPCG(seed, uint64(k))).Int64()
}
