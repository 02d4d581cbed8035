package randomforest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	"lfb/internal/lfb"
	"lfb/internal/ml"
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
	trees   []tree
}

// Model is a grown forest. It implements ml.Model, ml.Quantiles, ml.Probabilities,
// ml.JointPredictor and ml.Importances.
type Model struct {
	state state
	votes [][]float64 // of each tree: its leaves' shares, one run of bands a leaf
	means [][]float64 // of each tree: its leaves' mean seconds
	pool  sync.Pool   // of *scratch
}

// scratch is one row's worth of memory.
type scratch struct{ row, votes []float64 }

func newModel(s state) (*Model, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	m := &Model{state: s}
	n := len(s.Bands.Mean)
	for _, t := range s.trees {
		votes, means := make([]float64, len(t.counts)), make([]float64, len(t.counts)/n)
		for leaf := range means {
			lo, hi := leaf*n, (leaf+1)*n
			fillVotes(votes[lo:hi], t.counts[lo:hi])
			for k, v := range votes[lo:hi] {
				means[leaf] += v * (s.Bands.Mean[k] - s.Bands.Mean[0]) // exact where there is one band
			}
			means[leaf] += s.Bands.Mean[0]
		}
		m.votes, m.means = append(m.votes, votes), append(m.means, means)
	}
	m.pool.New = func() any {
		return &scratch{row: make([]float64, len(s.Columns)), votes: make([]float64, n)}
	}
	return m, nil
}

func fillVotes(votes []float64, counts []uint32) {
	var sum float64
	for _, c := range counts {
		sum += float64(c)
	}
	for k, c := range counts {
		votes[k] = float64(c) / sum
	}
}

// Predict answers the mean of the trees' leaves. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	said, err := m.PredictJoint(ml.JointPrediction{Mean: dst}, x, nil, nil)
	return said.Mean, err
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
	n, b := x.Rows(), &m.state.Bands
	dst.Mean = ml.Sized(dst.Mean, n)
	dst.Quantiles = ml.Sized(dst.Quantiles, n*len(q))
	dst.Probabilities = ml.Sized(dst.Probabilities, n*len(t))
	err := m.each(x, func(i int, s *scratch) {
		dst.Mean[i] = m.vote(s, len(q)+len(t) > 0)
		for k, v := range q {
			dst.Quantiles[i*len(q)+k] = b.quantile(s.votes, v)
		}
		for k, v := range t {
			dst.Probabilities[i*len(t)+k] = b.share(s.votes, v)
		}
	})
	if err != nil {
		return ml.JointPrediction{}, err
	}
	return dst, nil
}

// each prepares every row of x and hands it to f.
func (m *Model) each(x ml.Matrix, f func(i int, s *scratch)) error {
	if x.Width() != len(m.state.Columns) {
		return fmt.Errorf("%d columns for a randomforest of %d: %w", x.Width(), len(m.state.Columns), lfb.ErrInvalid)
	}
	s := m.pool.Get().(*scratch)
	defer m.pool.Put(s)
	for i := range x.Rows() {
		for j := range s.row {
			s.row[j] = m.state.Columns[j].value(x.At(i, j))
		}
		f(i, s)
	}
	return nil
}

// vote returns the mean of the leaves that the row falls into and, where asked for,
// averages their shares.
func (m *Model) vote(s *scratch, shares bool) (mean float64) {
	clear(s.votes)
	n := len(s.votes)
	var sum float64
	for k := range m.state.trees {
		leaf := m.state.trees[k].leaf(s.row)
		sum += m.means[k][leaf] - m.state.Bands.Mean[0]
		if !shares {
			continue
		}
		for b, v := range m.votes[k][leaf*n : (leaf+1)*n] {
			s.votes[b] += v
		}
	}
	for b := range s.votes {
		s.votes[b] /= float64(len(m.state.trees))
	}
	return m.state.Bands.Mean[0] + sum/float64(len(m.state.trees))
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
		out = m.state.trees[k].append(out, len(m.state.Bands.Mean))
	}
	return out, nil
}

// Decode reads what Model.MarshalBinary wrote; anything else gives lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	r := &reader{data: rest}
	n := r.uvarint()
	if !ok || r.bad || n > uint64(len(r.data)) {
		return nil, fmt.Errorf("decode randomforest: %d bytes without a whole head: %w", len(data), lfb.ErrInvalid)
	}
	var s state
	if err := json.Unmarshal(r.data[:n], &s); err != nil {
		return nil, fmt.Errorf("decode randomforest: %w: %w", err, lfb.ErrInvalid)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("decode randomforest: %w", err)
	}
	r.data = r.data[n:]
	trees := r.uvarint()
	if r.bad || trees == 0 || trees > maxTrees {
		return nil, fmt.Errorf("decode randomforest: %d trees: %w", trees, lfb.ErrInvalid)
	}
	for range trees {
		t, err := readTree(r, len(s.Columns), len(s.Bands.Mean))
		if err != nil {
			return nil, fmt.Errorf("decode randomforest: %w", err)
		}
		s.trees = append(s.trees, t)
	}
	if len(r.data) > 0 {
		return nil, fmt.Errorf("decode randomforest: %d bytes too many: %w", len(r.data), lfb.ErrInvalid)
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
