package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/source/synthetic"
)

const (
	incidents = 1_592_069 // as many as were published from 2009 to 2023, and their 2.21 M mobilisations
	months    = 180
	trainRows = 1_000_000
	holdRows  = 100_000
)

// prepare makes what is not in the folder yet: the whole synthetic history as CSV,
// its data set, and the rows that models learn from and are judged by.
func (b *bench) prepare(ctx context.Context) error {
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		return err
	}
	csv := filepath.Join(b.folder, orderedFolder)
	if err := once(csv, "the synthetic history as CSV, 1 GB; about 30 s",
		func() error { return writeCity(ctx, csv) }); err != nil {
		return err
	}
	city := filepath.Join(b.folder, "city-schema.json")
	if err := once(city, "the synthetic city's rows; about 60 s", func() error { return b.cityRows(ctx) }); err != nil {
		return err
	}
	real := filepath.Join(b.folder, "real-schema.json")
	if b.real != "" {
		if err := once(real, "the real rows", func() error { return b.realRows(ctx) }); err != nil {
			return err
		}
	}
	model := filepath.Join(b.folder, modelFile)
	return once(model, "the model that both sides predict with; about 60 s", func() error {
		_, err := b.ours(ctx, "fit", "data=city", "rounds=500", "leaves=63", "save=yes")
		return err
	})
}

// once makes what is to be at path, unless it is there.
func once(path, what string, make func() error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "== making %s\n", what)
	return make()
}

// writeCity writes the city's rows to folder in key order, all or none.
func writeCity(ctx context.Context, folder string) error {
	c, err := synthetic.New(synthetic.Options{Seed: 1, Incidents: incidents, Months: months, From: "2009-01"})
	if err != nil {
		return err
	}
	published, part := folder+".published", folder+".part"
	defer os.RemoveAll(published)
	for _, dir := range []string{published, part} {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			return err
		}
	}
	items, err := c.List(ctx)
	if err != nil {
		return err
	}
	for _, item := range items {
		body, _, err := c.Open(ctx, item, 0)
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(published, item.Name))
		if err == nil {
			_, err = io.Copy(f, body)
			err = errors.Join(err, f.Close())
		}
		if err := errors.Join(err, body.Close()); err != nil {
			return err
		}
	}
	return errors.Join(orderFolder(published, part), os.Rename(part, folder))
}

// cityRows makes the city's last rows into matrices, cut by time: a million to
// learn from and those after them.
func (b *bench) cityRows(ctx context.Context) error {
	t, err := b.table(ctx, filepath.Join(b.folder, orderedFolder), lfb.Synthetic)
	if err != nil {
		return err
	}
	lo := t.Len() - trainRows - holdRows
	if lo < 0 {
		return fmt.Errorf("%d rows in the city: %w", t.Len(), lfb.ErrInvalid)
	}
	return b.saveSplit(ctx, "city", t.Slice(lo, lo+trainRows), t.Slice(lo+trainRows, t.Len()))
}

// realRows cuts February 2017 in half, so that March, which judges, is not looked
// at: January and half of February to learn from, the rest to judge the engines.
func (b *bench) realRows(ctx context.Context) error {
	t, err := b.realTable(ctx)
	if err != nil {
		return err
	}
	mid, end := t.FirstRowOn(dayOf(time.February, 15)), t.FirstRowOn(dayOf(time.March, 1))
	return b.saveSplit(ctx, "real", t.Slice(0, mid), t.Slice(mid, end))
}

// realTable is the data set of the real rows.
func (b *bench) realTable(ctx context.Context) (*dataset.Table, error) {
	folder, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := orderRows([]string{b.real}, filepath.Join(folder, incidentsFile)); err != nil {
		return nil, err
	}
	return b.table(ctx, folder, lfb.Real)
}

// table is the data set of a folder of CSV files in key order.
func (b *bench) table(ctx context.Context, folder string, origin lfb.Origin) (*dataset.Table, error) {
	blobs := fileBlobs(filepath.Join(b.folder, "blobs"))
	o := dataset.Options{Origin: origin, Reported: clean.Reported, Threads: threads}
	m, err := dataset.Build(ctx, &tables{folder: folder}, blobs, o)
	if err != nil {
		return nil, err
	}
	return dataset.Load(ctx, blobs, m, dataset.LoadOptions{Threads: threads})
}

// saveSplit fits features on train and writes both parts; the schema comes last
// and says that all is there.
func (b *bench) saveSplit(ctx context.Context, name string, train, hold *dataset.Table) error {
	spec, err := feature.Fit(ctx, train, feature.Options{Threads: threads})
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name   string
		t      *dataset.Table
		matrix func(context.Context, feature.Calls, int) (ml.Matrix, error)
	}{{"train", train, spec.TrainMatrix}, {"hold", hold, spec.Matrix}} {
		x, err := part.matrix(ctx, part.t, threads)
		if err != nil {
			return err
		}
		set := ml.Set{X: x, Y: make([]float64, part.t.Len())}
		for i := range set.Y {
			set.Y[i] = part.t.Attendance(i)
		}
		if err := saveRows(filepath.Join(b.folder, name+"-"+part.name+".parquet"), set); err != nil {
			return err
		}
	}
	return saveSchema(b.folder, name, spec.Schema())
}
