package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/ml"
	"lfb/internal/registry"
)

// What was rolled back from is not offered again.
func TestLastGood(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		ledger []string // oldest first: + promotes, - rolls back
		from   string   // what served before the oldest that is listed
		want   string
	}{
		{"nothing", nil, "", ""},
		{"the first", []string{"+a"}, "", ""},
		{"the second", []string{"+a", "+b"}, "", "a"},
		{"rolled back", []string{"+a", "+b", "-a"}, "", ""},
		{"rolled back once of three", []string{"+a", "+b", "+c", "-b"}, "", "a"},
		{"rolled back by two", []string{"+a", "+b", "+c", "-a"}, "", ""},
		{"promoted since", []string{"+a", "+b", "-a", "+c"}, "", "a"},
		{"promoted again", []string{"+a", "+b", "-a", "+b"}, "", "a"},
		{"a long ledger", []string{"+b"}, "a", "a"},
		{"a long ledger, rolled back beyond it", []string{"+b", "-x"}, "a", ""},
	} {
		var ledger []registry.Promotion
		for i, e := range tc.ledger {
			p := registry.Promotion{To: e[1:], Kind: map[byte]string{'+': "promote", '-': "rollback"}[e[0]]}
			if i == 0 {
				p.From = tc.from
			}
			ledger = append([]registry.Promotion{p}, ledger...)
		}
		if got := lastGood(ledger); got != tc.want {
			t.Errorf("%s: lastGood(%v) = %q, want %q", tc.name, tc.ledger, got, tc.want)
		}
	}
}

func TestCompareMetricsSaysWhatIsBetter(t *testing.T) {
	t.Parallel()
	was := ml.Metrics{RMSE: 100, MAE: 60, PinballP90: 20, CoverageP90: 0.89, CoverageP50: 0.5}
	is := ml.Metrics{RMSE: 99, MAE: 60.5, PinballP90: 20.01, CoverageP90: 0.93, CoverageP50: 0.51}
	vs := &ml.Interval{Diff: -1, Low: -2, High: 0.1, Confidence: 0.95}
	verdicts := func(rows []comparedRow) (out []string) {
		for _, r := range rows {
			out = append(out, r.Verdict)
		}
		return out
	}
	if d := cmp.Diff([]string{"same", "worse", "same", "worse", "worse"}, verdicts(compareMetrics(is, &was, vs, true))); d != "" {
		t.Errorf("verdicts on the same rows: %s", d)
	}
	if d := cmp.Diff(make([]string, 5), verdicts(compareMetrics(is, &was, nil, false))); d != "" {
		t.Errorf("verdicts on other rows: %s", d)
	}
	if got := compareMetrics(is, &was, vs, true)[3].Change; got != "worse: 2.0 points further from 90\u00a0%" {
		t.Errorf("change of the coverage = %q", got)
	}
}

func TestDiffSettings(t *testing.T) {
	t.Parallel()
	own := []modelSetting{{Name: "seed", Value: "1"}, {Name: "rows", Value: "7"}, {Name: "rounds", Value: "400"}}
	champion := []modelSetting{{Name: "seed", Value: "1"}, {Name: "rounds", Value: "300"}, {Name: "rate", Value: "0.1"}}
	want := []modelSetting{{"rows", "7", "–"}, {"rounds", "400", "300"}, {"rate", "–", "0.1"}}
	if d := cmp.Diff(want, diffSettings(own, champion)); d != "" {
		t.Error(d)
	}
}
