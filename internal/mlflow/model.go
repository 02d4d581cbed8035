package mlflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/ml"
)

// Versions of the libraries that the written files name: what the integration test
// loads them with.
const (
	pythonVersion      = "3.11"
	lightgbmVersion    = "4.7.0"
	onnxVersion        = "1.23.2"
	onnxruntimeVersion = "1.32.0"
	mlflowVersion      = "3.17.2"
)

// folder is a bundle's head of attendance from what every call has, as a folder that
// mlflow loads.
type folder struct {
	b        *bundle.Bundle
	version  string // of the bundle
	encoders []byte
}

// listFiles are those beside MLmodel, which is written last, as it makes the folder
// a model.
func (f folder) listFiles() []artifact {
	export := func(format bundle.Format) func(io.Writer) error {
		return func(w io.Writer) error { return bundle.Export(w, f.b, bundle.Attendance, format) }
	}
	requirements := []string{
		"mlflow==" + mlflowVersion, "lightgbm==" + lightgbmVersion, "onnx==" + onnxVersion,
		"onnxruntime==" + onnxruntimeVersion,
	}
	return []artifact{
		{"model.lgb", export(bundle.LightGBM)},
		{"model.onnx", export(bundle.ONNX)},
		textFile(f.b.EncodersName(f.version), f.encoders),
		textFile("requirements.txt", []byte(strings.Join(requirements, "\n")+"\n")),
		textFile("python_env.yaml", fmt.Appendf(nil, "python: %q\nbuild_dependencies:\n- pip\ndependencies:\n- -r "+
			"requirements.txt\n", pythonVersion)),
		textFile("conda.yaml", fmt.Appendf(nil, "name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=%s\n- "+
			"pip\n- pip:\n  - %s\n",
			pythonVersion, strings.Join(requirements, "\n  - "))),
	}
}

// describeModel is the file MLmodel, which says what the folder of so many bytes is, with
// the ids that the server gave. It is JSON, which is YAML.
func (f folder) describeModel(modelID, runID string, created time.Time, size int64) (artifact, error) {
	type object map[string]any
	inputs, err := describeSignature(f.b.Spec.Schema())
	if err != nil {
		return artifact{}, err
	}
	uuid := sha256.Sum256([]byte(modelID))
	body, err := json.MarshalIndent(object{
		"artifact_path": "models:/" + modelID, "model_id": modelID, "run_id": runID, "mlflow_version": mlflowVersion,
		"model_size_bytes": size, "model_uuid": hex.EncodeToString(uuid[:16]),
		"utc_time_created": created.UTC().Format("2006-01-02 15:04:05.000000"),
		"flavors": object{
			"lightgbm": object{
				"code": nil, "data": "model.lgb", "lgb_version": lightgbmVersion,
				"model_class": "lightgbm.basic.Booster",
			},
			"onnx": object{
				"code": nil, "data": "model.onnx", "onnx_session_options": nil, "onnx_version": onnxVersion,
				"providers": []string{"CPUExecutionProvider"}, "save_as_external_data": false,
			},
			"python_function": object{
				"data": "model.lgb", "env": object{"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
				"loader_module": "mlflow.lightgbm", "python_version": pythonVersion,
			},
		},
		"metadata":  object{"lfb_version": f.version, "lfb_head": bundle.Attendance, "lfb_candidate": f.b.Manifest.Candidate},
		"signature": object{"inputs": inputs, "outputs": `[{"type": "double", "required": true}]`, "params": nil},
	}, "", " ")
	return textFile("MLmodel", body), err
}

// describeSignature lists the columns as MLflow does. Every one is a double: categories
// are codes, and NaN is what is not known.
func describeSignature(s *ml.Schema) (string, error) {
	type column struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
	}
	columns := make([]column, s.Width())
	for j, c := range s.Columns {
		columns[j] = column{"double", c.Name, true}
	}
	body, err := json.Marshal(columns)
	return string(body), err
}
