package gbdt

import (
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

const (
	checkpointMagic = "lfb.gbdt.checkpoint.1\n"
	checkpointEvery = 20 // rounds
)

// checkpoint is the trees of a fit under way: of the heads that are done, and
// of the one being fitted, without its start.
type checkpoint struct {
	done  [][]tree.Tree
	trees []tree.Tree
}

// fingerprint tells one fit from another: the recipe, the seed, the shape. The
// data itself shows when a tree's thresholds are none of its bins'.
func (f *fit) fingerprint() string {
	b, err := json.Marshal(f.recipe)
	if err != nil {
		panic(err) // plain numbers and strings always encode
	}
	return fmt.Sprintf("%s seed=%d rows=%d valid=%d schema=%s",
		b, f.opt.Seed, f.train.X.Rows(), f.valid.X.Rows(), f.train.X.Schema().Hash())
}

func (b *booster) checkpoint() []byte {
	width := b.train.X.Width()
	var w tree.ModelWriter
	w.WriteText(b.fingerprint())
	w.WriteUint(uint64(len(b.done)))
	for _, trees := range b.done {
		w.WriteTrees(trees, width)
	}
	w.WriteTrees(b.trees, width)
	return w.Seal(checkpointMagic)
}

func openCheckpoint(data []byte, f *fit) (checkpoint, error) {
	r, err := tree.OpenModel(data, checkpointMagic)
	if err != nil {
		return checkpoint{}, err
	}
	if have, want := r.ReadText(), f.fingerprint(); r.Err() == nil && have != want {
		return checkpoint{}, fmt.Errorf("checkpoint of %s, not of %s: %w", have, want, lfb.ErrInvalid)
	}
	width := f.train.X.Width()
	var c checkpoint
	for range r.ReadCount(1) {
		c.done = append(c.done, r.ReadTrees(width))
	}
	c.trees = r.ReadTrees(width)
	if err := r.Close(); err != nil {
		return checkpoint{}, err
	}
	for _, trees := range append(c.done[:len(c.done):len(c.done)], c.trees) {
		for i := range trees {
			if err := trees[i].Check(width); err != nil {
				return checkpoint{}, fmt.Errorf("tree %d: %w", i, err)
			}
		}
	}
	return c, nil
}
