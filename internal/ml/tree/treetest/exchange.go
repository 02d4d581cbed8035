package treetest

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lfb/internal/ml"
)

// Exchange is a folder through which a test and a Python program hand each other
// rows and predictions.
type Exchange struct {
	t      testing.TB
	Folder string
}

// NewExchange writes the shape of schema to a new folder.
func NewExchange(t testing.TB, schema *ml.Schema) Exchange {
	t.Helper()
	x := Exchange{t, t.TempDir()}
	categorical := []int{}
	for j, c := range schema.Columns {
		if c.IsCategorical() {
			categorical = append(categorical, j)
		}
	}
	shape, err := json.Marshal(map[string]any{"columns": schema.Width(), "categorical": categorical})
	if err != nil {
		t.Fatal(err)
	}
	x.Write("shape.json", shape)
	return x
}

// Write writes a file.
func (x Exchange) Write(name string, data []byte) {
	x.t.Helper()
	if err := os.WriteFile(filepath.Join(x.Folder, name), data, 0o644); err != nil {
		x.t.Fatal(err)
	}
}

// Read reads a file.
func (x Exchange) Read(name string) []byte {
	x.t.Helper()
	data, err := os.ReadFile(filepath.Join(x.Folder, name))
	if err != nil {
		x.t.Fatal(err)
	}
	return data
}

// WriteRows writes m row by row, with y as last column where it is not nil.
func (x Exchange) WriteRows(name string, m ml.Matrix, y []float64) {
	x.t.Helper()
	var b []byte
	row := make([]float64, m.Width())
	for i := range m.Rows() {
		for _, v := range m.Row(row, i) {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		if y != nil {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(y[i]))
		}
	}
	x.Write(name, b)
}

// ReadValues reads float64 values.
func (x Exchange) ReadValues(name string) []float64 {
	x.t.Helper()
	data := x.Read(name)
	out := make([]float64, len(data)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return out
}

// Python runs a program with the interpreter that LFB_PYTHON names, or with
// bench/.venv's; where there is neither, the test fails. It returns what the
// program printed.
func (x Exchange) Python(args ...string) string {
	x.t.Helper()
	python := os.Getenv("LFB_PYTHON")
	if python == "" {
		python = "../../../bench/.venv/bin/python" // from internal/ml/<package>
	}
	cmd := exec.Command(python, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatalf("%s %v: %v (run bench/integration/interchange.sh)", python, args, err)
	}
	return string(out)
}

// Spoil returns a copy of m as callers of a served model send it: a tenth of the
// values are missing, and a tenth of the codes are ones that nobody has seen.
func Spoil(m ml.Matrix, seed uint64) ml.Matrix {
	rng := rand.New(rand.NewPCG(seed, 0x5901))
	out := ml.NewMatrix(m.Schema(), m.Rows())
	for j, c := range m.Schema().Columns {
		col := out.Col(j)
		copy(col, m.Col(j))
		for i := range col {
			switch u := rng.Float64(); {
			case u < 0.1:
				col[i] = math.NaN()
			case u < 0.2 && c.IsCategorical():
				col[i] = float64(c.Categories + rng.IntN(1000))
			case u < 0.13:
				col[i] = 0
			}
		}
	}
	return out
}
