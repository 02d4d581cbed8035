package registry

import (
	"strings"
	"testing"

	"lfb/internal/ml"
)

func policy() Policy {
	return Policy{Confidence: 0.95, SliceMargin: 0.05, SliceRows: 100, CoverageLow: 0.88, CoverageTop: 0.92, CeilingRMSE: 120, MinRows: 200}
}

func report(rmse, coverage float64, slices ...ml.Slice) ml.Report {
	m := ml.Metrics{Rows: 1000, RMSE: rmse, CoverageP90: coverage}
	return ml.Report{All: m, First: m, Slices: slices}
}

func slice(value string, rows int, rmse float64) ml.Slice {
	return ml.Slice{By: "borough", Value: value, Metrics: ml.Metrics{Rows: rows, RMSE: rmse}}
}

// good is evidence that passes every check.
func good() Evidence {
	return Evidence{
		Line: "lfb-attendance", Rows: 1000,
		Winner:     Scores{Version: "new", Candidate: "gbdt", Report: report(110, 0.90, slice("a", 500, 100), slice("b", 50, 300))},
		Champion:   &Scores{Version: "old", Report: report(112, 0.90, slice("a", 500, 99), slice("b", 50, 100))},
		Baselines:  []Scores{{Candidate: "baseline"}},
		VsChampion: &ml.Interval{Diff: -2, Low: -3, High: -1},
		VsBaseline: &ml.Interval{Diff: -9, Low: -12, High: -7},
		Baseline:   "baseline", Served: 200,
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Evidence)
		passed bool
		failed string // the check that fails
	}{
		{"all is well", func(*Evidence) {}, true, ""},
		{"no champion yet", func(e *Evidence) { e.Champion, e.VsChampion = nil, nil }, true, ""},
		{"better, but within the interval", func(e *Evidence) { e.VsChampion = &ml.Interval{Diff: -1, Low: -3, High: 0.5} }, false, "better than the champion"},
		{"known to be worse", func(e *Evidence) { e.VsChampion = &ml.Interval{Diff: 4, Low: 2, High: 6} }, false, "better than the champion"},
		{"champion without a comparison", func(e *Evidence) { e.VsChampion = nil }, false, "better than the champion"},
		{"no better than the baseline", func(e *Evidence) { e.VsBaseline = &ml.Interval{Diff: -1, Low: -2, High: 1} }, false, "better than the baseline"},
		{"no baseline scored", func(e *Evidence) { e.VsBaseline = nil }, false, "better than the baseline"},
		{"a large slice worse", func(e *Evidence) { e.Winner.Report.Slices[0].Metrics.RMSE = 105 }, false, "no large slice worse"},
		{"a small slice worse", func(e *Evidence) { e.Winner.Report.Slices[1].Metrics.RMSE = 900 }, true, ""},
		{"intervals too narrow", func(e *Evidence) { e.Winner.Report.First.CoverageP90 = 0.87 }, false, "P90 coverage"},
		{"intervals too wide", func(e *Evidence) { e.Winner.Report.First.CoverageP90 = 0.93 }, false, "P90 coverage"},
		{"serving differs", func(e *Evidence) { e.Unequal = 1 }, false, "serving equals training"},
		{"serving not tried", func(e *Evidence) { e.Served = 0 }, false, "serving equals training"},
		{"too few rows", func(e *Evidence) { e.Rows = 199 }, false, "enough unseen rows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := good()
			tt.change(&e)
			v := Judge(policy(), e)
			if v.Passed != tt.passed {
				t.Errorf("Judge = %v (%s), want %v", v.Passed, v.Summary, tt.passed)
			}
			for _, c := range v.Checks {
				if c.Passed == (c.Name == tt.failed) {
					t.Errorf("check %q passed = %v (%s)", c.Name, c.Passed, c.Detail)
				}
			}
			if !tt.passed && !strings.Contains(v.Summary, tt.failed) {
				t.Errorf("Summary = %q, want it to name %q", v.Summary, tt.failed)
			}
		})
	}
}

func TestJudgeCeilingOnlyAlarms(t *testing.T) {
	t.Parallel()
	e := good()
	e.Winner.Report.First.RMSE = 121
	v := Judge(policy(), e)
	if !v.Passed {
		t.Errorf("Judge above the ceiling = refused (%s), want passed with an alarm", v.Summary)
	}
	if a := v.Alarms(); len(a) != 1 || a[0].Name != "RMSE ceiling" {
		t.Errorf("Alarms() = %v, want the ceiling's", a)
	}
}

func TestJudgeNeverComparesTheChampionWithItself(t *testing.T) {
	t.Parallel()
	e := good()
	e.Winner.Version = e.Champion.Version
	v := Judge(policy(), e)
	if v.Passed || len(v.Checks) != 1 || !strings.Contains(v.Summary, "champion itself") {
		t.Errorf("Judge of the champion against itself = %v, %d checks, %q", v.Passed, len(v.Checks), v.Summary)
	}
}
