package gbdt

import (
	"math"

	"lfb/internal/ml/tree"
)

// objective is a head's loss: squared for the mean, pinball for a quantile. Both have a second
// derivative of 1 or take it as 1, so that a histogram needs gradients and counts only.
type objective struct{ quantile float64 } // 0 for the mean

// start is the best constant for y: where boosting begins. It writes over
// scratch, which is as long as y.
func (o objective) start(pool *tree.WorkerPool, y, scratch []float64) float64 {
	if o.quantile > 0 {
		copy(scratch, y)
		return percentile(scratch, o.quantile)
	}
	return sum(pool, len(y), func(i int) float64 { return y[i] }) / float64(len(y))
}

// largest bounds the size of a gradient; 0 where residuals say it.
func (o objective) largest() float64 {
	if o.quantile > 0 {
		return max(o.quantile, 1-o.quantile)
	}
	return 0
}

// packGradients packs the gradient of each row and returns the largest residual of the mean.
func (o objective) packGradients(dst []int64, s tree.GradientScale, score, y []float64) float64 {
	dst, y = dst[:len(score)], y[:len(score)]
	largest := 0.0
	if o.quantile > 0 {
		over, under := s.PackGradient(1-o.quantile), s.PackGradient(-o.quantile)
		for i, p := range score {
			dst[i] = under
			if p >= y[i] {
				dst[i] = over
			}
		}
		return largest
	}
	for i, p := range score {
		g := p - y[i]
		largest = max(largest, math.Abs(g))
		dst[i] = s.PackGradient(g)
	}
	return largest
}

// loss is what a prediction p of y costs.
func (o objective) loss(p, y float64) float64 {
	d := y - p
	if o.quantile > 0 {
		return max(o.quantile*d, (o.quantile-1)*d)
	}
	return d * d
}

// sum adds n values in a fixed order, whatever the threads.
func sum(pool *tree.WorkerPool, n int, at func(i int) float64) float64 {
	const run = 4096
	parts := make([]float64, (n+run-1)/run)
	pool.RunChunks(n, run, func(_, lo, hi int) {
		s := 0.0
		for i := lo; i < hi; i++ {
			s += at(i)
		}
		parts[lo/run] = s
	})
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

// percentile is the q quantile of v, between the two nearest values, and
// reorders v, which is not empty.
func percentile(v []float64, q float64) float64 {
	at := q * float64(len(v)-1)
	k := int(at)
	low := selectKth(v, k)
	if k+1 >= len(v) {
		return low
	}
	high := v[k+1]
	for _, x := range v[k+2:] {
		high = min(high, x)
	}
	return low + float64((at-float64(k))*(high-low))
}

// selectKth moves the k-th smallest of v to place k, smaller ones before it and
// larger ones behind, and returns it: Hoare's selection, median of three.
func selectKth(v []float64, k int) float64 {
	lo, hi := 0, len(v)-1
	for lo < hi {
		a, b, c := v[lo], v[lo+(hi-lo)/2], v[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	return v[k]
}
