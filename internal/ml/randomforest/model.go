package randomforest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
)

// format names the encoding; a change of fields needs a new one.
const format = "lfb randomforest 1"

// magic starts the encoding: magic, length of the head, head as JSON, trees.
const magic = "lfbR1"

// state is what is encoded, the trees behind the rest.
type state struct {
	Format  string   `json:"format"`
	Bands   bands    `json:"bands"`
	Columns []column `json:"columns"`
	trees   []grown
}

// Model is a grown forest. It implements ml.Model, ml.Quantiles, ml.Probabilities,
// ml.JointPredictor and ml.Importances.
type Model struct {
	state     state
	schema    *ml.Schema // of the prepared columns, which have no names
	ensemble  *tree.Ensemble
	predictor *predict.Predictor
	votes     [][]float64 // of each tree: its leaves' shares, one run of bands a leaf
}

func newModel(s state) (*Model, error) {
	m := &Model{state: s, schema: &ml.Schema{Columns: make([]ml.Column, len(s.Columns))}}
	var trees []tree.Tree
	for k, t := range s.trees {
		if slices.Contains(t.tree.LeafCount, 0) {
			return nil, fmt.Errorf("randomforest tree %d: a leaf without rows: %w", k, lfb.ErrInvalid)
		}
		var votes []float64
		for counts := range slices.Chunk(t.counts, len(s.Bands.Mean)) {
			votes = append(votes, shares(counts)...)
		}
		trees, m.votes = append(trees, t.tree), append(m.votes, votes)
	}
	var err error
	if m.ensemble, err = tree.NewEnsemble(m.schema, trees, true); err != nil {
		return nil, fmt.Errorf("randomforest: %w", err)
	}
	m.predictor = predict.New(m.ensemble)
	return m, nil
}

// prepare returns the rows as the trees compare them.
func (m *Model) prepare(x ml.Matrix) (ml.Matrix, error) {
	if err := ml.CheckWidth(m.schema, x); err != nil {
		return ml.Matrix{}, err
	}
	out := ml.NewMatrix(m.schema, x.Rows())
	for j := range m.state.Columns {
		col := out.Col(j)
		for i, v := range x.Col(j) {
			col[i] = m.state.Columns[j].value(v)
		}
	}
	return out, nil
}

// Predict answers the mean of the trees' leaves. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	x, err := m.prepare(x)
	if err != nil {
		return nil, err
	}
	dst, err = m.predictor.Predict(dst, x)
	for i := range dst {
		dst[i] = m.state.Bands.Mean[0] + dst[i]
	}
	return dst, err
}

// PredictQuantiles interpolates within bands of time. See ml.Quantiles.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	said, err := m.PredictJoint(ml.JointPrediction{Quantiles: dst}, x, q, nil)
	return said.Quantiles, err
}

// PredictProbabilities interpolates within bands of time; 360 and 600 s are edges
// and need none. See ml.Probabilities.
func (m *Model) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	said, err := m.PredictJoint(ml.JointPrediction{Probabilities: dst}, x, nil, t)
	return said.Probabilities, err
}

// PredictJoint walks down the trees once for all answers. See ml.JointPredictor.
func (m *Model) PredictJoint(dst ml.JointPrediction, x ml.Matrix, q, t []float64) (ml.JointPrediction, error) {
	if err := ml.CheckLevels(q); err != nil {
		return ml.JointPrediction{}, err
	}
	x, err := m.prepare(x)
	if err != nil {
		return ml.JointPrediction{}, err
	}
	dst.Resize(x.Rows(), len(q), len(t))
	b := &m.state.Bands
	tree.EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		leaves, votes := make([]int32, len(m.votes)), make([]float64, len(b.Mean))
		for i := lo; i < hi; i++ {
			m.predictor.FindLeaves(leaves, x, i)
			dst.Mean[i] = b.Mean[0] + m.ensemble.LeavesValue(leaves)
			m.averageVotes(votes, leaves)
			for k, v := range q {
				dst.Quantiles[i*len(q)+k] = b.quantile(votes, v)
			}
			for k, v := range t {
				dst.Probabilities[i*len(t)+k] = b.share(votes, v)
			}
		}
	})
	return dst, nil
}

// averageVotes averages the shares of the leaves, one of each tree.
func (m *Model) averageVotes(votes []float64, leaves []int32) {
	clear(votes)
	for k, leaf := range leaves {
		for b, v := range m.votes[k][int(leaf)*len(votes):][:len(votes)] {
			votes[b] += v
		}
	}
	for b := range votes {
		votes[b] /= float64(len(leaves))
	}
}

// Importance answers the Gini impurity that each column's splits removed, in rows,
// and their number. See ml.Importances.
func (m *Model) Importance() (gain, splits []float64) {
	for _, c := range m.state.Columns {
		gain, splits = append(gain, c.Gain), append(splits, c.Splits)
	}
	return gain, splits
}

// MarshalBinary is lossless, unlike the library's JSON. See ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(m.state)
	if err != nil {
		return nil, fmt.Errorf("encode randomforest: %w", err)
	}
	out := binary.AppendUvarint([]byte(magic), uint64(len(head)))
	out = append(out, head...)
	out = binary.AppendUvarint(out, uint64(len(m.state.trees)))
	for k := range m.state.trees {
		out = m.state.trees[k].append(out)
	}
	return out, nil
}

// Decode reads what Model.MarshalBinary wrote; anything else gives lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("decode randomforest: %d bytes without its mark: %w", len(data), lfb.ErrInvalid)
	}
	r := &reader{Reader: bytes.NewReader(rest)}
	head := make([]byte, min(r.uvarint(), uint64(r.Len())))
	_, _ = r.Read(head) // there are so many bytes
	var s state
	if err := json.Unmarshal(head, &s); err != nil {
		return nil, fmt.Errorf("decode randomforest: head of %d bytes: %w: %w", len(head), err, lfb.ErrInvalid)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("decode randomforest: %w", err)
	}
	for range min(r.uvarint(), maxTrees) {
		if s.trees = append(s.trees, r.tree(&s)); r.err != nil {
			return nil, fmt.Errorf("decode randomforest: %w", r.err)
		}
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("decode randomforest: %d bytes too many: %w", r.Len(), lfb.ErrInvalid)
	}
	return newModel(s)
}

// check returns lfb.ErrInvalid for a head that Fit cannot have made.
func (s *state) check() error {
	if s.Format != format || len(s.Columns) == 0 {
		return fmt.Errorf("randomforest format %q of %d columns: %w", s.Format, len(s.Columns), lfb.ErrInvalid)
	}
	if err := s.Bands.check(); err != nil {
		return err
	}
	for j := range s.Columns {
		if err := s.Columns[j].check(); err != nil {
			return fmt.Errorf("column %d: %w", j, err)
		}
	}
	return nil
}
