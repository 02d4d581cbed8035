package feature_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
)

// origin is one rolling origin: learn from the rows between the first two days,
// score the first engines between the last two.
type origin [3]string

// origins all end before March, which is the hold-out.
func origins() []origin {
	return []origin{
		{"2017-01-01", "2017-01-22", "2017-02-05"},
		{"2017-01-01", "2017-02-01", "2017-02-15"},
		{"2017-01-01", "2017-02-15", "2017-03-01"},
	}
}

// trial is one choice of features.
type trial struct {
	name string
	opts feature.Options
	load bool // rows carry the calls in their ground in the two hours before
}

func trials() []trial {
	usual := feature.DefaultFamilies()
	list := []trial{
		trial{name: "no family: ground, reported, pump, hour"}.with([]feature.Family{}...),
		trial{name: "raw columns: coordinates, property, borough, ward, district"}.with(feature.Place, feature.Property, feature.Borough, feature.Area),
		trial{name: "place and station only"}.with(feature.Place, feature.Station),
		trial{name: "**default**"}.with(usual...),
	}
	for _, f := range usual {
		list = append(list, trial{name: "default − " + string(f)}.with(feature.Without(usual, f)...))
	}
	list = append(list, trial{name: "default − station − expect"}.with(feature.Without(usual, feature.Station, feature.Expect)...))
	for _, f := range []feature.Family{feature.Borough, feature.Area, feature.Nearest, feature.Trend} {
		list = append(list, trial{name: "default + " + string(f)}.with(append(usual, f)...))
	}
	load, sent := trial{name: "default + load of the last 2 hours", load: true}.with(usual...),
		trial{name: "default + station sent from (upper bound)"}.with(usual...)
	load.opts.Variant, sent.opts.Variant = feature.Load, feature.Sent
	return append(list, load, sent)
}

func (t trial) with(families ...feature.Family) trial {
	t.opts.Families = append([]feature.Family{}, families...)
	return t
}

// ablationRecipe was chosen on the same origins; patience is off, as there is no
// span left to stop by.
func ablationRecipe() gbdt.Recipe {
	return gbdt.Recipe{
		Rounds: 350, LearningRate: 0.04, Leaves: 15, MinRows: 60, L2: 10, ColumnFraction: 0.4,
		RowFraction: 0.7, Patience: -1, CatSmooth: 30, Quantiles: []float64{ml.Q90},
	}
}

// scored is a trial's predictions over all origins.
type scored struct {
	y, mean, p90 []float64
	day          []int32
	rmse         []float64 // by origin
}

// score fits and predicts at one origin, averaged over two seeds.
func (t trial) score(tb testing.TB, out *scored, rows table, o origin) {
	tb.Helper()
	var train, test feature.Rows = rows.between(o[0], o[1]), rows.first(o[1], o[2])
	if t.opts.Variant == feature.Sent {
		train, test = feature.AssumeSent(train), feature.AssumeSent(test)
	}
	ctx := context.Background()
	spec := mustFit(tb, train, t.opts)
	x, err := spec.TrainMatrix(ctx, train, 0)
	if err != nil {
		tb.Fatal(err)
	}
	z := matrix(tb, spec, test)
	mean, p90 := make([]float64, test.Len()), make([]float64, test.Len())
	const seeds = 2
	for seed := range uint64(seeds) {
		model, err := ablationRecipe().Fit(ctx, ml.Set{X: x, Y: seconds(train)}, ml.Set{X: x.Slice(0, 0)}, ml.Options{Seed: seed})
		if err != nil {
			tb.Fatal(err)
		}
		m, err := model.Predict(nil, z)
		if err != nil {
			tb.Fatal(err)
		}
		q, err := model.(ml.Quantiles).PredictQuantiles(nil, z, []float64{ml.Q90})
		if err != nil {
			tb.Fatal(err)
		}
		for i := range mean {
			mean[i] += m[i] / seeds
			p90[i] += q[i] / seeds
		}
	}
	y := seconds(test)
	out.rmse = append(out.rmse, ml.RMSE(mean, y))
	out.y, out.mean, out.p90 = append(out.y, y...), append(out.mean, mean...), append(out.p90, p90...)
	for i := range test.Len() {
		var c lfb.Call
		test.Call(i, &c)
		out.day = append(out.day, int32(c.At.Unix()/86400))
	}
}

func seconds(rows feature.Rows) []float64 {
	y := make([]float64, rows.Len())
	var o lfb.Outcome
	for i := range y {
		rows.Outcome(i, &o)
		y[i] = o.AttendanceSeconds
	}
	return y
}

// withLoad sets RecentLoad to the incidents in the ground in the two hours
// before the call.
func withLoad(rows table) table {
	out := append(table{}, rows...)
	recent := map[string][]time.Time{}
	for i := range out {
		c := &out[i].Call
		var kept []time.Time
		for _, t := range recent[c.StationGround] {
			if c.At.Sub(t) <= 2*time.Hour {
				kept = append(kept, t)
			}
		}
		n := len(kept)
		for n > 0 && !kept[n-1].Before(c.At) { // the other engine of the same incident
			n--
		}
		c.RecentLoad = float64(n)
		if n == len(kept) {
			kept = append(kept, c.At)
		}
		recent[c.StationGround] = kept
	}
	return out
}

// TestAblation prints the table of docs/MODELS.md: what each family buys on
// rolling origins before March. It takes minutes: LFB_ABLATION=1 runs it.
func TestAblation(t *testing.T) {
	if os.Getenv("LFB_ABLATION") == "" {
		t.Skip("set LFB_ABLATION=1: it takes minutes")
	}
	rows := realRows(t)
	loaded := withLoad(rows)
	var results []scored
	base := -1
	for k, tr := range trials() {
		var s scored
		for _, o := range origins() {
			if tr.load {
				tr.score(t, &s, loaded, o)
			} else {
				tr.score(t, &s, rows, o)
			}
		}
		if tr.name == "**default**" {
			base = k
		}
		results = append(results, s)
		t.Logf("%s %.2f", tr.name, s.rmse)
	}
	fmt.Println("| features | RMSE | against default [95 %] | MAE of the mean | pinball of P90 | RMSE by origin |\n|---|---|---|---|---|---|")
	for k, tr := range trials() {
		s := &results[k]
		fmt.Printf("| %s | %.2f | %s | %.2f | %.2f | %.1f, %.1f, %.1f |\n", tr.name, ml.RMSE(s.mean, s.y), against(t, s, &results[base]),
			ml.MAE(s.mean, s.y), ml.PinballLoss(s.p90, s.y, ml.Q90), s.rmse[0], s.rmse[1], s.rmse[2])
	}
}

// against is the difference of the RMSE with its paired interval by day.
func against(t testing.TB, a, b *scored) string {
	la, lb := make([]float64, len(a.y)), make([]float64, len(a.y))
	for i, y := range a.y {
		la[i], lb[i] = (a.mean[i]-y)*(a.mean[i]-y), (b.mean[i]-y)*(b.mean[i]-y)
	}
	iv, err := ml.PairedBootstrap(la, lb, a.day, ml.BootstrapOptions{Of: ml.DifferenceOfRoots, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+.2f [%+.2f, %+.2f]", iv.Diff, iv.Low, iv.High)
}

// TestHoldout scores March once per version of the features: LFB_HOLDOUT=1.
func TestHoldout(t *testing.T) {
	if os.Getenv("LFB_HOLDOUT") == "" {
		t.Skip("set LFB_HOLDOUT=1: March is scored once per version, never tuned on")
	}
	rows := realRows(t)
	usual := trial{name: "default"}.with(feature.DefaultFamilies()...)
	sent := usual
	sent.name, sent.opts.Variant = "default, station sent from known (upper bound)", feature.Sent
	for _, to := range []string{"2017-02-15", "2017-03-01"} {
		o := origin{"2017-01-01", to, "2017-04-01"}
		for _, tr := range []trial{usual, sent} {
			var s scored
			tr.scoreMarch(t, &s, rows, o)
			overall, ground := constants(rows.first(o[0], to), rows.first("2017-03-01", o[2]))
			base := scored{y: s.y, mean: overall, day: s.day}
			grounds := scored{y: s.y, mean: ground, day: s.day}
			fmt.Printf("trained to %s, %s: RMSE %.2f, MAE of the mean %.2f, P90 pinball %.2f; overall mean %.2f: %s; ground mean %.2f: %s\n",
				to, tr.name, ml.RMSE(s.mean, s.y), ml.MAE(s.mean, s.y), ml.PinballLoss(s.p90, s.y, ml.Q90),
				ml.RMSE(overall, s.y), against(t, &s, &base), ml.RMSE(ground, s.y), against(t, &s, &grounds))
			if tr.opts.Variant == feature.Usual && ml.RMSE(s.mean, s.y) > 123.9 {
				t.Errorf("trained to %s: March RMSE %.2f, want ≤ 123.9", to, ml.RMSE(s.mean, s.y))
			}
		}
	}
}

// scoreMarch fits to o[1] and scores March.
func (t trial) scoreMarch(tb testing.TB, s *scored, rows table, o origin) {
	tb.Helper()
	var gap table
	for i := range rows {
		if at := rows[i].Call.At; at.Before(day(o[1])) || !at.Before(day("2017-03-01")) {
			gap = append(gap, rows[i])
		}
	}
	t.score(tb, s, gap, o)
}

// constants is the overall mean and the station-ground mean of train's first
// engines, for the rows of test.
func constants(train, test table) (overall, ground []float64) {
	sum, n := map[string]float64{}, map[string]float64{}
	var all float64
	for i := range train {
		y, g := train[i].Outcome.AttendanceSeconds, train[i].Call.StationGround
		sum[g], n[g], all = sum[g]+y, n[g]+1, all+y
	}
	mean := all / float64(len(train))
	for i := range test {
		g := test[i].Call.StationGround
		overall = append(overall, mean)
		ground = append(ground, (sum[g]+5*mean)/math.Max(n[g]+5, 1))
	}
	return overall, ground
}
