package dispatch_test

import (
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/dispatch"
	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/source/synthetic"
	"lfb/internal/testdata"
)

// TestAvailabilityIsWorthHalf measures, on the synthetic city, what knowing who is away is worth: at least half of what
// knowing the station that sends is. It takes minutes; LFB_MEASURE=60000 is on so many incidents.
func TestAvailabilityIsWorthHalf(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("LFB_MEASURE"))
	if err != nil {
		t.Skip("LFB_MEASURE is not set")
	}
	city, err := synthetic.New(synthetic.Options{Seed: 14, Incidents: n, Months: 10, From: "2024-01", Tidy: true})
	if err != nil {
		t.Fatal(err)
	}
	_, rows := datasettest.BuildTable(t, datasettest.ReadCity(t, city), lfb.Synthetic)
	hi := 0
	for rows.Time(hi).Month() < time.September {
		hi++
	}
	b := fitBundle(t, rows, hi*8/10, hi, gbdt.Default())
	d, err := dispatch.NewDispatcher(b)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, s := range london.Stations() {
		if d.Engines(s.Name) != s.Engines {
			wrong++
		}
	}
	t.Logf("%d of %d stations with another number of engines than learned", wrong, len(london.Stations()))
	away := map[string][]dispatch.Absence{}
	for a, err := range city.Relive(t.Context(), "2024-09", "2024-10", synthetic.StationChange{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range a.Away {
			if e := d.Engines(w.Station); e > 0 {
				away[a.IncidentNumber] = append(away[a.IncidentNumber], dispatch.Absence{
					Station: w.Station,
					Engines: min(w.Engines, e),
				})
			}
		}
	}
	held := rows.Slice(hi, rows.Len())
	for pump := 1; pump <= 2; pump++ {
		measure(t, b, d, held, pump, away)
	}
}

// TestOverWhoMayComeOnRealRows shows what answers over who may come are like where nobody is known to be out: as good
// as those of today. It is fitted on January and February 2017 and scored on March.
func TestOverWhoMayComeOnRealRows(t *testing.T) {
	if os.Getenv("LFB_MEASURE") == "" {
		t.Skip("LFB_MEASURE is not set")
	}
	in := datasettest.ReadIncidents(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	_, rows := datasettest.BuildTable(t, in, lfb.Real)
	hi := 0
	for rows.Time(hi).Month() < time.March {
		hi++
	}
	b := fitBundle(t, rows, hi*8/10, hi, gbdt.Default())
	d, err := dispatch.NewDispatcher(b)
	if err != nil {
		t.Fatal(err)
	}
	for pump := 1; pump <= 2; pump++ {
		measure(t, b, d, rows.Slice(hi, rows.Len()), pump, nil)
	}
}

// way is one way to answer, and how it does.
type way struct {
	name     string
	answers  []ml.Answer
	surprise float64 // mean -log of the share of the station that came
}

func measure(t *testing.T, b *bundle.Bundle, d *dispatch.Dispatcher, rows *dataset.Table, pump int,
	away map[string][]dispatch.Absence,
) {
	t.Helper()
	var y, lost []float64 // lost: of calls from whose likeliest station all engines are away
	var lostRows []int
	usual := mustArrange(t, d, dispatch.State{})
	ways := []way{
		{name: "as today"},
		{name: "as usual, over who may come"},
		{name: "who is out, others as usual"},
		{name: "who is out, all others in"},
		{name: "the station known"},
	}
	for i := range rows.Len() {
		var c lfb.Call
		var o lfb.Outcome
		rows.Call(i, &c)
		rows.Outcome(i, &o)
		if c.PumpOrder != pump {
			continue
		}
		b.Spec.Complete(&c)
		y = append(y, o.AttendanceSeconds)
		sent := c
		sent.SentFrom = o.ArrivedFrom
		got, err := b.Predict(nil, []lfb.Call{c, sent})
		if err != nil {
			t.Fatal(err)
		}
		ways[0].answers, ways[4].answers = append(ways[0].answers, got[0].Attendance),
			append(ways[4].answers, got[1].Attendance)
		out := away[rows.IncidentNumber(i)]
		first := usual.Sources()[usual.Shares(nil, &c)[0].From].Station
		if slices.Contains(out, dispatch.Absence{Station: first, Engines: d.Engines(first)}) {
			lost, lostRows = append(lost, o.AttendanceSeconds), append(lostRows, len(y)-1)
		}
		for k, s := range []dispatch.State{{}, {Out: out}, {Out: out, Complete: true}} {
			a, err := d.Arrange(s)
			if err != nil {
				t.Fatal(err)
			}
			mixed, err := d.NewAnswers([]lfb.Call{c}).Mix(nil, a)
			if err != nil {
				t.Fatal(err)
			}
			ways[k+1].answers = append(ways[k+1].answers, mixed[0])
			came := shareOf(a, &c, dispatch.Source{Station: o.ArrivedFrom})
			ways[k+1].surprise -= math.Log(max(came, 0.001))
		}
	}
	n := float64(len(y))
	scores := make([]ml.Metrics, len(ways))
	for k, w := range ways {
		m := ml.Score(w.answers, y)
		scores[k] = m
		t.Logf("engine %d, %.0f calls, %-28s RMSE %.1f s, Brier %.4f, bias %.1f s, P90 covers %.1f %%, surprise %.2f",
			pump, n, w.name, m.RMSE, m.Brier6, m.Bias, 100*m.CoverageP90, w.surprise/n)
		some := make([]ml.Answer, len(lost))
		for j, i := range lostRows {
			some[j] = w.answers[i]
		}
		m = ml.Score(some, lost)
		t.Logf("engine %d, %d calls whose likeliest station is out, %-28s RMSE %.1f s, Brier %.4f, bias %.1f s", pump,
			len(lost), w.name, m.RMSE, m.Brier6, m.Bias)
	}
	if away == nil { // nobody knows
		if !(scores[1].RMSE < 1.01*scores[0].RMSE && scores[1].Brier6 < scores[0].Brier6) {
			t.Errorf("engine %d: RMSE %.1f s, Brier %.4f over who may come, %.1f and %.4f as today", pump, scores[1].RMSE,
				scores[1].Brier6, scores[0].RMSE, scores[0].Brier6)
		}
		return
	}
	if half := (scores[0].RMSE + scores[4].RMSE) / 2; !(scores[3].RMSE <= half) {
		t.Errorf("engine %d: RMSE %.1f s with who is out, half way is %.1f", pump, scores[3].RMSE, half)
	}
	if half := (scores[0].Brier6 + scores[4].Brier6) / 2; !(scores[3].Brier6 <= half) {
		t.Errorf("engine %d: Brier %.4f with who is out, half way is %.4f", pump, scores[3].Brier6, half)
	}
}
