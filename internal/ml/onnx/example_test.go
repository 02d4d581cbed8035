package onnx_test

import (
	"bytes"
	"fmt"

	"lfb/internal/ml"
	"lfb/internal/ml/onnx"
	"lfb/internal/ml/tree"
)

// In Python: onnxruntime.InferenceSession(file).run(None, {"X": rows})[0][:, 0],
// with rows of float64, one column for each of the metadata's "columns".
func ExampleWrite() {
	schema := &ml.Schema{Columns: []ml.Column{{Name: "distance_km"}}}
	e, err := tree.NewEnsemble(schema, []tree.Tree{tree.NewConstantTree(318, 1000)}, false)
	if err != nil {
		panic(err)
	}
	var model bytes.Buffer
	err = onnx.Write(&model, e, "attendance")
	fmt.Println(bytes.Contains(model.Bytes(), []byte("TreeEnsembleRegressor")), err)
	// Output: true <nil>
}
