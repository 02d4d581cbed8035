package mltest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// BeatsMean names the check that the mean itself cannot pass.
const BeatsMean = "beats the mean on a line"

// suite is one recipe with the sample it was fitted on.
type suite struct {
	recipe             ml.Estimator
	decode             func([]byte) (ml.Model, error)
	train, valid, test ml.Set
	model              ml.Model // fitted on train and valid with seed 1
	data               []byte   // its bytes
}

// Run checks that recipe meets the contract of ml.Estimator and what it fits that
// of ml.Model and of every optional interface it has. decode is the inverse of
// the model's MarshalBinary; checks of the excepted names are left out.
func Run(t *testing.T, recipe ml.Estimator, decode func([]byte) (ml.Model, error), except ...string) {
	t.Helper()
	s := &suite{recipe: recipe, decode: decode, train: Sample(1, 600), valid: Sample(2, 200), test: Sample(3, 101)}
	s.model = s.fit(t, ml.Options{Seed: 1})
	s.data = marshal(t, s.model)
	checks := []struct {
		name string
		run  func(*suite, *testing.T)
	}{
		{"same seed same bytes", (*suite).sameBytes},
		{"threads do not matter", (*suite).sameThreads},
		{"resume gives the same bytes", (*suite).sameResume},
		{BeatsMean, (*suite).beatsMean},
		{"inputs unchanged", (*suite).inputsUnchanged},
		{"keeps no training data", (*suite).keepsNothing},
		{"bad sets are refused", (*suite).refusesSets},
		{"cancelling stops the fit", (*suite).cancels},
		{"progress is sane", (*suite).progress},
		{"odd sets are learned", (*suite).oddSets},
		{"round trip is bit equal", (*suite).roundTrip},
		{"damaged bytes do not panic", (*suite).damaged},
		{"rows stand alone", (*suite).rowsStandAlone},
		{"dst is reused", (*suite).reusesDst},
		{"no rows", (*suite).noRows},
		{"wrong width is refused", (*suite).refusesWidth},
		{"missing and unseen values", (*suite).missing},
		{"infinite features", (*suite).infinite},
		{"ten thousand categories", (*suite).manyCategories},
		{"concurrent use", (*suite).concurrent},
		{"quantiles", (*suite).quantiles},
		{"joint", (*suite).joint},
		{"probabilities", (*suite).probabilities},
		{"contributions", (*suite).contributions},
		{"importances", (*suite).importances},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(except, c.name) {
				t.Skip("excepted")
			}
			c.run(s, t)
		})
	}
}

// Fuzz feeds decode with damaged model bytes: it must answer with an error or
// with a model that neither panics nor writes short. The seeds are a fitted
// model and its halves.
func Fuzz(f *testing.F, recipe ml.Estimator, decode func([]byte) (ml.Model, error)) {
	f.Helper()
	m, err := recipe.Fit(context.Background(), Sample(1, 200), Sample(2, 60), ml.Options{Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	data, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte{})
	x := Sample(3, 5).X
	f.Fuzz(func(t *testing.T, b []byte) { survive(t, decode, b, x) })
}

// FuzzPayload is Fuzz of what stands between a model's magic and its checksum: whoever forges bytes can forge the
// checksum too. A model that is decoded writes the same bytes again, and answers rows of its width.
func FuzzPayload(f *testing.F, recipe ml.Estimator, magic string, decode func([]byte) (ml.Model, error)) {
	f.Helper()
	m, err := recipe.Fit(f.Context(), Sample(1, 100), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	data, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	payload := data[len(magic) : len(data)-4]
	f.Add(payload)
	f.Add(payload[:len(payload)/2])
	f.Add([]byte{2, '{', '}', 2, '{', '}'})
	x := Sample(3, 4).X
	f.Fuzz(func(t *testing.T, payload []byte) {
		b := append([]byte(magic), payload...)
		b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		survive(t, decode, b, x)
		m, err := decode(b)
		if err != nil {
			return
		}
		again, _ := m.MarshalBinary()
		if back, err := decode(again); err != nil {
			t.Errorf("Decode of what a decoded model wrote: %v", err)
		} else if third, _ := back.MarshalBinary(); !bytes.Equal(third, again) {
			t.Error("bytes change from one round to the next")
		}
		if m.(interface{ Schema() *ml.Schema }).Schema().Width() != x.Width() {
			return
		}
		if _, err := m.Predict(nil, x); err != nil {
			t.Errorf("Predict: %v", err)
		}
		if _, err := m.(ml.Contributions).PredictContributions(nil, x); err != nil {
			t.Errorf("PredictContributions: %v", err)
		}
	})
}

// survive decodes b and uses whatever comes out.
func survive(t *testing.T, decode func([]byte) (ml.Model, error), b []byte, x ml.Matrix) {
	t.Helper()
	m, err := decode(b)
	if err != nil {
		if !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("decode of damaged bytes = %v, want ErrInvalid", err)
		}
		return
	}
	if m == nil {
		t.Fatal("decode gave neither a model nor an error")
	}
	outputs(m, x) // errors are welcome, panics are not
	if _, err := m.MarshalBinary(); err != nil {
		t.Errorf("MarshalBinary of a decoded model: %v", err)
	}
}

func (s *suite) fit(t *testing.T, opt ml.Options) ml.Model {
	t.Helper()
	return fitOn(t, s.recipe, s.train, s.valid, opt)
}

func fitOn(t *testing.T, recipe ml.Estimator, train, valid ml.Set, opt ml.Options) ml.Model {
	t.Helper()
	m, err := recipe.Fit(t.Context(), train, valid, opt)
	if err != nil {
		t.Fatalf("Fit: %v", err)
	}
	return m
}

func marshal(t *testing.T, m ml.Model) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatalf("MarshalBinary: %v", err)
	}
	return b
}

// question is one thing that a model can be asked.
type question struct {
	name string
	ask  func(dst []float64, x ml.Matrix) ([]float64, error)
}

// questions is all that m can be asked.
func questions(m ml.Model) []question {
	all := []question{{"Predict", m.Predict}}
	if q, ok := m.(ml.Quantiles); ok {
		all = append(all, question{"PredictQuantiles", func(dst []float64, x ml.Matrix) ([]float64, error) {
			return q.PredictQuantiles(dst, x, []float64{0.1, 0.5, 0.9})
		}})
	}
	if p, ok := m.(ml.Probabilities); ok {
		all = append(all, question{"PredictProbabilities", func(dst []float64, x ml.Matrix) ([]float64, error) {
			return p.PredictProbabilities(dst, x, []float64{ml.Aim, ml.Limit})
		}})
	}
	if c, ok := m.(ml.Contributions); ok {
		all = append(all, question{"PredictContributions", c.PredictContributions})
	}
	return all
}

// outputs is all that a model says about x, one slice a question.
func outputs(m ml.Model, x ml.Matrix) (out [][]float64, err error) {
	for _, q := range questions(m) {
		v, e := q.ask(nil, x)
		out, err = append(out, v), errors.Join(err, e)
	}
	return out, err
}

func mustOutputs(t *testing.T, m ml.Model, x ml.Matrix) [][]float64 {
	t.Helper()
	out, err := outputs(m, x)
	if err != nil {
		t.Fatalf("predicting %d rows: %v", x.Rows(), err)
	}
	return out
}

// sameBits compares to the bit, NaN included.
func sameBits(a, b [][]float64) bool {
	return slices.EqualFunc(a, b, func(a, b []float64) bool {
		return slices.EqualFunc(a, b, func(a, b float64) bool {
			return math.Float64bits(a) == math.Float64bits(b)
		})
	})
}

// finite fails the test where a value is NaN or infinite.
func finite(t *testing.T, what string, v []float64) {
	t.Helper()
	for i, p := range v {
		if math.IsNaN(p) || math.IsInf(p, 0) {
			t.Fatalf("%s: value %d = %v, want a finite number", what, i, p)
		}
	}
}
