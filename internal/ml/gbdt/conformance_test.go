package gbdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func small() Recipe {
	return Recipe{
		Rounds: 45, LearningRate: 0.2, Leaves: 15, MinRows: 10, CatMinRows: 10,
		Quantiles: []float64{0.5, 0.9}, Thresholds: []float64{ml.Aim, ml.Limit},
	}
}

func decode(b []byte) (ml.Model, error) {
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sampled := small()
	sampled.RowFraction, sampled.RowEvery, sampled.ColumnFraction = 0.7, 3, 0.6
	sampled.Objective = Huber
	robust := small()
	robust.Objective = Absolute
	for _, tt := range []struct {
		name   string
		recipe Recipe
	}{{"all heads", small()}, {"sampled huber", sampled}, {"absolute", robust}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mltest.Run(t, tt.recipe, decode)
		})
	}
}

func FuzzDecodeModel(f *testing.F) { mltest.Fuzz(f, small(), decode) }

// FuzzDecodePayload damages what the checksum guards: whoever forges bytes can
// forge the checksum too.
func FuzzDecodePayload(f *testing.F) {
	r := small()
	r.Rounds = 3
	m, err := r.Fit(f.Context(), mltest.Sample(1, 100), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	data, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	payload := data[len(modelMagic) : len(data)-4]
	f.Add(payload)
	f.Add(payload[:len(payload)/2])
	f.Add([]byte{2, '{', '}', 2, '{', '}'})
	x := mltest.Sample(3, 4).X
	f.Fuzz(func(t *testing.T, payload []byte) {
		b := append([]byte(modelMagic), payload...)
		b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Decode = %v, want ErrInvalid", err)
			}
			return
		}
		again, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Decode(again); err != nil {
			t.Errorf("Decode of what a decoded model wrote: %v", err)
		} else if third, _ := back.MarshalBinary(); !bytes.Equal(third, again) {
			t.Error("bytes change from one round to the next")
		}
		if m.Schema().Width() != x.Width() {
			return
		}
		if _, err := m.Predict(nil, x); err != nil {
			t.Errorf("Predict: %v", err)
		}
		if _, err := m.PredictContributions(nil, x); err != nil {
			t.Errorf("PredictContributions: %v", err)
		}
	})
}
