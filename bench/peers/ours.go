package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
)

const threads = 2

// result is what a child says: one line of JSON.
type result map[string]float64

// watch measures from now on: seconds on the clock, and of the cores. The second
// says less, but hardly changes when other work takes the cores away.
type watch struct {
	begin time.Time
	used  time.Duration
}

func startWatch() watch { return watch{time.Now(), used()} }

func (w watch) result() result {
	return result{"seconds": time.Since(w.begin).Seconds(), "cpu": (used() - w.used).Seconds()}
}

// used is the time that this process has had of the cores.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// child makes one measurement of ours and prints it.
func child(ctx context.Context, what, folder string, s settings) error {
	runtime.GOMAXPROCS(s.threads())
	kinds := map[string]func(context.Context, string, settings) (result, error){
		"fit": fit, "forest": fitForest, "row": predictRow, "batch": predictBatch,
		"contrib": contribute, "shap": shapRow, "clean": cleanFiles,
	}
	fn := kinds[what]
	if fn == nil {
		return fmt.Errorf("no measurement %q: %w", what, lfb.ErrInvalid)
	}
	r, err := fn(ctx, folder, s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// threads are two, or fewer where a run on a busy machine asks for it.
func (s settings) threads() int { return max(1, min(threads, or(s.number("threads"), threads))) }

func or(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

func (s settings) number(key string) int {
	n, _ := strconv.Atoi(s[key]) // 0 where it is not given
	return n
}

// fit boosts as LightGBM is told to, and keeps the model where save is given.
func fit(ctx context.Context, folder string, s settings) (result, error) {
	recipe := gbdt.Recipe{Rounds: s.number("rounds"), Leaves: s.number("leaves"), LearningRate: 0.1}
	r, model, err := timed(ctx, folder, s, recipe.Fit)
	if err == nil && s["save"] != "" {
		err = saveModel(folder, model.(*gbdt.Model))
	}
	return r, err
}

// timed measures one fit on the training rows, as many as the settings say, and the
// model's error on the hold-out.
func timed(ctx context.Context, folder string, s settings, fit func(context.Context, ml.Set, ml.Set,
	ml.Options) (ml.Model, error),
) (r result, model ml.Model, err error) {
	train, err := loadRows(folder, s["data"], "train", s.number("rows"))
	if err != nil {
		return nil, model, err
	}
	m, err := startMemory()
	if err != nil {
		return nil, model, err
	}
	stop, err := profile(s["profile"])
	if err != nil {
		return nil, model, err
	}
	w := startWatch()
	model, err = fit(ctx, train, ml.Set{}, ml.Options{Seed: 1, Threads: s.threads()})
	if err != nil {
		return nil, model, err
	}
	r = w.result()
	stop()
	if r["peak_mib"], err = m.above(); err != nil {
		return nil, model, err
	}
	r["rows"], r["columns"] = float64(len(train.Y)), float64(train.X.Width())
	r["rmse"], err = holdOut(folder, s["data"], model)
	return r, model, err
}

// The model that both sides predict with: ours, in our bytes and in LightGBM's.
const (
	modelFile = "model.bin"
	modelText = "model.txt"
)

func saveModel(folder string, m *gbdt.Model) error {
	data, err := m.MarshalBinary()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, modelFile), data, 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(folder, modelText))
	if err != nil {
		return err
	}
	defer f.Close()
	return errors.Join(lightgbm.Write(f, m.Mean()), f.Close())
}

func loadModel(folder string) (*gbdt.Model, error) {
	data, err := os.ReadFile(filepath.Join(folder, modelFile))
	if err != nil {
		return nil, err
	}
	return gbdt.Decode(data)
}

func holdOut(folder, data string, m ml.Model) (float64, error) {
	hold, err := loadRows(folder, data, "hold", 0)
	if err != nil {
		return 0, err
	}
	p, err := m.Predict(nil, hold.X)
	if err != nil {
		return 0, err
	}
	return ml.RMSE(p, hold.Y), nil
}

// fitForest grows the original's forest: trees of depth 20.
func fitForest(ctx context.Context, folder string, s settings) (result, error) {
	r, _, err := timed(ctx, folder, s, forest.Recipe{Trees: s.number("trees"), MaxDepth: 20}.Fit)
	return r, err
}

// someRows are the first rows of the hold-out, each a matrix of its own.
func someRows(folder string, n int) ([]ml.Matrix, error) {
	hold, err := loadRows(folder, "city", "hold", n)
	if err != nil {
		return nil, err
	}
	x := make([]ml.Matrix, hold.X.Rows())
	for i := range x {
		x[i] = hold.X.Select([]int{i})
	}
	return x, nil
}

// each times fn(i) for every i below n; the first tenth warms up.
func each(n int, fn func(i int) error) (result, error) {
	times, before := make([]float64, n), used()
	for i := range times {
		begin := time.Now()
		if err := fn(i); err != nil {
			return nil, err
		}
		times[i] = float64(time.Since(begin).Nanoseconds()) / 1e3
	}
	cpu := float64((used() - before).Nanoseconds()) / 1e3 / float64(n)
	times = times[n/10:]
	slices.Sort(times)
	return result{"p50_us": times[len(times)/2], "p99_us": times[len(times)*99/100], "cpu_us": cpu}, nil
}

// predictRow predicts one row at a time.
func predictRow(_ context.Context, folder string, s settings) (result, error) {
	e, err := loadModel(folder)
	if err != nil {
		return nil, err
	}
	rows, err := someRows(folder, s.number("rows"))
	if err != nil {
		return nil, err
	}
	dst, sum := make([]float64, 1), 0.0
	r, err := each(len(rows), func(i int) error {
		_, err := e.Predict(dst, rows[i])
		sum += dst[0]
		return err
	})
	if err == nil {
		r["sum"] = sum
	}
	return r, err
}

func predictBatch(_ context.Context, folder string, _ settings) (result, error) {
	e, err := loadModel(folder)
	if err != nil {
		return nil, err
	}
	train, err := loadRows(folder, "city", "train", 0)
	if err != nil {
		return nil, err
	}
	w := startWatch()
	p, err := e.Predict(nil, train.X)
	if err != nil {
		return nil, err
	}
	r := w.result()
	r["rows"] = float64(len(p))
	for _, v := range p {
		r["sum"] += v
	}
	return r, nil
}

// contribute explains rows and, where the peer has written its contributions,
// finds the largest difference.
func contribute(_ context.Context, folder string, s settings) (result, error) {
	e, err := loadModel(folder)
	if err != nil {
		return nil, err
	}
	hold, err := loadRows(folder, "city", "hold", s.number("rows"))
	if err != nil {
		return nil, err
	}
	stop, err := profile(s["profile"])
	if err != nil {
		return nil, err
	}
	w := startWatch()
	c, err := e.PredictContributions(nil, hold.X)
	if err != nil {
		return nil, err
	}
	r := w.result()
	stop()
	r["rows"] = float64(hold.X.Rows())
	theirs, err := os.ReadFile(filepath.Join(folder, "contrib-peer.f64"))
	if err != nil {
		return r, nil //nolint:nilerr // the peer has not run yet
	}
	if len(theirs) != 8*len(c) {
		return nil, fmt.Errorf("%d contributions of the peer for %d: %w", len(theirs)/8, len(c), lfb.ErrInvalid)
	}
	worst := 0.0
	for i, v := range c {
		worst = max(worst, math.Abs(v-math.Float64frombits(binary.LittleEndian.Uint64(theirs[8*i:]))))
	}
	r["worst"] = worst
	return r, nil
}

// shapRow explains one row at a time: by the boosted model, or by a forest.
func shapRow(ctx context.Context, folder string, s settings) (result, error) {
	rows, err := someRows(folder, s.number("rows"))
	if err != nil {
		return nil, err
	}
	var m interface {
		PredictContributions([]float64, ml.Matrix) ([]float64, error)
	}
	if s["model"] == "forest" {
		train, err := loadRows(folder, "city", "train", 200_000)
		if err != nil {
			return nil, err
		}
		fitted, err := forest.Recipe{Trees: 100, MinRows: 10, MinShare: 1.0 / 5000}.Fit(ctx, train, ml.Set{},
			ml.Options{Seed: 1, Threads: threads})
		if err != nil {
			return nil, err
		}
		m = fitted.(*forest.Model)
	} else if m, err = loadModel(folder); err != nil {
		return nil, err
	}
	dst := make([]float64, rows[0].Width()+1)
	return each(len(rows), func(i int) error {
		_, err := m.PredictContributions(dst, rows[i])
		return err
	})
}
