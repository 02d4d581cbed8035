package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
	"lfb/internal/ml/mltest"
)

// quick are overrides that fit a few hundred rows in no time.
var quick = map[string]string{
	"linear":       `{"rare_rows": 5}`,
	"randomforest": `{"trees": 5, "depth": 5}`,
	"forest":       `{"trees": 10}`,
	"gbdt":         `{"rounds": 10, "leaves": 7}`,
}

// TestEveryCandidate takes each through recipe, fit, encode, decode and calibration.
func TestEveryCandidate(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			recipe, err := Recipe(name, json.RawMessage(quick[name]))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Describe(recipe); err != nil {
				t.Errorf("Describe: %v", err)
			}
			m, err := recipe.Fit(t.Context(), mltest.Sample(1, 500), mltest.Sample(2, 200), ml.Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			im, err := interval.Fit(t.Context(), m, mltest.Sample(2, 300), mltest.Sample(3, 300))
			if err != nil {
				t.Fatal(err)
			}
			data, err := im.Encode(Encode)
			if err != nil {
				t.Fatal(err)
			}
			back, err := interval.Decode(data, Decode)
			if err != nil {
				t.Fatal(err)
			}
			x := mltest.Sample(4, 50).X
			want, err := im.Answer(nil, x)
			if err != nil {
				t.Fatal(err)
			}
			got, err := back.Answer(nil, x)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("the decoded model answers otherwise, error %v", err)
			}
		})
	}
}

// TestDefaultsHaveQuantiles: a stored gbdt needs no stand-ins for its quantiles.
func TestDefaultsHaveQuantiles(t *testing.T) {
	t.Parallel()
	r, err := Recipe("gbdt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if q := r.(gbdt.Recipe).Quantiles; !slices.Equal(q, []float64{ml.Q50, ml.Q90}) {
		t.Errorf("gbdt default has quantiles %v", q)
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	r, err := Recipe("gbdt", json.RawMessage(`{"rounds": 7, "quantiles": [0.1, 0.2]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := boosting()
	want.Rounds, want.Quantiles = 7, []float64{0.1, 0.2}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("Recipe = %+v, want %+v", r, want)
	}
	if again, _ := Recipe("gbdt", nil); !reflect.DeepEqual(again, boosting()) {
		t.Errorf("an override changed the default to %+v", again)
	}
}

func TestRecipeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, candidate, override string }{
		{"unknown name", "xgboost", ""},
		{"empty name", "", ""},
		{"unknown field", "gbdt", `{"round": 7}`},
		{"wrong type", "gbdt", `{"rounds": "many"}`},
		{"no object", "gbdt", `7`},
		{"not JSON", "linear", `{`},
		{"two values", "linear", `{} {}`},
		{"out of bounds", "randomforest", `{"trees": -1}`},
		{"not a kind", "baseline", `{"kind": "best"}`},
	}
	for _, tt := range tests {
		if r, err := Recipe(tt.candidate, json.RawMessage(tt.override)); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: Recipe(%q, %s) = %v, %v, want ErrInvalid", tt.name, tt.candidate, tt.override, r, err)
		}
	}
}

// TestFixFound: with what validation found fixed, the same rows without validation make the same answers, for what
// is fitted at a size, a penalty or a mix of its own.
func TestFixFound(t *testing.T) {
	t.Parallel()
	train, valid, x := mltest.Sample(1, 800), mltest.Sample(2, 400), mltest.Sample(3, 50).X
	for name, override := range map[string]string{
		"gbdt":   `{"rounds": 60, "leaves": 7, "patience": 5}`,
		"linear": `{}`, "forest": `{"trees": 5}`,
		"blend": `{"gbdt": {"rounds": 60, "leaves": 7, "patience": 5}, "forest": {"trees": 5}}`,
	} {
		recipe, err := Recipe(name, json.RawMessage(override))
		if err != nil {
			t.Fatal(err)
		}
		m, err := recipe.Fit(t.Context(), train, valid, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		fixed, err := FixFound(recipe, m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fixed.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := m.Predict(nil, x)
		got, err := again.Predict(nil, x)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: fitted again it answers otherwise, error %v", name, err)
		}
		if _, err := FixFound(recipe, foreign{}); name != "forest" && !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: FixFound of a foreign model = %v, want ErrInvalid", name, err)
		}
	}
}

// foreign is a model that the catalog does not know.
type foreign struct{ ml.Model }

type foreignRecipe struct{ ml.Estimator }

func TestForeignIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Encode(foreign{}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Encode of a foreign model = %v, want ErrInvalid", err)
	}
	if _, err := Describe(foreignRecipe{}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Describe of a foreign recipe = %v, want ErrInvalid", err)
	}
	for _, b := range []string{
		"", "lfbM1", "lfbM1\x09gbdt", "lfbM1\x04best{}", "lfbM1\xff", "lfbX1\x04gbdt",
		"lfbM1\x06linear{}",
	} {
		if m, err := Decode([]byte(b)); m != nil || !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Decode(%q) = %v, %v, want nil and ErrInvalid", b, m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range Names() {
		recipe, err := Recipe(name, json.RawMessage(quick[name]))
		if err != nil {
			f.Fatal(err)
		}
		m, err := recipe.Fit(f.Context(), mltest.Sample(1, 100), ml.Set{}, ml.Options{Seed: 1})
		if err != nil {
			f.Fatal(err)
		}
		data, err := Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	x := mltest.Sample(3, 3).X
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Decode = %v, want ErrInvalid", err)
			}
			return
		}
		if _, err := m.Predict(nil, x); err != nil && !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Predict = %v", err)
		}
	})
}

func ExampleRecipe() {
	r, err := Recipe("randomforest", json.RawMessage(`{"trees": 100}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	card, _ := Describe(r)
	fmt.Println(string(card))
	// Output: {"estimator":"randomforest","parameters":{"trees":100}}
}
