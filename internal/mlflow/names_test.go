package mlflow

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/ml"
)

func TestKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   []string
		want string
	}{
		{"plain", []string{"holdout", "first", "rmse"}, "holdout/first/rmse"},
		{"a place", []string{"borough", "KENSINGTON & CHELSEA", "rmse"}, "borough/KENSINGTON _ CHELSEA/rmse"},
		{"a colon and an at", []string{"hour", "00:00@12"}, "hour/00_00_12"},
		{"a path inside a part", []string{"by", "../../etc"}, "by/.._.._etc"},
		{"nothing but dots", []string{"by", "..", "rmse"}, "by/___/rmse"},
		{"nothing", []string{"by", "", "rmse"}, "by/_/rmse"},
		{"letters that it does not know", []string{"by", "Île"}, "by/_le"},
		{"too long", []string{strings.Repeat("a", 300)}, strings.Repeat("a", 250)},
	}
	for _, tt := range tests {
		if got := cleanKey(tt.in...); got != tt.want {
			t.Errorf("%s: key(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestModelName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"gbdt": "gbdt", "external:xgboost": "external-xgboost",
		"champion (linear)": "champion (linear)",
	} {
		if got := modelName(name); got != want {
			t.Errorf("modelName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFlatten(t *testing.T) {
	t.Parallel()
	got := flattenParams(json.RawMessage(`{"b":{"x":1.5,"list":[1,"a"],"nothing":null},"a":true,"seed":18446744073709551615,"dir":"https://ann:secret@host/a,/data"}`))
	want := []pair{{"a", "true"}, {"b.list", `[1,"a"]`}, {"b.x", "1.5"}, {"dir", "https://host/a,/data"}, {"seed", "18446744073709551615"}}
	if !slices.Equal(got, want) {
		t.Errorf("flatten = %v, want %v", got, want)
	}
	for _, none := range []string{"", "null", "[1]", "{"} {
		if got := flattenParams(json.RawMessage(none)); len(got) != 0 {
			t.Errorf("flatten(%q) = %v, want nothing", none, got)
		}
	}
	long := newParam("x", strings.Repeat("é", 4000))
	if len(long.Value) > maxParam || !strings.HasSuffix(long.Value, "…") {
		t.Errorf("a long value has %d bytes", len(long.Value))
	}
}

func TestMetricsLeaveOutWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	got := metricsOf(time.UnixMilli(7), ml.Metrics{Rows: 3, RMSE: 2, R2: math.NaN(), Bias: math.Inf(1)}, "valid")
	keys := map[string]float64{}
	for _, m := range got {
		keys[m.Key] = m.Value
		if m.Timestamp != 7 {
			t.Errorf("%s at %d, want 7", m.Key, m.Timestamp)
		}
	}
	if keys["valid/rows"] != 3 || keys["valid/rmse"] != 2 {
		t.Errorf("metrics %v", keys)
	}
	if _, ok := keys["valid/r2"]; ok {
		t.Error("NaN was kept")
	}
	if _, ok := keys["valid/bias"]; ok {
		t.Error("infinity was kept")
	}
	if got := sliceMetrics(time.Now(), "holdout", scored(100)); len(got) != 45*len(sentOfSlices) {
		t.Errorf("%d slice metrics, want %d", len(got), 45*len(sentOfSlices))
	}
	if got := reportMetrics(time.Now(), "holdout", ml.Report{}); got != nil {
		t.Errorf("a report of no rows gives %v", got)
	}
}
