package feature_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

func FuzzDecodeSpec(f *testing.F) {
	rows := city(300, 40)
	s, err := feature.Fit(f.Context(), rows, feature.Options{})
	if err != nil {
		f.Fatal(err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`{"version":1,"families":["luck"]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := feature.DecodeSpec(data)
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("DecodeSpec = %v, want ErrInvalid", err)
			}
			return
		}
		row := make([]float64, s.Schema().Width())
		for _, c := range []lfb.Call{rows[0].Call, {}, {Easting: math.NaN(), Northing: math.NaN()}} {
			s.Encode(row, &c)
			s.Complete(&c)
		}
	})
}
