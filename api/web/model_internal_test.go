package web

import (
	"context"
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

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
	if d := cmp.Diff([]string{"same", "worse", "same", "worse", "worse"},
		verdicts(compareMetrics(is, &was, vs, true))); d != "" {
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

func TestDescribeCron(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string]string{
		"0 6 5 * *": "on the 5th of every month at 06:00", "30 7 * * *": "every day at 07:30",
		"0 6 * * 1": "every Monday at 06:00",
		"0 6 * * 0": "every Sunday at 06:00", "0 6 1 * *": "on the 1st of every month at 06:00",
		"0 6 22 * *": "on the 22nd of every month at 06:00",
		"0 6 11 * *": "on the 11th of every month at 06:00", "*/5 * * * *": "*/5 * * * *",
		"0 6 5 1 *": "every 5 Jan at 06:00", "0 5 20 2,5,8,11 *": "every 20 Feb, May, Aug and Nov at 05:00",
		"0 6 5 1-3 *": "0 6 5 1-3 *", "0 6 * 1 1": "0 6 * 1 1", "0 6 * * 1-5": "Monday to Friday at 06:00",
		"@daily": "@daily",
	} {
		if got := describeCron(cron); got != want {
			t.Errorf("describeCron(%q) = %q, want %q", cron, got, want)
		}
	}
}

func TestOneOfABadgeIsSingular(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "failed run", 2: "failed runs"} {
		v := &view{Overview: &overview{}}
		for range n {
			v.Overview.Failed = append(v.Overview.Failed, registry.Run{})
		}
		if got := v.Badge("runs", "failed runs"); got.Count != n || got.What != want {
			t.Errorf("badge of %d = %+v", n, got)
		}
	}
}

func TestPlainSettings(t *testing.T) {
	t.Parallel()
	got := plainSettings(flattenConfig([]byte(`{"promote": {"deadline": 259200000000000, "approval": true}, "who_verified": true,
		"train": {"seed": 7, "relevance": {"cycles": 0}}, "policy": {"cool_down": 90000000000}}`)))
	want := []setting{
		{"seed", "7"},
		{"policy cool down", "1 min 30 s"},
		{"a person approves it", "yes"},
		{"time for the approval", "3 days"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReasonsCallVersionsByName(t *testing.T) {
	t.Parallel()
	pages := newPages(newAssets(), time.Now, func(line, id string) string { return line + " v2" })
	for _, page := range []string{"run", "runs", "compare"} {
		text, err := template.Must(pages.set[page].Clone()).New("x").Parse(`{{vnames "l" "not better than the champion c104b23d24ca"}}`)
		var b strings.Builder
		if err == nil {
			err = text.Execute(&b, nil)
		}
		if err != nil || b.String() != "not better than the champion l v2" {
			t.Errorf("%s: %q, %v", page, b.String(), err)
		}
	}
}

func TestThePlacesScheduleIsNamed(t *testing.T) {
	t.Parallel()
	id, err := control.ScheduleID(control.ScheduledPlaces, lfb.Real.Line())
	if err != nil {
		t.Fatal(err)
	}
	v := &overview{Schedules: []registry.ScheduleState{{ID: id}}}
	if next := v.Next(); len(next) != 1 || next[0].What != "Places" {
		t.Errorf("next = %+v", next)
	}
	if got := scheduleTitle(id); got != "Places "+lfb.Real.Line() {
		t.Errorf("titled %q", got)
	}
}

func TestEveryAlarmSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name := range registry.AlarmTitles {
		if adviceFor(name+"of a line") == "" && adviceFor(name) == "" {
			t.Errorf("alarm %s says not what to do", name)
		}
	}
	if got := adviceFor(registry.AlarmScheduleMissed +
		"schedule retrain x"); got != alarmAdvice[registry.AlarmScheduleMissed] {
		t.Errorf("advice on a missed schedule = %q", got)
	}
}

func TestMovedFeatureTellsWhatChanged(t *testing.T) {
	t.Parallel()
	m := driftRow{Drift: registry.Drift{
		Edges: []float64{0, 6, 12, 24}, Then: []float64{0.5, 0.3, 0.2}, Now: []float64{0.3, 0.3, 0.4}, NewShare: 0.012,
		NewValues: 3,
	}}
	want := "More often 12 to 24: 40\u00a0% of the calls, was 20\u00a0%; less often 0 to 6: 30\u00a0%, was 50\u00a0%; " +
		"1.2\u00a0% of the calls have one of 3 values that training did not know."
	if got := m.Story(); got != want {
		t.Errorf("Story = %q, want %q", got, want)
	}
	if bars := m.Bars(); len(bars) != 3 || bars[0].ThenHeight != "100.0" || bars[2].ThenHeight != "40.0" {
		t.Errorf("Bars = %+v", bars)
	}
}

// boards is a registry of leaderboards alone.
type boards struct {
	Store
	of map[string][]registry.Candidate
}

func (b boards) Run(_ context.Context, id string) (registry.Run, []registry.Candidate, error) {
	cs, ok := b.of[id]
	if !ok {
		return registry.Run{}, nil, lfb.ErrNotFound
	}
	return registry.Run{ID: id}, cs, nil
}

// TestPairsFromLeaderboards: two versions of one run are shown on its hold-out, and which is
// better by more than chance is not said, as nobody measured it; one that was the champion
// while the other was made has the interval of then, whichever way they change places.
func TestPairsFromLeaderboards(t *testing.T) {
	t.Parallel()
	row := func(version string, rank int, rmse float64, vs *ml.Interval) registry.Candidate {
		return registry.Candidate{
			Version: version, Rank: rank, Holdout: ml.Report{First: ml.Metrics{Rows: 90, RMSE: rmse}},
			VsChampion: vs,
		}
	}
	u := &ui{Options: Options{Store: boards{of: map[string][]registry.Candidate{
		"r1": {row("a", 1, 98, nil), row("b", 2, 99, nil)},
		"r2": {row("c", 1, 97, &ml.Interval{Diff: -1, Low: -2, High: -0.5}), row("a", 0, 98, nil)},
	}}}}
	for _, tt := range []struct {
		is, was            registry.Version
		run, verdict, said string
	}{
		{registry.Version{ID: "b", RunID: "r1"}, registry.Version{ID: "a", RunID: "r1"}, "r1", "", "+1.0"},
		{registry.Version{ID: "c", RunID: "r2"}, registry.Version{ID: "a", RunID: "r1"}, "r2", "better", "better"},
		{registry.Version{ID: "a", RunID: "r1"}, registry.Version{ID: "c", RunID: "r2"}, "r2", "worse", "worse"},
		{registry.Version{ID: "d", RunID: "gone"}, registry.Version{ID: "a", RunID: "r1"}, "", "", ""},
	} {
		b := &promotionBody{Version: tt.is, Now: &tt.was}
		if err := b.findPairOnBoards(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		run := ""
		if b.Pair != nil {
			run = b.Pair.Run
		}
		row := b.Rows()[0]
		if run != tt.run || row.Verdict != tt.verdict || !strings.Contains(row.Change, tt.said) || !b.Judgeable() {
			t.Errorf("%s in place of %s: run %q, %+v; want %q, %q, %q", tt.is.ID, tt.was.ID, run, row, tt.run, tt.verdict,
				tt.said)
		}
	}
}
