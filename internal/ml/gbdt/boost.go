package gbdt

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// booster fits one head.
type booster struct {
	*fit
	number    int
	objective objective
	start     float64 // the constant before the first tree

	largest  float64 // bound of the next gradients' size, for squared loss
	bag, out []int32 // rows of this tree, nil is all; the others
	use      []bool  // features of this tree; nil is all

	trees    []tree.Tree
	best     int // trees at the lowest loss on valid
	bestLoss float64
}

const chunk = 8192 // rows that a worker takes at a time

// boost fits head number k, from its checkpoint where there is one.
func (f *fit) boost(ctx context.Context, k int, o objective) ([]tree.Tree, error) {
	if k < len(f.resume.done) {
		return f.resume.done[k], nil
	}
	b := f.newBooster(k, o)
	var known []tree.Tree
	if k == len(f.resume.done) {
		known = f.resume.trees
	}
	rounds := f.recipe.Rounds
	if len(f.recipe.HeadRounds) > 0 {
		rounds = f.recipe.HeadRounds[k]
	}
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, walk, err := b.next(ctx, round, known)
		if err != nil {
			return nil, err
		}
		if t.NumLeaves() == 1 { // nothing is left to gain
			break
		}
		b.trees = append(b.trees, t)
		if b.update(&t, &walk, round < len(known)) {
			break
		}
		b.report(round, len(known))
	}
	return b.finish(), nil
}

func (f *fit) newBooster(k int, o objective) *booster {
	b := &booster{fit: f, number: k, objective: o, bestLoss: math.Inf(1)}
	b.start = o.start(f.pool, f.train.Y, f.score)
	setAll(f.score, b.start)
	setAll(f.validScore, b.start)
	for _, y := range f.train.Y {
		b.largest = max(b.largest, math.Abs(y-b.start))
	}
	return b
}

func setAll(dst []float64, v float64) {
	for i := range dst {
		dst[i] = v
	}
}

// next is the tree of this round, already shrunk: the known one, or a new one.
func (b *booster) next(ctx context.Context, round int, known []tree.Tree) (tree.Tree, tree.BinnedTree, error) {
	b.sampleRound(round)
	scale := b.updateGradients()
	var t tree.Tree
	if round < len(known) {
		t = known[round]
	} else {
		var err error
		if t, err = b.grower.GrowTree(ctx, scale, b.bag, b.use); err != nil || t.NumLeaves() == 1 {
			return t, tree.BinnedTree{}, err
		}
		if q := b.objective.quantile; q > 0 {
			b.renew(&t, q)
		}
		t.ScaleValues(b.recipe.LearningRate)
	}
	walk, err := b.data.CompileTree(&t)
	if err != nil {
		err = fmt.Errorf("gbdt: resume: tree %d: %w", round, err)
	}
	return t, walk, err
}

// updateGradients packs those of every row and returns their scale.
func (b *booster) updateGradients() tree.GradientScale {
	bound := b.objective.largest()
	if bound == 0 {
		bound = b.largest
	}
	s := tree.NewScale(b.data.Rows, bound)
	most := make([]float64, b.pool.WorkerCount())
	b.pool.RunChunks(len(b.score), chunk, func(worker, lo, hi int) {
		l := b.objective.packGradients(b.gradients[lo:hi], s, b.score[lo:hi], b.train.Y[lo:hi])
		most[worker] = max(most[worker], l)
	})
	b.largest = 0
	for _, l := range most {
		b.largest = max(b.largest, l)
	}
	return s
}

// sampleRound picks the rows and columns of this round. Each round has a generator of
// its own, so that a resumed fit draws the same.
func (b *booster) sampleRound(round int) {
	if b.recipe.RowFraction < 1 {
		b.sampleRows(b.stream(round, 1))
	}
	n := b.data.FeatureCount()
	if k := int(math.Ceil(b.recipe.ColumnFraction * float64(n))); k < n {
		b.use = make([]bool, n)
		for _, f := range b.rng(round, 2).Perm(n)[:k] {
			b.use[f] = true
		}
	}
}

// sampleRows splits the rows in bag and out.
func (b *booster) sampleRows(pcg *rand.PCG) {
	n := b.data.Rows
	if b.bag == nil {
		b.bag, b.out = make([]int32, n), make([]int32, n)
	}
	bag, out := b.bag[:n], b.out[:n]
	in, limit := 0, uint64(math.Ceil(b.recipe.RowFraction*(1<<53)))
	for i := range n { // rand.Float64() < RowFraction, without a branch that nobody can foretell
		bag[in], out[i-in] = int32(i), int32(i)
		in += int((pcg.Uint64()<<11>>11 - limit) >> 63)
	}
	b.bag, b.out = bag[:in], out[:n-in]
	if in == 0 {
		i := rand.New(pcg).IntN(n)
		b.bag, b.out = append(b.bag, int32(i)), slices.Delete(b.out, i, i+1)
	}
}

func (b *booster) rng(round, purpose int) *rand.Rand { return rand.New(b.stream(round, purpose)) }

func (b *booster) stream(round, purpose int) *rand.PCG {
	return rand.NewPCG(b.opt.Seed, uint64(b.number)<<40|uint64(round)<<8|uint64(purpose))
}

// renew sets each leaf to the q quantile of its residuals, which the sum of gradients does not tell.
func (b *booster) renew(t *tree.Tree, q float64) {
	b.pool.RunTasks(t.NumLeaves(), func(_, leaf int) {
		rows := b.grower.LeafRows(leaf)
		v := make([]float64, len(rows))
		for k, i := range rows {
			v[k] = b.train.Y[i] - b.score[i]
		}
		t.LeafValue[leaf] = b.grower.ClipLeafValue(leaf, percentile(v, q))
	})
}

// update adds the tree to the scores and reports whether to stop. replayed is a
// tree that this grower did not grow.
func (b *booster) update(t *tree.Tree, walk *tree.BinnedTree, replayed bool) (stop bool) {
	b.addTree(t, walk, replayed)
	step := 0.0
	for _, v := range t.LeafValue {
		step = max(step, math.Abs(v))
	}
	b.largest += step
	return b.stop(t, walk)
}

// addTree adds the tree's values to the scores. The grower knows the leaves of
// the rows that it was given; the others are sent down. Writing the rows' leaves
// first keeps the scattered writes within two bytes a row.
func (b *booster) addTree(t *tree.Tree, walk *tree.BinnedTree, replayed bool) {
	switch {
	case replayed:
		b.assignLeaves(b.leafOf, b.data, walk, nil)
	case b.bag != nil:
		b.assignLeaves(b.leafOf, b.data, walk, b.out)
	}
	if !replayed {
		b.pool.RunTasks(t.NumLeaves(), func(_, leaf int) {
			for _, i := range b.grower.LeafRows(leaf) {
				b.leafOf[i] = uint16(leaf)
			}
		})
	}
	b.add(b.score, b.leafOf, t.LeafValue)
}

// assignLeaves writes to leafOf where the tree sends rows of data, nil being all.
func (f *fit) assignLeaves(leafOf []uint16, data *tree.BinnedMatrix, walk *tree.BinnedTree, rows []int32) {
	n := len(rows)
	if rows == nil {
		n = data.Rows
	}
	f.pool.RunChunks(n, chunk, func(_, lo, hi int) {
		some, spare := f.list[lo:hi], f.spare[lo:hi]
		for k := range some {
			some[k] = int32(lo + k)
		}
		if rows != nil {
			copy(some, rows[lo:hi])
		}
		walk.AssignLeaves(data, some, spare, func(leaf int, rows []int32) {
			for _, i := range rows {
				leafOf[i] = uint16(leaf)
			}
		})
	})
}

// add adds its leaf's value to each row's score.
func (f *fit) add(score []float64, leafOf []uint16, values []float64) {
	f.pool.RunChunks(len(score), chunk, func(_, lo, hi int) {
		leafOf := leafOf[lo:hi]
		score := score[lo:hi][:len(leafOf)]
		for i, l := range leafOf {
			score[i] += values[l]
		}
	})
}

// stop updates the loss on valid and reports whether patience is at its end.
func (b *booster) stop(t *tree.Tree, walk *tree.BinnedTree) bool {
	if b.validData == nil {
		return false
	}
	b.assignLeaves(b.validLeaf, b.validData, walk, nil)
	b.add(b.validScore, b.validLeaf, t.LeafValue)
	loss := sum(b.pool, b.validData.Rows, func(i int) float64 {
		return b.objective.loss(b.validScore[i], b.valid.Y[i])
	}) / float64(b.validData.Rows)
	if loss < b.bestLoss {
		b.best, b.bestLoss = len(b.trees), loss
	}
	return b.recipe.Patience > 0 && len(b.trees)-b.best >= b.recipe.Patience
}

// finish is the ensemble's trees: up to the best round where valid could tell,
// with the start folded into the first.
func (b *booster) finish() []tree.Tree {
	trees := b.trees
	if b.validData != nil && b.recipe.Patience > 0 {
		trees = trees[:b.best]
	}
	if len(trees) == 0 {
		return []tree.Tree{tree.NewConstantTree(b.start, b.data.Rows)}
	}
	trees[0].ShiftValues(b.start)
	return trees
}

func (b *booster) report(round, known int) {
	heads := 1 + len(b.recipe.Quantiles)
	if b.opt.Progress != nil {
		p := ml.Progress{
			Done: b.number*b.recipe.Rounds + round + 1, Total: heads * b.recipe.Rounds, Valid: math.NaN(),
			Part: b.number,
		}
		if b.validData != nil {
			p.Valid = b.bestLoss
		}
		b.opt.Progress(p)
	}
	if b.opt.Checkpoint != nil && round >= known && (round+1)%checkpointEvery == 0 {
		b.opt.Checkpoint(b.checkpoint())
	}
}
