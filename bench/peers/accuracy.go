package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
)

const (
	accuracyScript = "bench/peers/accuracy.py"
	tunedTrials    = 100
)

// errNoReal says that a section compares on the real rows only.
var errNoReal = errors.New("the real rows are needed: LFB_TEST_DATA, or -real")

// said is what a model answers to the first engines of March.
type said struct {
	Mean    []float64      `json:"mean"`
	P90     []float64      `json:"p90"`
	Seconds float64        `json:"seconds"`
	Chosen  map[string]any `json:"chosen,omitempty"`
}

// march is the hold-out: what it is judged by.
type march struct {
	train, hold *dataset.Table
	y           []float64
	day         []int32
}

// loadMarch cuts the real rows: January and February to learn from, the first
// engines of March to be judged by.
func (b *bench) loadMarch(ctx context.Context) (*march, error) {
	if b.real == "" {
		return nil, errNoReal
	}
	t, err := b.realTable(ctx)
	if err != nil {
		return nil, err
	}
	at := t.FirstRowOn(dayOf(time.March, 1))
	m := &march{train: t.Slice(0, at), hold: t.Slice(at, t.Len())}
	for i := range m.hold.Len() {
		if m.hold.PumpOrder(i) == 1 {
			m.y, m.day = append(m.y, m.hold.Attendance(i)), append(m.day, m.hold.Day(i))
		}
	}
	return m, nil
}

func dayOf(month time.Month, day int) int32 {
	return int32(time.Date(2017, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// accuracy is LightGBM with its defaults on the original's call-time columns
// against our blend on our features, without and with the station sent from. Both
// learn from January and February; nothing of either was chosen on March.
func (b *bench) accuracy(ctx context.Context) error {
	m, err := b.loadMarch(ctx)
	if err != nil {
		return err
	}
	theirs, err := b.original(ctx, m)
	if err != nil {
		return err
	}
	for _, v := range []struct {
		name    string
		variant feature.Variant
		most    float64
	}{{"call-time facts", feature.Usual, 0.95}, {"and the station that arrived (an upper bound)", feature.Sent, 0.86}} {
		ours, err := m.blend(ctx, v.variant)
		if err != nil {
			return err
		}
		if err := b.judge("LightGBM's defaults on the original's call-time columns (the better of two encodings), March "+
			"2017; ours: blend, "+v.name, m, theirs, ours, v.most); err != nil {
			return err
		}
	}
	return nil
}

// original is what LightGBM's defaults answer on the original's columns: names as
// categories, or as numbers, whichever is better on March, which favours the peer.
func (b *bench) original(ctx context.Context, m *march) (*said, error) {
	var best *said
	for _, name := range []string{"original-categories", "original-numbers"} {
		if err := b.saveOriginal(m, name); err != nil {
			return nil, err
		}
		s, err := b.ask(ctx, "defaults", b.folder, name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "   %s: RMSE %.2f s\n", name, ml.RMSE(s.Mean, m.y))
		if best == nil || ml.RMSE(s.Mean, m.y) < ml.RMSE(best.Mean, m.y) {
			best = s
		}
	}
	return best, nil
}

// judge adds the lines of one comparison.
func (b *bench) judge(what string, m *march, theirs, ours *said, most float64) error {
	low, err := m.interval(theirs, ours)
	if err != nil {
		return err
	}
	add := func(name string, most float64, of func(*said) float64) {
		t, o := of(theirs), of(ours)
		b.add(line{what: name, theirs: fmt.Sprintf("%.2f s", t), ours: fmt.Sprintf("%.2f s", o), ratio: o / t, most: most})
	}
	add(what+": RMSE, ours − theirs "+low, most, func(s *said) float64 { return ml.RMSE(s.Mean, m.y) })
	add("the same: MAE of the mean", 1, func(s *said) float64 { return ml.MAE(s.Mean, m.y) })
	add("the same: pinball loss of P90", 1, func(s *said) float64 { return ml.PinballLoss(s.P90, m.y, ml.Q90) })
	return nil
}

// interval is the paired interval by day of the difference of RMSE, in words.
func (m *march) interval(theirs, ours *said) (string, error) {
	iv, err := m.difference(theirs, ours)
	return fmt.Sprintf("%+.2f s [%+.2f, %+.2f]", iv.Diff, iv.Low, iv.High), err
}

func (m *march) difference(theirs, ours *said) (ml.Interval, error) {
	squares := func(p []float64) []float64 {
		out := make([]float64, len(p))
		for i, v := range p {
			out[i] = (v - m.y[i]) * (v - m.y[i])
		}
		return out
	}
	if len(theirs.Mean) != len(m.y) || len(ours.Mean) != len(m.y) {
		return ml.Interval{}, fmt.Errorf("%d and %d answers to %d calls: %w", len(theirs.Mean), len(ours.Mean), len(m.y),
			lfb.ErrInvalid)
	}
	return ml.PairedBootstrap(squares(ours.Mean), squares(theirs.Mean), m.day,
		ml.BootstrapOptions{Of: ml.DifferenceOfRoots, Seed: 1})
}

// blend fits the catalog's blend on January and February, with as many rounds and
// the weights that were chosen on origins before March.
func (m *march) blend(ctx context.Context, v feature.Variant) (*said, error) {
	recipe, err := catalog.Recipe("blend", json.RawMessage(`{"gbdt": {"patience": -1}}`))
	if err != nil {
		return nil, err
	}
	train, z, err := matrices(ctx, m.train, m.hold, v)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	model, err := recipe.Fit(ctx, train, ml.Set{X: train.X.Slice(0, 0)}, ml.Options{Seed: 1, Threads: threads})
	if err != nil {
		return nil, err
	}
	out := &said{Seconds: time.Since(began).Seconds()}
	if out.Mean, err = model.Predict(nil, z.X); err != nil {
		return nil, err
	}
	out.P90, err = model.(ml.Quantiles).PredictQuantiles(nil, z.X, []float64{ml.Q90})
	return out, err
}

// matrices are our features, fitted on train, and those of hold's first engines.
func matrices(ctx context.Context, train, hold *dataset.Table, v feature.Variant) (x, z ml.Set, err error) {
	spec, err := feature.Fit(ctx, train, feature.Options{Threads: threads})
	if err != nil {
		return x, z, err
	}
	if spec, err = spec.WithVariant(v); err != nil {
		return x, z, err
	}
	if x.X, err = spec.TrainMatrix(ctx, feature.AssumeSent(train), threads); err != nil {
		return x, z, err
	}
	if z.X, err = spec.Matrix(ctx, feature.AssumeSent(hold), threads); err != nil {
		return x, z, err
	}
	x.Y, z.Y = attendances(train), attendances(hold)
	return x, z.Select(firsts(hold)), nil
}

func attendances(t *dataset.Table) []float64 {
	y := make([]float64, t.Len())
	for i := range y {
		y[i] = t.Attendance(i)
	}
	return y
}

func firsts(t *dataset.Table) []int {
	var out []int
	for i := range t.Len() {
		if t.PumpOrder(i) == 1 {
			out = append(out, i)
		}
	}
	return out
}

// saveOriginal writes the columns that the original had and a caller can give:
// borough, ward and ground numbered, in the order in which they come.
func (b *bench) saveOriginal(m *march, name string) error {
	names := []string{"borough", "ward", "ground", "easting", "northing", "hour", "month", "pump"}
	codes := make([]map[string]float64, 3)
	for k := range codes {
		codes[k] = map[string]float64{}
	}
	set := func(t *dataset.Table) ml.Set {
		columns := make([][]float64, len(names))
		var c lfb.Call
		for i := range t.Len() {
			t.Call(i, &c)
			row := []float64{0, 0, 0, c.Easting, c.Northing, float64(c.At.Hour()), float64(c.At.Month()), float64(c.PumpOrder)}
			for k, word := range []string{c.BoroughCode, c.WardCode, c.StationGround} {
				if _, known := codes[k][word]; !known {
					codes[k][word] = float64(len(codes[k]))
				}
				row[k] = codes[k][word]
			}
			for j, v := range row {
				columns[j] = append(columns[j], v)
			}
		}
		return ml.Set{
			X: ml.MatrixOf(&ml.Schema{Columns: named(names)}, t.Len(), slices.Concat(columns...)),
			Y: attendances(t),
		}
	}
	train, hold := set(m.train), set(m.hold)
	schema := &ml.Schema{Columns: named(names)}
	for k := range codes {
		if name == "original-categories" {
			schema.Columns[k].Categories = len(codes[k])
		}
	}
	return b.savePair(name, schema, train, hold.Select(firsts(m.hold)))
}

func named(names []string) []ml.Column {
	out := make([]ml.Column, len(names))
	for j, n := range names {
		out[j].Name = n
	}
	return out
}

func (b *bench) savePair(name string, schema *ml.Schema, train, hold ml.Set) error {
	return errors.Join(
		saveRows(filepath.Join(b.folder, name+"-train.parquet"), train),
		saveRows(filepath.Join(b.folder, name+"-march.parquet"), hold),
		saveSchema(b.folder, name, schema),
	)
}

// tuned is LightGBM with the best of a hundred trials on our features against our
// blend. The trials are judged on the second half of February; March judges once.
func (b *bench) tuned(ctx context.Context) error {
	m, err := b.loadMarch(ctx)
	if err != nil {
		return err
	}
	mid := m.train.FirstRowOn(dayOf(time.February, 15))
	for _, p := range []struct {
		name        string
		train, hold *dataset.Table
	}{{"trials", m.train.Slice(0, mid), m.train.Slice(mid, m.train.Len())}, {"ours", m.train, m.hold}} {
		x, z, err := matrices(ctx, p.train, p.hold, feature.Usual)
		if err != nil {
			return err
		}
		if err := b.savePair(p.name, x.X.Schema(), x, z); err != nil {
			return err
		}
	}
	theirs, err := b.ask(ctx, "tuned", b.folder, "trials", "ours", strconv.Itoa(tunedTrials))
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "   optuna chose %v\n", theirs.Chosen)
	ours, err := m.blend(ctx, feature.Usual)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("LightGBM tuned by %d trials of optuna on our features, March 2017; ours: blend", tunedTrials)
	if err := b.judge(what, m, theirs, ours, 0); err != nil {
		return err
	}
	iv, err := m.difference(theirs, ours)
	// As a bar: the lower end of the interval is not above 0.
	b.add(line{
		what: "the same: lower end of the interval of ours − theirs, in seconds; above 0 is a bar missed",
		ours: fmt.Sprintf("%+.2f s", iv.Low), ratio: iv.Low, unit: " s",
	})
	return err
}

// ask runs the script and reads its answer.
func (b *bench) ask(ctx context.Context, args ...string) (*said, error) {
	cmd := exec.CommandContext(ctx, b.python, append([]string{accuracyScript}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %v: %w", accuracyScript, args, err)
	}
	var s said
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		return nil, fmt.Errorf("%s %v: %.200q: %w", accuracyScript, args, out.String(), err)
	}
	return &s, nil
}
