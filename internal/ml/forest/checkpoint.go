package forest

import (
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

const checkpointMagic = "lfb.forest.checkpoint.1\n"

// fingerprint tells one fit from another: the recipe, the seed, the shape.
func (f *fitRun) fingerprint() string {
	b, err := json.Marshal(f.recipe)
	if err != nil {
		panic(err) // plain numbers always encode
	}
	return fmt.Sprintf("%s seed=%d rows=%d schema=%s", b, f.opt.Seed, f.train.X.Rows(), f.train.X.Schema().Hash())
}

// encodeCheckpoint returns the bytes of the trees that are done.
func (f *fitRun) encodeCheckpoint(done []bool) []byte {
	var w tree.ModelWriter
	w.WriteText(f.fingerprint())
	var part []grownTree
	for n, ok := range done {
		w.WriteBool(ok)
		if ok {
			part = append(part, f.trees[n])
		}
	}
	writeTrees(&w, part, f.train.X.Width())
	return w.Seal(checkpointMagic)
}

func (f *fitRun) openCheckpoint(data []byte) error {
	r, err := tree.OpenModel(data, checkpointMagic)
	if err != nil {
		return err
	}
	if have, want := r.ReadText(), f.fingerprint(); r.Err() == nil && have != want {
		return fmt.Errorf("checkpoint of %s, not of %s: %w", have, want, lfb.ErrInvalid)
	}
	count := 0
	for n := range f.known {
		if f.known[n] = r.ReadBool(); f.known[n] {
			count++
		}
	}
	part, err := readTrees(r, f.train.X.Width(), f.recipe.LeafSamples, len(f.book))
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	if len(part) != count {
		return fmt.Errorf("checkpoint of %d trees holds %d: %w", count, len(part), lfb.ErrInvalid)
	}
	for n, k := 0, 0; n < len(f.known); n++ {
		if f.known[n] {
			f.trees[n] = part[k]
			k++
		}
	}
	return nil
}

// writeTrees appends trees and their samples.
func writeTrees(w *tree.ModelWriter, trees []grownTree, width int) {
	plain := make([]tree.Tree, len(trees))
	for i := range trees {
		plain[i] = trees[i].tree
	}
	w.WriteTrees(plain, width)
	for i := range trees {
		w.WriteUint(uint64(len(trees[i].samples)))
		for _, c := range trees[i].samples {
			w.WriteUint(uint64(c))
		}
	}
}

// readTrees reads and checks what writeTrees wrote: trees over width columns
// with at most perLeaf samples a leaf, each a code below codes.
func readTrees(r *tree.ModelReader, width, perLeaf, codes int) ([]grownTree, error) {
	plain := r.ReadTrees(width)
	trees := make([]grownTree, len(plain))
	for i := range trees {
		trees[i] = grownTree{tree: plain[i], samples: make([]uint16, r.ReadCount(1))}
		for k := range trees[i].samples {
			c := r.ReadUint()
			if c >= uint64(codes) {
				return nil, fmt.Errorf("tree %d: target code %d of %d: %w", i, c, codes, lfb.ErrInvalid)
			}
			trees[i].samples[k] = uint16(c)
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
		if err := trees[i].checkTree(width, perLeaf); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return trees, r.Err()
}

// checkTree checks that the tree can be walked and that it has as many samples as its
// leaves say.
func (g *grownTree) checkTree(width, perLeaf int) error {
	if err := g.tree.Check(width); err != nil {
		return err
	}
	want := 0
	for i, n := range g.tree.LeafCount {
		if n < 1 {
			return fmt.Errorf("leaf %d of %d rows: %w", i, n, lfb.ErrInvalid)
		}
		want += min(int(n), perLeaf)
	}
	if len(g.samples) != want {
		return fmt.Errorf("%d samples of leaves, want %d: %w", len(g.samples), want, lfb.ErrInvalid)
	}
	return nil
}
