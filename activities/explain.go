package activities

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// How much of the hold-out an explanation looks at: enough for a tenth of a second, little
// enough to take seconds.
const (
	explainedRows      = 2000 // first engines that features are permuted over
	dependenceRows     = 500  // of them
	dependenceFeatures = 5    // whose dependence is drawn
	dependencePoints   = 16   // of a number
	dependenceWords    = 8    // of a category
	residualRows       = 5    // fewer in one hexagon say nothing
)

// explainWinner says what moves the winner's answers and where they are wrong, and stores
// it. It is no reason to lose a comparison: where it cannot be made that is logged, and the
// version has none. What is replayed by the thousand is not explained.
func (c *comparison) explainWinner(ctx context.Context, v registry.Verdict) {
	if strings.HasPrefix(c.in.Line, registry.BackfillLine("")) {
		return
	}
	w := c.winner()
	e, err := c.measureExplanation(ctx, w)
	if err == nil && e != nil {
		w.explanation, err = putJSON(ctx, c.a.Blobs, "report/explanation", e)
	}
	if err != nil && activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Warn("explanation.failed", "candidate", w.Name, "err", err.Error())
	}
	if v.Provisional != nil && v.Provisional.Of == w.Version {
		c.widened.explanation = w.explanation // the same model: its ranges alone are wider
	}
}

// measureExplanation measures on the hold-out; nil where it has no first engine.
func (c *comparison) measureExplanation(ctx context.Context, w *contender) (*registry.Explanation, error) {
	var first []int
	for i, is := range c.facts.first {
		if is {
			first = append(first, i)
		}
	}
	if len(first) == 0 {
		return nil, nil
	}
	e := &registry.Explanation{
		DataSet: c.in.DataSet.ID, From: c.holdout.Time(first[0]), To: c.holdout.Time(first[len(first)-1]),
		Residuals: c.measureResiduals(w, first),
	}
	rows := make([]int, min(explainedRows, len(first)))
	y := make([]float64, len(rows))
	for k := range rows {
		rows[k] = first[k*len(first)/len(rows)]
		y[k] = c.y[rows[k]]
	}
	x, err := w.bundle.Spec.Matrix(ctx, someCalls{c.holdout, rows}, c.a.Threads)
	if err != nil {
		return nil, err
	}
	p := permuter{model: w.bundle.Head(bundle.Attendance, feature.Usual).Model.Model(), x: x, y: y, seed: c.in.Seed}
	if err := p.measurePermutations(ctx, e, cmp.Or(c.a.Threads, 1)); err != nil {
		return nil, err
	}
	for _, f := range e.Permutation[:min(dependenceFeatures, len(e.Permutation))] {
		if f.Seconds <= 0 {
			break
		}
		d, err := p.measureDependence(w.bundle.Spec, f.Feature)
		if err != nil {
			return nil, err
		}
		e.Dependence = append(e.Dependence, d)
	}
	return e, ctx.Err()
}

// someCalls is some rows of others.
type someCalls struct {
	feature.Calls
	rows []int
}

// Len is how many there are.
func (s someCalls) Len() int { return len(s.rows) }

// Call writes the i-th of them into dst.
func (s someCalls) Call(i int, dst *lfb.Call) { s.Calls.Call(s.rows[i], dst) }

// measureResiduals is the mean error by hexagon.
func (c *comparison) measureResiduals(w *contender, first []int) []registry.ResidualCell {
	sums := map[geo.Hex]*registry.ResidualCell{}
	var call lfb.Call
	for _, i := range first {
		if c.holdout.Call(i, &call); math.IsNaN(call.Easting) || math.IsNaN(call.Northing) {
			continue
		}
		h := geo.HexAt(call.Easting, call.Northing, registry.ResidualCellM)
		if sums[h] == nil {
			e, n := h.Centre(registry.ResidualCellM)
			sums[h] = &registry.ResidualCell{Easting: int(math.Round(e)), Northing: int(math.Round(n))}
		}
		sums[h].Rows++
		sums[h].Bias += w.answers[i].Mean - c.y[i]
	}
	var out []registry.ResidualCell
	for _, s := range sums {
		if s.Bias = math.Round(10*s.Bias/float64(s.Rows)) / 10; s.Rows >= residualRows {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b registry.ResidualCell) int {
		return cmp.Or(cmp.Compare(a.Northing, b.Northing), cmp.Compare(a.Easting, b.Easting))
	})
	return out
}

// permuter asks a model about rows that are changed in one feature.
type permuter struct {
	model ml.Model
	x     ml.Matrix
	y     []float64
	seed  uint64
}

// measurePermutations mixes up one feature after the other.
//
// Source: Breiman, Random Forests, Machine Learning 45, 2001.
func (p permuter) measurePermutations(ctx context.Context, e *registry.Explanation, threads int) error {
	base, err := p.rmse(p.x)
	if err != nil {
		return err
	}
	e.Rows, e.RMSE = p.x.Rows(), base
	e.Permutation = make([]registry.PermutationEffect, p.x.Width())
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for j, col := range p.x.Schema().Columns {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			mixed := p.copyRows(p.x.Rows())
			values := mixed.Col(j)
			rand.New(rand.NewPCG(p.seed, uint64(j))).Shuffle(len(values),
				func(a, b int) { values[a], values[b] = values[b], values[a] })
			got, err := p.rmse(mixed)
			e.Permutation[j] = registry.PermutationEffect{Feature: col.Name, Seconds: got - base}
			return err
		})
	}
	err = g.Wait()
	slices.SortStableFunc(e.Permutation, func(a, b registry.PermutationEffect) int {
		return cmp.Compare(b.Seconds, a.Seconds)
	})
	return err
}

// copyRows copies n rows, evenly over all.
func (p permuter) copyRows(n int) ml.Matrix {
	index := make([]int, n)
	for k := range index {
		index[k] = k * p.x.Rows() / n
	}
	return p.x.Select(index)
}

func (p permuter) rmse(x ml.Matrix) (float64, error) {
	got, err := p.model.Predict(make([]float64, x.Rows()), x)
	sum := 0.0
	for i, v := range got {
		sum += (v - p.y[i]) * (v - p.y[i])
	}
	return math.Sqrt(sum / float64(len(p.y))), err
}

// measureDependence is the mean answer where all rows have one value of a feature, for values as
// they come.
//
// Source: Friedman, Greedy Function Approximation, Annals of Statistics 29(5), 2001.
func (p permuter) measureDependence(spec *feature.Spec, name string) (registry.Dependence, error) {
	j := p.x.Schema().Index(name)
	out := registry.Dependence{Feature: name}
	same := p.copyRows(min(dependenceRows, p.x.Rows()))
	if p.x.Schema().Columns[j].IsCategorical() {
		out.At, out.Share = commonCodes(p.x.Col(j))
	} else {
		out.At = spreadValues(p.x.Col(j))
	}
	values := same.Col(j)
	for _, at := range out.At {
		for i := range values {
			values[i] = at
		}
		got, err := p.model.Predict(make([]float64, same.Rows()), same)
		if err != nil {
			return out, err
		}
		sum := 0.0
		for _, v := range got {
			sum += v
		}
		out.Seconds = append(out.Seconds, sum/float64(len(got)))
		if out.Share != nil {
			out.Words = append(out.Words, spec.FormatValue(j, at))
		}
	}
	return out, nil
}

// spreadValues is values from the second to the last but one hundredth of those present,
// evenly by rows, each once.
func spreadValues(column []float64) []float64 {
	all := slices.DeleteFunc(slices.Clone(column), math.IsNaN)
	slices.Sort(all)
	var out []float64
	for k := range dependencePoints {
		if len(all) > 0 {
			share := 0.02 + 0.96*float64(k)/(dependencePoints-1)
			out = append(out, all[int(share*float64(len(all)-1))])
		}
	}
	return slices.Compact(out)
}

// commonCodes is the codes that most rows have, and their share of all.
func commonCodes(column []float64) (codes, share []float64) {
	count := map[float64]int{}
	for _, v := range column {
		if !math.IsNaN(v) {
			count[v]++
		}
	}
	for v := range count {
		codes = append(codes, v)
	}
	slices.SortFunc(codes, func(a, b float64) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	codes = codes[:min(dependenceWords, len(codes))]
	for _, v := range codes {
		share = append(share, float64(count[v])/float64(len(column)))
	}
	return codes, share
}
