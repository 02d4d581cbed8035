package mlflow

import (
	"bytes"
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

// files are those beside MLmodel, which is written last, as it makes the folder
// a model.
func (f folder) files() []artifact {
	export := func(format bundle.Format) func(io.Writer) error {
		return func(w io.Writer) error { return bundle.Export(w, f.b, bundle.Attendance, format) }
	}
	requirements := []string{"mlflow==" + mlflowVersion, "lightgbm==" + lightgbmVersion, "onnx==" + onnxVersion, "onnxruntime==" + onnxruntimeVersion}
	return []artifact{
		{"model.lgb", export(bundle.LightGBM)},
		{"model.onnx", export(bundle.ONNX)},
		text(f.b.EncodersName(f.version), f.encoders),
		text("requirements.txt", []byte(strings.Join(requirements, "\n")+"\n")),
		text("python_env.yaml", fmt.Appendf(nil, "python: %q\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n", pythonVersion)),
		text("conda.yaml", fmt.Appendf(nil, "name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=%s\n- pip\n- pip:\n  - %s\n",
			pythonVersion, strings.Join(requirements, "\n  - "))),
	}
}

// mlmodel is the file that says what the folder of so many bytes is, with the ids that
// the server gave. Values are JSON, which is YAML.
func (f folder) mlmodel(modelID, runID string, created time.Time, size int64) (artifact, error) {
	inputs, err := signature(f.b.Spec.Schema())
	if err != nil {
		return artifact{}, err
	}
	uuid := sha256.Sum256([]byte(modelID))
	var b bytes.Buffer
	line := func(format string, args ...any) {
		for i, a := range args {
			if s, ok := a.(string); ok {
				quoted, _ := json.Marshal(s) // a string always encodes
				args[i] = string(quoted)
			}
		}
		fmt.Fprintf(&b, format+"\n", args...)
	}
	line("artifact_path: %s\nmodel_id: %s", "models:/"+modelID, modelID)
	line("flavors:\n  lightgbm:\n    code: null\n    data: model.lgb\n    lgb_version: %s\n    model_class: lightgbm.basic.Booster", lightgbmVersion)
	line("  onnx:\n    code: null\n    data: model.onnx\n    onnx_session_options: null\n    onnx_version: %s\n    providers: [CPUExecutionProvider]\n    save_as_external_data: false", onnxVersion)
	line("  python_function:\n    data: model.lgb\n    env: {conda: conda.yaml, virtualenv: python_env.yaml}\n    loader_module: mlflow.lightgbm\n    python_version: %s", pythonVersion)
	line("metadata: {lfb_version: %s, lfb_head: %s, lfb_candidate: %s}", f.version, bundle.Attendance, f.b.Manifest.Candidate)
	line("mlflow_version: %s\nmodel_size_bytes: %d\nmodel_uuid: %s\nrun_id: %s", mlflowVersion, size, hex.EncodeToString(uuid[:16]), runID)
	line("signature:\n  inputs: %s\n  outputs: %s\n  params: null", inputs, `[{"type": "double", "required": true}]`)
	line("utc_time_created: %s", created.UTC().Format("2006-01-02 15:04:05.000000"))
	return text("MLmodel", b.Bytes()), nil
}

// signature lists the columns as MLflow does. Every one is a double: categories
// are codes, and NaN is what is not known.
func signature(s *ml.Schema) (string, error) {
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
