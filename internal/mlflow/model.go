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

// folder is one head as a folder that mlflow loads.
type folder struct {
	b        *bundle.Bundle
	version  string // of the bundle
	target   string // head
	encoders []byte
}

// identity is what the server gave the model.
type identity struct {
	ModelID string
	RunID   string
	Created time.Time
	Bytes   int64
}

// files are those beside MLmodel, which is written last, as it makes the folder
// a model.
func (f folder) files() []artifact {
	export := func(format bundle.Format) func(io.Writer) error {
		return func(w io.Writer) error { return bundle.Export(w, f.b, f.target, format) }
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

// mlmodel is the file that says what the folder is. Values are JSON, which is YAML.
func (f folder) mlmodel(id identity) (artifact, error) {
	var head bundle.Head
	for _, h := range f.b.Heads {
		if h.Name() == f.target {
			head = h
		}
	}
	spec, err := f.b.Spec.With(head.Variant)
	if err != nil {
		return artifact{}, err
	}
	inputs, err := signature(spec.Schema())
	if err != nil {
		return artifact{}, err
	}
	uuid := sha256.Sum256([]byte(id.ModelID))
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
	line("artifact_path: %s\nmodel_id: %s", "models:/"+id.ModelID, id.ModelID)
	line("flavors:\n  lightgbm:\n    code: null\n    data: model.lgb\n    lgb_version: %s\n    model_class: lightgbm.basic.Booster", lightgbmVersion)
	line("  onnx:\n    code: null\n    data: model.onnx\n    onnx_session_options: null\n    onnx_version: %s\n    providers: [CPUExecutionProvider]\n    save_as_external_data: false", onnxVersion)
	line("  python_function:\n    data: model.lgb\n    env: {conda: conda.yaml, virtualenv: python_env.yaml}\n    loader_module: mlflow.lightgbm\n    python_version: %s", pythonVersion)
	line("metadata: {lfb_version: %s, lfb_head: %s, lfb_candidate: %s}", f.version, f.target, f.b.Manifest.Candidate)
	line("mlflow_version: %s\nmodel_size_bytes: %d\nmodel_uuid: %s\nrun_id: %s", mlflowVersion, id.Bytes, hex.EncodeToString(uuid[:16]), id.RunID)
	line("signature:\n  inputs: %s\n  outputs: %s\n  params: null", inputs, `[{"type": "double", "required": true}]`)
	line("utc_time_created: %s", id.Created.UTC().Format("2006-01-02 15:04:05.000000"))
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
