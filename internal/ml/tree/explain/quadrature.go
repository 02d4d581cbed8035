package explain

import "math"

// quadratureRule is Gauss's rule on [0, 1]: the sum of weight × f(at) is the integral
// of any polynomial f of a degree below twice the number of points. Points come in
// pairs; where their number is odd, the last one weighs nothing.
type quadratureRule struct {
	at, weight []pointPair
}

// newQuadrature finds the n roots of the Legendre polynomial by Newton's method.
//
// Source: Press et al., Numerical Recipes, 3rd edition, section 4.6.
func newQuadrature(n int) quadratureRule {
	q := quadratureRule{make([]pointPair, (n+1)/2), make([]pointPair, (n+1)/2)}
	q.at[len(q.at)-1][1] = 1
	for i := range n {
		x := math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		value, slope := 0.0, 0.0
		for range 100 {
			value, slope = evaluateLegendre(n, x)
			step := value / slope
			if x -= step; math.Abs(step) < 1e-15 {
				break
			}
		}
		_, slope = evaluateLegendre(n, x)
		q.at[i/2][i%2] = (1 - x) / 2
		q.weight[i/2][i%2] = 1 / ((1 - x*x) * slope * slope)
	}
	return q
}

// evaluateLegendre is the value and the slope of the n-th Legendre polynomial at x.
func evaluateLegendre(n int, x float64) (value, slope float64) {
	p, before := 1.0, 0.0
	for k := range n {
		p, before = (float64(2*k+1)*x*p-float64(k)*before)/float64(k+1), p
	}
	return p, float64(n) * (x*p - before) / (x*x - 1)
}
