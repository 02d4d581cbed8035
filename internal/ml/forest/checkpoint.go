package forest

import (
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

const checkpointMagic = "lfb.forest.checkpoint.1\n"

// fingerprint tells one fit from another: the recipe, the seed, the shape.
func (f *fit) fingerprint() string {
	b, err := json.Marshal(f.recipe)
	if err != nil {
		panic(err) // plain numbers always encode
	}
	return fmt.Sprintf("%s seed=%d rows=%d schema=%s", b, f.opt.Seed, f.train.X.Rows(), f.train.X.Schema().Hash())
}

// checkpoint is the bytes of the trees that are done.
func (f *fit) checkpoint(done []bool) []byte {
	var w tree.Writer
	w.Text(f.fingerprint())
	var part []grown
	for n, ok := range done {
		w.Bool(ok)
		if ok {
			part = append(part, f.trees[n])
		}
	}
	writeTrees(&w, part, f.train.X.Width())
	return w.Seal(checkpointMagic)
}

func (f *fit) openCheckpoint(data []byte) error {
	r, err := tree.Open(data, checkpointMagic)
	if err != nil {
		return err
	}
	if have, want := r.Text(), f.fingerprint(); r.Err() == nil && have != want {
		return fmt.Errorf("checkpoint of %s, not of %s: %w", have, want, lfb.ErrInvalid)
	}
	count := 0
	for n := range f.known {
		if f.known[n] = r.Bool(); f.known[n] {
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
func writeTrees(w *tree.Writer, trees []grown, width int) {
	plain := make([]tree.Tree, len(trees))
	for i := range trees {
		plain[i] = trees[i].tree
	}
	w.Trees(plain, width)
	for i := range trees {
		w.Uint(uint64(len(trees[i].samples)))
		for _, c := range trees[i].samples {
			w.Uint(uint64(c))
		}
	}
}

// readTrees reads and checks what writeTrees wrote: trees over width columns
// with at most perLeaf samples a leaf, each a code below codes.
func readTrees(r *tree.Reader, width, perLeaf, codes int) ([]grown, error) {
	plain := r.Trees(width)
	trees := make([]grown, len(plain))
	for i := range trees {
		trees[i] = grown{tree: plain[i], samples: make([]uint16, r.Count(1))}
		for k := range trees[i].samples {
			c := r.Uint()
			if c >= uint64(codes) {
				return nil, fmt.Errorf("tree %d: target code %d of %d: %w", i, c, codes, lfb.ErrInvalid)
			}
			trees[i].samples[k] = uint16(c)
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
		if err := trees[i].check(width, perLeaf); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return trees, r.Err()
}

// check holds that the tree can be walked and its samples are as many as its
// leaves say.
func (g *grown) check(width, perLeaf int) error {
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
