package linear

import (
	"errors"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"lfb/internal/lfb"
)

// normalEquations are the sums of one pass over the rows, for a loss with residual r, first
// derivative -g(r) and weight w(r):
//
//	gram = Σ w·x·x'   slope = Σ g·x   loss = Σ ρ(r)
type normalEquations struct {
	gram  []float64 // width × width, upper triangle
	slope []float64
	loss  float64
}

func newSums(width int) *normalEquations {
	return &normalEquations{gram: make([]float64, width*width), slope: make([]float64, width)}
}

func (s *normalEquations) addRows(t *normalEquations) {
	for i, v := range t.gram {
		s.gram[i] += v
	}
	for i, v := range t.slope {
		s.slope[i] += v
	}
	s.loss += t.loss
}

// lossTerm returns what row i adds to the sums, given its encoded entries.
type lossTerm func(i int, column []int32, value []float64) (loss, slope, weight float64)

// squaredLoss is the term of least squares at zero coefficients: w = 1, g = y - ȳ. The mean
// is subtracted so that a target that does not vary is met exactly.
func squaredLoss(y []float64) lossTerm {
	centre := exactMean(y)
	return func(i int, _ []int32, _ []float64) (float64, float64, float64) {
		return 0, y[i] - centre, 1
	}
}

// exactMean returns the mean of y; it is exact where y does not vary, which a plain sum is not.
func exactMean(y []float64) float64 {
	var d float64
	for _, v := range y {
		d += v - y[0]
	}
	return y[0] + d/float64(len(y))
}

// sumRows passes over all rows. The partitions are fixed by the width alone and joined
// in order, so the number of threads cannot change a bit of the result.
func (f *fitRun) sumRows(t lossTerm) (*normalEquations, error) {
	partitions := 8
	if f.design.width > 700 {
		partitions = 4 // 4 × 1500² × 8 bytes is 72 MB
	}
	parts := make([]*normalEquations, partitions)
	rows := f.train.X.Rows()
	err := f.runParallel(partitions, func(p int) error {
		parts[p] = newSums(f.design.width)
		return f.sumRange(parts[p], t, rows*p/partitions, rows*(p+1)/partitions)
	})
	if err != nil {
		return nil, err
	}
	for _, s := range parts[1:] {
		parts[0].addRows(s)
	}
	return parts[0], nil
}

func (f *fitRun) sumRange(s *normalEquations, t lossTerm, lo, hi int) error {
	return f.eachRow(lo, hi, func(i int, column []int32, value []float64) {
		loss, slope, weight := t(i, column, value)
		s.loss += loss
		s.addRow(column, value, slope, weight)
	})
}

// eachRow calls visit for the training rows lo ≤ i < hi with their encoded entries.
func (f *fitRun) eachRow(lo, hi int, visit func(i int, column []int32, value []float64)) error {
	var columns []int32
	var values []float64
	for i := lo; i < hi; i++ {
		if i%64 == 0 && f.ctx.Err() != nil {
			break
		}
		columns, values = f.design.appendRow(columns[:0], values[:0], f.train.X, i)
		visit(i, columns, values)
	}
	return f.ctx.Err()
}

// predictTraining returns the prediction of coef for each training row.
func (f *fitRun) predictTraining(coef []float64) ([]float64, error) {
	out := make([]float64, f.train.X.Rows())
	err := f.runParallel(f.threads, func(p int) error {
		return f.eachRow(len(out)*p/f.threads, len(out)*(p+1)/f.threads, func(i int, column []int32, value []float64) {
			for a, c := range column {
				out[i] += coef[c] * value[a]
			}
		})
	})
	return out, err
}

// runParallel calls do for parts 0 … n-1 on all threads.
func (f *fitRun) runParallel(n int, do func(p int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for worker := range f.threads {
		wg.Go(func() {
			for p := worker; p < n; p += f.threads {
				errs[p] = do(p)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// addRow adds one row's products; columns ascend, so only the upper triangle is met.
func (s *normalEquations) addRow(column []int32, value []float64, slope, weight float64) {
	for a, c := range column {
		s.slope[c] += slope * value[a]
	}
	if weight == 0 {
		return
	}
	width := len(s.slope)
	for a, c := range column {
		v := weight * value[a]
		if v == 0 {
			continue
		}
		line := s.gram[int(c)*width : (int(c)+1)*width]
		for b := a; b < len(column); b++ {
			line[column[b]] += v * value[b]
		}
	}
}

// factorizeGram returns the Cholesky factor of gram + λ, the intercept free of penalty.
func (s *normalEquations) factorizeGram(lambda float64) (*mat.Cholesky, error) {
	width := len(s.slope)
	data := append([]float64(nil), s.gram...)
	data[0] += 1e-9 // a pass in which no row has weight still has a solution
	for k := 1; k < width; k++ {
		data[k*width+k] += lambda
	}
	var c mat.Cholesky
	if !c.Factorize(mat.NewSymDense(width, data)) {
		return nil, fmt.Errorf("normal equations of %d columns at lambda %v are singular: %w", width, lambda, lfb.ErrInvalid)
	}
	return &c, nil
}

// solveRidge returns the ridge coefficients for the sums of a least-squares pass. The
// target's mean is not in them: see fitRun.fitRidge.
func solveRidge(s *normalEquations, lambda float64) ([]float64, error) {
	c, err := s.factorizeGram(lambda)
	if err != nil {
		return nil, err
	}
	out := mat.NewVecDense(len(s.slope), nil)
	if err := c.SolveVecTo(out, mat.NewVecDense(len(s.slope), s.slope)); err != nil {
		return nil, fmt.Errorf("normal equations at lambda %v: %w: %w", lambda, err, lfb.ErrInvalid)
	}
	return out.RawVector().Data, nil
}
