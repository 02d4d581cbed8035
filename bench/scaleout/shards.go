package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/interval"
	"lfb/internal/mysql"
	"lfb/internal/s3"
)

// costs are what one forest is made of, on one core.
type costs struct {
	rows, trees, heads int
	load, features     time.Duration // of every process that fits, once a run
	fixed              time.Duration // of a head and shard: bins, targets
	tree               time.Duration // of a head
	calibrate          time.Duration // of a head
	treeBytes          int
	up, down           time.Duration // a head's trees, encoded and stored; read and decoded
}

// shards measures what a forest is made of and works out what it would take with
// its trees shared out over k activities: all but the trees is repeated or added.
func (b *bench) shards(ctx context.Context) error {
	c, err := b.measure(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\nOne forest of %d trees on %d rows, %d heads, one core:\n\n", c.trees, c.rows, c.heads)
	fmt.Println("| part | seconds | sharded |\n|---|---:|---|")
	for _, x := range []struct {
		what string
		d    time.Duration
		how  string
	}{
		{"rows from the store", c.load, "repeated by every worker that has not fitted in this run"},
		{"features", c.features, "the same"},
		{"bins and targets, a head", c.fixed, "repeated by every shard"},
		{"trees, a head", c.tree * time.Duration(c.trees), "shared out"},
		{"calibration, a head", c.calibrate, "once, after the last shard"},
		{"trees encoded and stored, a head", c.up, "added"},
		{"read and decoded, a head", c.down, "added, twice: once to merge, once with the rest"},
	} {
		fmt.Printf("| %s | %.2f | %s |\n", x.what, x.d.Seconds(), x.how)
	}
	fmt.Printf("\n%d bytes a tree, %.1f MB a head.\n", c.treeBytes, float64(c.treeBytes*c.trees)/1e6)
	fmt.Println("\n| shards, a worker of one core each | forest, seconds | of one | core-seconds |\n|---:|---:|---:|---:|")
	one := c.with(1)
	for k := 1; k <= 3; k++ {
		took := c.with(k)
		fmt.Printf("| %d | %.1f | %.2f | %.1f |\n", k, took.Seconds(), took.Seconds()/one.Seconds(), c.spent(k).Seconds())
	}
	return nil
}

// with is how long the forest takes on k workers that begin together.
func (c costs) with(k int) time.Duration {
	n := time.Duration(k)
	head := c.fixed + c.tree*time.Duration(c.trees)/n + c.calibrate
	if k > 1 {
		head += c.up/n + c.down // a shard stores its own, the merge reads all
	}
	return c.load + c.features + time.Duration(c.heads)*head
}

// spent is the work of all of them.
func (c costs) spent(k int) time.Duration {
	n := time.Duration(k)
	head := n*c.fixed + c.tree*time.Duration(c.trees) + c.calibrate
	if k > 1 {
		head += c.up + c.down
	}
	return n*(c.load+c.features) + time.Duration(c.heads)*head
}

func (b *bench) measure(ctx context.Context) (c costs, err error) {
	db, err := mysql.New(b.w.Config.MySQL)
	if err != nil {
		return c, err
	}
	defer func() { _ = db.Close() }() // only reads
	bucket, err := s3.Open(ctx, b.w.Config.S3)
	if err != nil {
		return c, err
	}
	s, err := b.latest(ctx, db, bucket)
	if err != nil {
		return c, err
	}
	c.heads = s.heads
	started := time.Now()
	t, err := dataset.Load(ctx, bucket, s.manifest, dataset.LoadOptions{Threads: 1})
	if err != nil {
		return c, err
	}
	c.load = lap(&started)
	train, valid, calib, err := sets(ctx, t, s.spans)
	if err != nil {
		return c, err
	}
	c.features, c.rows = lap(&started), train.X.Rows()
	return c, c.fit(ctx, bucket, train, valid, calib)
}

// fit fills in what the trees cost, from a small forest and a larger one.
func (c *costs) fit(ctx context.Context, bucket *s3.Bucket, train, valid, calib ml.Set) error {
	recipe, err := catalog.Recipe("forest")
	if err != nil {
		return err
	}
	r := recipe.(forest.Recipe)
	c.trees = r.Trees
	const few, more = 5, 55
	var took [2]time.Duration
	var model ml.Model
	for i, n := range []int{few, more} {
		r.Trees = n
		started := time.Now()
		if model, err = r.Fit(ctx, train, valid, ml.Options{Seed: 1, Threads: 1}); err != nil {
			return err
		}
		took[i] = lap(&started)
	}
	c.tree = (took[1] - took[0]) / (more - few)
	c.fixed = max(took[0]-few*c.tree, 0) // 0: too short to tell beside what else runs
	started := time.Now()
	if _, err := interval.Fit(ctx, model, valid, calib, interval.Options{}); err != nil {
		return err
	}
	c.calibrate = lap(&started)
	body, err := catalog.Encode(model)
	if err != nil {
		return err
	}
	ref, err := bucket.PutHashed(ctx, "bench/", ".bin", body)
	if err != nil {
		return err
	}
	c.up = lap(&started) * time.Duration(c.trees) / more
	if body, err = bucket.ReadAll(ctx, ref); err != nil {
		return err
	}
	if _, err = catalog.Decode(body); err != nil {
		return err
	}
	c.down = lap(&started) * time.Duration(c.trees) / more
	c.treeBytes = len(body) / more
	return nil
}

// lap is the time since started, which it sets to now.
func lap(started *time.Time) time.Duration {
	d := time.Since(*started)
	*started = time.Now()
	return d
}

// snapshot is what the last retrain's forest was fitted on.
type snapshot struct {
	manifest *dataset.Manifest
	spans    dataset.Spans
	heads    int
}

func (b *bench) latest(ctx context.Context, db *mysql.DB, bucket *s3.Bucket) (s snapshot, err error) {
	versions, err := db.Versions(ctx, lfb.Synthetic.Line(), 0)
	if err != nil {
		return s, err
	}
	for _, v := range versions {
		if v.Candidate != "forest" {
			continue
		}
		m, err := bundle.Read(ctx, bucket, v.Bundle)
		if err != nil {
			return s, err
		}
		s.heads = len(m.Heads)
		if err := json.Unmarshal(m.Manifest.Spans, &s.spans); err != nil {
			return s, err
		}
		sets, err := db.DataSets(ctx, lfb.Synthetic)
		if err != nil {
			return s, err
		}
		for _, d := range sets {
			if d.ID == v.DataSet {
				s.manifest, err = dataset.Open(ctx, bucket, d.Manifest)
				return s, err
			}
		}
	}
	return s, fmt.Errorf("no forest on record: run the part workers too: %w", lfb.ErrNotFound)
}

// sets encodes the rows as training does.
func sets(ctx context.Context, t *dataset.Table, s dataset.Spans) (train, valid, calib ml.Set, err error) {
	spec, err := feature.Fit(ctx, s.Train.Of(t), feature.Options{Threads: 1})
	if err != nil {
		return train, valid, calib, err
	}
	of := func(span dataset.Span, matrix func(context.Context, feature.Calls, int) (ml.Matrix, error)) (ml.Set, error) {
		view := span.Of(t)
		x, err := matrix(ctx, view, 1)
		set := ml.Set{X: x, Y: make([]float64, view.Len())}
		var o lfb.Outcome
		for i := range set.Y {
			view.Outcome(i, &o)
			set.Y[i] = o.AttendanceSeconds
		}
		return set, err
	}
	if train, err = of(s.Train, spec.TrainMatrix); err != nil {
		return train, valid, calib, err
	}
	if valid, err = of(s.Valid, spec.Matrix); err != nil {
		return train, valid, calib, err
	}
	calib, err = of(s.Calib, spec.Matrix)
	return train, valid, calib, err
}
