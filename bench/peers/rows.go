package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"lfb/internal/ml"
)

const (
	target = "seconds" // the column of the target
	batch  = 4096      // values that go through the Parquet library at once
)

// saveRows writes set as Parquet: a column of float64 for each feature, one more
// for the target.
func saveRows(path string, set ml.Set) error {
	group := parquet.Group{target: parquet.Leaf(parquet.DoubleType)}
	columns := map[string][]float64{target: set.Y}
	for j, c := range set.X.Schema().Columns {
		group[c.Name] = parquet.Leaf(parquet.DoubleType)
		columns[c.Name] = set.X.Col(j)
	}
	schema := parquet.NewSchema("rows", group)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := parquet.NewWriter(f, schema, parquet.Compression(&parquet.Snappy))
	for j, name := range schema.Columns() {
		if err := writeColumn(w.ColumnWriters()[j], columns[name[0]], j); err != nil {
			return fmt.Errorf("%s: column %s: %w", path, name[0], err)
		}
	}
	return errors.Join(w.Close(), f.Close())
}

func writeColumn(w *parquet.ColumnWriter, col []float64, j int) error {
	values := make([]parquet.Value, 0, batch)
	for lo := 0; lo < len(col); lo += batch {
		values = values[:0]
		for _, v := range col[lo:min(lo+batch, len(col))] {
			values = append(values, parquet.DoubleValue(v).Level(0, 0, j))
		}
		if _, err := w.WriteRowValues(values); err != nil {
			return err
		}
	}
	return nil
}

// saveSchema writes the schema beside the rows; what asks for monotone columns is
// left out, so that neither side is held to them.
func saveSchema(folder, data string, s *ml.Schema) error {
	plain := ml.Schema{}
	for _, c := range s.Columns {
		c.Monotone = 0
		plain.Columns = append(plain.Columns, c)
	}
	b, err := json.MarshalIndent(plain, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, data+"-schema.json"), b, 0o644)
}

// loadRows reads what saveRows wrote; limit is the most rows, 0 for all.
func loadRows(folder, data, part string, limit int) (ml.Set, error) {
	schema := &ml.Schema{}
	b, err := os.ReadFile(filepath.Join(folder, data+"-schema.json"))
	if err != nil {
		return ml.Set{}, err
	}
	if err := json.Unmarshal(b, schema); err != nil {
		return ml.Set{}, err
	}
	path := filepath.Join(folder, data+"-"+part+".parquet")
	f, err := os.Open(path)
	if err != nil {
		return ml.Set{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ml.Set{}, err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return ml.Set{}, fmt.Errorf("%s: %w", path, err)
	}
	n := int(file.NumRows())
	if limit > 0 {
		n = min(n, limit)
	}
	set := ml.Set{X: ml.NewMatrix(schema, n), Y: make([]float64, n)}
	for k, name := range file.Schema().Columns() {
		dst := set.Y
		if name[0] != target {
			dst = set.X.Col(schema.Index(name[0]))
		}
		if err := readColumn(file, k, dst); err != nil {
			return ml.Set{}, fmt.Errorf("%s: column %s: %w", path, name[0], err)
		}
	}
	return set, nil
}

// readColumn fills dst with the first values of column k.
func readColumn(file *parquet.File, k int, dst []float64) error {
	values := make([]parquet.Value, batch)
	for _, g := range file.RowGroups() {
		r := parquet.NewColumnChunkValueReader(g.ColumnChunks()[k])
		for len(dst) > 0 {
			n, err := r.ReadValues(values[:min(len(values), len(dst))])
			for i := range n {
				dst[i] = values[i].Double()
			}
			dst = dst[n:]
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(err, r.Close())
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	if len(dst) > 0 {
		return fmt.Errorf("%d values are missing", len(dst))
	}
	return nil
}
