package bundle

import (
	"fmt"
	"io"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/onnx"
	"lfb/internal/ml/tree"
)

// Format is a model format that others read.
type Format string

// The formats. Both hold the mean of one head, before it is held to the 1 to 1200
// seconds that the publication covers; quantiles and their calibration stay here.
const (
	LightGBM Format = "lightgbm" // LightGBM's text model, version 4
	ONNX     Format = "onnx"     // one TreeEnsembleRegressor, double in, float out
)

// Formats are all formats.
func Formats() []Format { return []Format{LightGBM, ONNX} }

// extension ends the name of a format's file.
var extension = map[Format]string{LightGBM: ".lgb.txt", ONNX: ".onnx"}

// ExportName is the name of the file that holds a head of a version in a format:
// lfb-attendance-0123456789ab-response.onnx.
func (b *Bundle) ExportName(version, target string, f Format) string {
	return b.fileName(version, target) + extension[f]
}

// EncodersName is the name of the file that holds a version's encoders.
func (b *Bundle) EncodersName(version string) string {
	return b.fileName(version, "encoders") + ".json"
}

func (b *Bundle) fileName(version, what string) string {
	return b.Manifest.Line + "-" + version + "-" + strings.ReplaceAll(what, "/", "-")
}

// Targets are the names of the heads, as Export takes them: the target, then the
// variant where it is not the usual one, as in attendance/sent.
func (b *Bundle) Targets() []string {
	out := make([]string, len(b.Heads))
	for k, h := range b.Heads {
		out[k] = h.Name()
	}
	return out
}

// Name is the head's target, then its variant where it is not the usual one.
func (h Head) Name() string { return strings.TrimPrefix(h.partName(), "head/") }

// Export writes the mean of one head. A head that the bundle lacks, or whose
// model has no trees (a baseline, a line), gives lfb.ErrNotFound; an unknown
// format gives lfb.ErrInvalid.
func Export(w io.Writer, b *Bundle, target string, f Format) error {
	h, err := b.findHead(target)
	if err != nil {
		return err
	}
	if _, ok := extension[f]; !ok {
		return fmt.Errorf("format %q, not one of %v: %w", f, Formats(), lfb.ErrInvalid)
	}
	e, ok := meanOf(h.Model.Model())
	if !ok {
		return fmt.Errorf("candidate %s has no trees to write as %s: %w", b.Manifest.Candidate, f, lfb.ErrNotFound)
	}
	if f == ONNX {
		return onnx.Write(w, e, b.Manifest.Candidate)
	}
	return lightgbm.Write(w, e)
}

// CanExport says whether Export can write the bundle's heads.
func (b *Bundle) CanExport() bool {
	for _, h := range b.Heads {
		if _, ok := meanOf(h.Model.Model()); !ok {
			return false
		}
	}
	return len(b.Heads) > 0
}

// treeAverager is a model whose mean is one ensemble of trees.
type treeAverager interface{ Mean() *tree.Ensemble }

var _, _ treeAverager = (*gbdt.Model)(nil), (*forest.Model)(nil)

// meanOf is the ensemble behind a model's mean.
func meanOf(m ml.Model) (*tree.Ensemble, bool) {
	if trees, ok := m.(treeAverager); ok {
		return trees.Mean(), true
	}
	return nil, false
}

// findHead is the head that Export calls by this name.
func (b *Bundle) findHead(target string) (*Head, error) {
	for k := range b.Heads {
		if b.Heads[k].Name() == target {
			return &b.Heads[k], nil
		}
	}
	return nil, fmt.Errorf("head %q, not one of %v: %w", target, b.Targets(), lfb.ErrNotFound)
}

// Encode is the matrix that a head's model sees of calls, one row a call: what an
// exported model is given to answer as Predict does. Calls are taken as they are.
func (b *Bundle) Encode(target string, calls []lfb.Call) (ml.Matrix, error) {
	spec, err := b.specOf(target)
	if err != nil {
		return ml.Matrix{}, err
	}
	x := ml.NewMatrix(spec.Schema(), len(calls))
	row := make([]float64, x.Width())
	for i := range calls {
		spec.Encode(row, &calls[i])
		for j, v := range row {
			x.Col(j)[i] = v
		}
	}
	return x, nil
}

// Mean is what a head's model answers to encoded calls, in seconds: the number
// that an exported model gives, which Predict holds to 1 to 1200.
func (b *Bundle) Mean(target string, x ml.Matrix) ([]float64, error) {
	h, err := b.findHead(target)
	if err != nil {
		return nil, err
	}
	return h.Model.Model().Predict(nil, x)
}

// specOf is the encoder of one head.
func (b *Bundle) specOf(target string) (*feature.Spec, error) {
	h, err := b.findHead(target)
	if err != nil {
		return nil, err
	}
	if b.Spec == nil {
		return nil, fmt.Errorf("bundle without a feature spec: %w", lfb.ErrInvalid)
	}
	return b.Spec.WithVariant(h.Variant)
}
