package registry

import (
	"strings"
	"testing"

	"lfb/internal/ml"
)

func policy() Policy {
	return Policy{
		Confidence: 0.95, SliceMargin: 0.05, SliceRows: 100, CoverageLow: 0.88, CoverageTop: 0.92,
		CeilingRMSE: 120, MinRows: 200,
	}
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
		Winner: Scores{Version: "new", Candidate: "gbdt", Report: report(110, 0.90, slice("a", 500, 100),
			slice("b", 50, 300))},
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
		{
			"better, but within the interval", func(e *Evidence) { e.VsChampion = &ml.Interval{Diff: -1, Low: -3, High: 0.5} },
			false, "better than the champion",
		},
		{
			"known to be worse", func(e *Evidence) { e.VsChampion = &ml.Interval{Diff: 4, Low: 2, High: 6} }, false,
			"better than the champion",
		},
		{"champion without a comparison", func(e *Evidence) { e.VsChampion = nil }, false, "better than the champion"},
		{
			"no better than the baseline", func(e *Evidence) { e.VsBaseline = &ml.Interval{Diff: -1, Low: -2, High: 1} }, false,
			"better than the baseline",
		},
		{"no baseline scored", func(e *Evidence) { e.VsBaseline, e.Baseline = nil, "" }, false, "better than the baseline"},
		{
			"the winner is the baseline", func(e *Evidence) { e.VsBaseline, e.Winner.Candidate = nil, "baseline" }, false,
			"better than the baseline",
		},
		{"a provisional champion, no better", stopgap(-1, -3, 0.5), true, ""},
		{"a provisional champion, worse", stopgap(2, 1, 3), false, "better than the champion"},
		{
			"a large slice worse", func(e *Evidence) { e.Winner.Report.Slices[0].Metrics.RMSE = 105 }, false,
			"no large slice worse",
		},
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
				if !c.Passed && v.Summary != "refused: "+c.Detail {
					t.Errorf("Summary = %q, want it to be %q", v.Summary, c.Detail)
				}
			}
		})
	}
}

// stopgap has a provisional champion, against which the winner is so many seconds.
func stopgap(diff, low, high float64) func(*Evidence) {
	return func(e *Evidence) {
		e.Stopgap, e.VsChampion = true, &ml.Interval{Diff: diff, Low: low, High: high}
		e.Champion.Report.Slices[0].Metrics.RMSE = 1 // a slice of the stopgap's holds up nobody
	}
}

// TestSentencesCannotBeReadBackwards: what refuses says so by itself, whatever it stands beside.
func TestSentencesCannotBeReadBackwards(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		diff, low, high float64
		want            string
	}{
		{0.04, -0.07, 0.15, "refused: not better than the champion old (RMSE of the first engine +0.04 s, 95 % −0.07 to " +
			"+0.15)"},
		{2, 1, 3, "refused: worse than the champion old (RMSE of the first engine +2.00 s, 95 % +1.00 to +3.00)"},
		{-2, -3, -1, "passed: better than the champion old (RMSE of the first engine −2.00 s, 95 % −3.00 to −1.00)"},
	} {
		e := good()
		e.VsChampion = &ml.Interval{Diff: tt.diff, Low: tt.low, High: tt.high}
		if v := Judge(policy(), e); v.Summary != tt.want {
			t.Errorf("Summary = %q, want %q", v.Summary, tt.want)
		}
	}
}

func TestMayServeProvisionally(t *testing.T) {
	t.Parallel()
	narrow := func(e *Evidence) { e.Winner.Report.First.CoverageP90, e.Champion, e.VsChampion = 0.87, nil, nil }
	tests := []struct {
		name   string
		change func(*Evidence)
		want   bool
	}{
		{"too narrow, and nothing serves", func(*Evidence) {}, true},
		{"it passes", func(e *Evidence) { e.Winner.Report.First.CoverageP90 = 0.9 }, false},
		{"a champion serves", func(e *Evidence) { e.Champion, e.VsChampion = good().Champion, good().VsChampion }, false},
		{"a provisional one serves and it is better", func(e *Evidence) {
			e.Champion, e.VsChampion, e.Stopgap = good().Champion, good().VsChampion, true
		}, true},
		{"a provisional one serves and it is no better", func(e *Evidence) {
			e.Champion = good().Champion
			stopgap(-1, -2, 1)(e)
		}, false},
		{"no better than the baseline", func(e *Evidence) { e.VsBaseline = &ml.Interval{Diff: -1, Low: -2, High: 1} }, false},
		{"it is the baseline", func(e *Evidence) { e.VsBaseline, e.Winner.Candidate = nil, "baseline" }, true},
		{"it serves otherwise than it was trained", func(e *Evidence) { e.Unequal = 1 }, false},
		{"it is the champion itself", func(e *Evidence) { e.Champion = &e.Winner }, false},
	}
	for _, tt := range tests {
		e := good()
		narrow(&e)
		tt.change(&e)
		v := Judge(policy(), e)
		if got := v.MayServeProvisionally(); got != tt.want {
			t.Errorf("%s: MayServeProvisionally = %v (%s), want %v", tt.name, got, v.Summary, tt.want)
		}
	}
	e := good()
	narrow(&e)
	v := Judge(policy(), e)
	v.ServeProvisionally(Provisional{
		Version: "wide", Of: "new", WidenedSeconds: 21, CoverageBefore: 0.87,
		CoverageAfter: 0.91,
	})
	if p := v.Provisional; len(p.Failing) != 1 || p.Failing[0].Name != CheckP90 || v.Passed ||
		!strings.Contains(v.Summary, "87.0 % of first engines") {
		t.Errorf("provisional %+v, %q; want the failing check, and no pass", p, v.Summary)
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
