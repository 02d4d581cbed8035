package randomforest

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"math"
	"math/rand"
	"sync"

	malaschitz "github.com/malaschitz/randomForest"

	"lfb/internal/ml"
)

// generator guards what the library shares with the whole process: its NumWorkers,
// and the global generator of math/rand. The only package variable here, because
// what it guards is one.
var generator sync.Mutex

// grower grows one model's trees.
type grower struct {
	forest malaschitz.Forest
	pool   malaschitz.ForestData // what the trees' rows are drawn from
	rows   int                   // of a tree
	near   []float64             // one tree's rows
	used   []int
	state  *state
}

func newGrower(r Recipe, s *state, train ml.Set) *grower {
	rows, used := library(train.X, s.Columns, r.Bins)
	class := make([]int, len(rows))
	for i, y := range train.Y {
		class[i] = s.Bands.band(y)
	}
	features := r.Features
	if features == 0 {
		features = len(used) / 3
	}
	return &grower{
		pool: malaschitz.ForestData{X: rows, Class: class}, rows: r.Rows, used: used, state: s,
		forest: malaschitz.Forest{LeafSize: r.LeafRows, MaxDepth: r.Depth, MFeatures: min(max(features, 1), len(used))},
	}
}

// grow trains one tree, which depends on the seed alone while nobody else draws.
func (g *grower) grow(ctx context.Context, seed int64) (grown, error) {
	generator.Lock()
	defer generator.Unlock()
	if err := ctx.Err(); err != nil { // after the lock: another fit may have held it long
		return grown{}, err
	}
	g.forest.Trees = nil
	g.selectRows(drawRows(len(g.pool.X), g.rows, uint64(seed)))
	seedLibrary(seed)
	g.forest.Train(1)
	var t grown
	g.copyBranch(&t, &g.forest.Trees[0].Root)
	g.forest.Trees = nil
	return t, nil
}

// selectRows copies a tree's rows out of the pool, side by side: the library looks at one
// feature of all rows at a time, in no order, and rows far apart would each miss the
// processor's caches of memory and of addresses.
func (g *grower) selectRows(index []int) {
	width := len(g.pool.X[0])
	if g.near == nil {
		g.near = make([]float64, len(index)*width)
	}
	x, class := g.forest.Data.X[:0], g.forest.Data.Class[:0]
	for k, i := range index {
		row := g.near[k*width : (k+1)*width : (k+1)*width]
		copy(row, g.pool.X[i])
		x, class = append(x, row), append(class, g.pool.Class[i])
	}
	g.forest.Data = malaschitz.ForestData{X: x, Class: class}
}

// releaseLibrary gives the process an unpredictable generator back.
func releaseLibrary() {
	generator.Lock()
	defer generator.Unlock()
	var b [8]byte
	_, _ = crand.Read(b[:]) // never returns an error since Go 1.24
	//nolint:staticcheck // the library draws from the global generator
	rand.Seed(int64(binary.LittleEndian.Uint64(b[:]) >> 1))
}

// seedLibrary makes the library's next draws repeat; generator must be held.
func seedLibrary(seed int64) {
	malaschitz.NumWorkers = 1
	rand.Seed(seed) //nolint:staticcheck // the library draws from the global generator
}

// copyBranch copies a branch and adds up what its columns gained. Where no column that the
// library tried varies, it splits off an empty side, whose votes are all zero: such a node is
// its other side.
func (g *grower) copyBranch(to *grown, b *malaschitz.Branch) int32 {
	for !b.IsLeaf && (b.Branch0.Size == 0 || b.Branch1.Size == 0) {
		if b.Branch0.Size > 0 {
			b = b.Branch0
		} else {
			b = b.Branch1
		}
	}
	if b.IsLeaf {
		counts := make([]uint32, len(g.state.Bands.Mean))
		for k, share := range b.LeafValue { // fewer where the top bands have no row
			counts[k] = uint32(math.Round(share * float64(b.Size)))
		}
		return to.addLeaf(counts, &g.state.Bands)
	}
	j := g.used[b.Attribute]
	c := &g.state.Columns[j]
	c.Gain += max(b.GiniGain, 0) * float64(b.Size)
	c.Splits++
	node := to.addSplit(j, b.Value)
	to.tree.Left[node] = g.copyBranch(to, b.Branch0)
	to.tree.Right[node] = g.copyBranch(to, b.Branch1)
	return node
}
