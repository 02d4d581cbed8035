package dataset

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// EncodeMatrix writes columns of doubles as a Parquet file for programs elsewhere, in the
// alphabet's order of their names, with missing values as NaN. The same values give the same
// bytes.
func EncodeMatrix(columns map[string][]float64) ([]byte, error) {
	nodes := parquet.Group{}
	for name := range columns {
		nodes[name] = parquet.Leaf(parquet.DoubleType)
	}
	var out bytes.Buffer
	w := parquet.NewWriter(&out, parquet.NewSchema("rows", nodes), parquet.Compression(newCodec()),
		parquet.CreatedBy("lfb", fmt.Sprint(Version), ""), parquet.MaxRowsPerRowGroup(math.MaxInt32))
	values := make([]parquet.Value, 0, valueBatch)
	for j, path := range w.Schema().Columns() {
		for batch := range slices.Chunk(columns[path[0]], valueBatch) {
			values = values[:0]
			for _, v := range batch {
				values = append(values, parquet.DoubleValue(v).Level(0, 0, j))
			}
			if _, err := w.ColumnWriters()[j].WriteRowValues(values); err != nil {
				return nil, fmt.Errorf("encode column %s: %w", path[0], err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}
