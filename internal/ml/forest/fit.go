package forest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// grownTree is one tree with the samples of its leaves: codes of targets, at most
// Recipe.LeafSamples a leaf, leaf by leaf.
type grownTree struct {
	tree    tree.Tree
	samples []uint16
}

// fitRun is the state of one Fit.
type fitRun struct {
	recipe    Recipe
	opt       ml.Options
	train     ml.Set
	valid     ml.Set
	data      *tree.BinnedMatrix
	book      targetCodebook
	codes     []uint16 // of each row's target
	start     float64  // the mean target, about which gradients are taken
	scale     tree.GradientScale
	gradients []int64
	oob       outOfBag
	trees     []grownTree
	known     []bool // trees that a checkpoint held
}

// Fit meets ml.Estimator. It does not stop early: valid is scored for progress
// only where a caller listens.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	if err := cmp.Or(r.Check(), ml.CheckSets(train, valid)); err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	f := &fitRun{recipe: r.forRows(len(train.Y)), opt: opt, train: train, valid: valid}
	f.trees, f.known = make([]grownTree, f.recipe.Trees), make([]bool, f.recipe.Trees)
	if err := f.prepareData(ctx); err != nil {
		return nil, err
	}
	if opt.Resume != nil {
		if err := f.openCheckpoint(opt.Resume); err != nil {
			return nil, fmt.Errorf("forest: resume: %w", err)
		}
	}
	if err := f.growTrees(ctx); err != nil {
		return nil, err
	}
	m, err := newModel(r, f.train.X.Schema(), f.trees, f.book, f.oob.computeRMSE(f.train.Y))
	if err != nil {
		return nil, err // not m: a nil pointer in an interface is not nil
	}
	return m, nil
}

// prepareData bins the rows and packs the targets: both are the same for all trees.
func (f *fitRun) prepareData(ctx context.Context) error {
	pool := tree.NewPool(f.opt.Threads)
	defer pool.Close()
	cfg := tree.DefaultBins(f.opt.Seed)
	cfg.MaxBins = f.recipe.MaxBins
	var err error
	if f.data, err = tree.BinMatrix(ctx, pool, f.train.X, cfg); err != nil {
		return err
	}
	y := f.train.Y
	f.book, f.codes = newCodebook(y)
	for _, v := range y {
		f.start += v / float64(len(y))
	}
	largest := 0.0
	for _, v := range y {
		largest = max(largest, math.Abs(v-f.start))
	}
	f.scale = tree.NewScale(f.drawCount(), largest)
	f.gradients = make([]int64, len(y))
	for i, v := range y {
		f.gradients[i] = f.scale.PackGradient(f.start - v)
	}
	f.oob = newOutOfBag(len(y), largest)
	return nil
}

// drawCount is the number of rows drawn for a tree.
func (f *fitRun) drawCount() int {
	return max(1, int(math.Round(f.recipe.RowFraction*float64(f.data.Rows))))
}

// growTrees grows all trees that no checkpoint held, several at a time.
func (f *fitRun) growTrees(ctx context.Context) error {
	workers, fitting := errgroup.WithContext(ctx)
	var next atomic.Int64
	var mu sync.Mutex
	count, done := 0, make([]bool, f.recipe.Trees)
	for range min(cmp.Or(max(f.opt.Threads, 0), runtime.GOMAXPROCS(0)), f.recipe.Trees) {
		workers.Go(func() error {
			w := f.newWorker()
			for n := int(next.Add(1) - 1); n < f.recipe.Trees; n = int(next.Add(1) - 1) {
				if err := w.growTree(fitting, n); err != nil {
					return err
				}
				mu.Lock()
				count++
				done[n] = true
				f.reportProgress(count, done)
				mu.Unlock()
			}
			return nil
		})
	}
	return cmp.Or(workers.Wait(), ctx.Err())
}

// reportProgress reports how many trees are done, with a checkpoint of them.
func (f *fitRun) reportProgress(count int, done []bool) {
	if f.opt.Progress != nil {
		f.opt.Progress(ml.Progress{Done: count, Total: f.recipe.Trees, Valid: math.NaN()})
	}
	every := max(1, f.recipe.Trees/10)
	if f.opt.Checkpoint != nil && count%every == 0 {
		f.opt.Checkpoint(f.encodeCheckpoint(done))
	}
}

// treeWorker grows trees one after the other on one core.
type treeWorker struct {
	*fitRun
	grower *tree.DeepGrower
	drawn  []uint8
	sorter []leafSample
}

func (f *fitRun) newWorker() *treeWorker {
	return &treeWorker{
		fitRun: f,
		grower: tree.NewDeepGrower(f.data, f.recipe.growthParams(), f.scale, f.gradients),
		drawn:  make([]uint8, f.data.Rows),
	}
}

// growTree grows tree n, unless a checkpoint held it, and scores the rows that it was not given.
func (w *treeWorker) growTree(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(w.opt.Seed, uint64(n)))
	w.drawRows(rng)
	if !w.known[n] {
		columns := int(math.Ceil(w.recipe.ColumnFraction * float64(w.data.FeatureCount())))
		t, err := w.grower.GrowTree(ctx, w.drawn, columns, rng)
		if err != nil {
			return err
		}
		t.ShiftValues(w.start)
		w.trees[n] = grownTree{t, w.sampleLeaves(&t, rng)}
	}
	t := &w.trees[n].tree
	walk, err := w.data.CompileTree(t)
	if err != nil {
		return fmt.Errorf("forest: resume: tree %d: %w", n, err)
	}
	w.oob.scoreTree(w.data, &walk, t, w.drawn)
	return nil
}

// drawRows draws rows with replacement.
func (w *treeWorker) drawRows(rng *rand.Rand) {
	clear(w.drawn)
	n := uint64(len(w.drawn))
	for range w.drawCount() {
		i, _ := bits.Mul64(rng.Uint64(), n) // the high word is a fair draw to within n/2^64
		if w.drawn[i] < math.MaxUint8 {
			w.drawn[i]++
		}
	}
}
