package synthetic

import (
	"math"
	"math/rand/v2"
	"strconv"
)

func formatInt(i int) string { return strconv.Itoa(i) }

// weightedPicker draws indexes in proportion to weights, in constant time (the alias
// method: Vose, A linear algorithm for generating random numbers with a given
// distribution, IEEE TSE 17(9), 1991).
type weightedPicker struct {
	keep  []float64
	alias []int32
}

// newPicker wants at least one weight above 0.
func newPicker(weights []float64) *weightedPicker {
	n := len(weights)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	p := &weightedPicker{keep: make([]float64, n), alias: make([]int32, n)}
	var small, large []int32
	for i, w := range weights {
		p.keep[i] = w * float64(n) / total
		p.alias[i] = int32(i)
		if p.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		p.alias[s] = l
		p.keep[l] -= 1 - p.keep[s]
		if p.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, l := range append(small, large...) { // left over by rounding alone
		p.keep[l] = 1
	}
	return p
}

func newSharePicker(shares []namedShare) *weightedPicker {
	w := make([]float64, len(shares))
	for i, s := range shares {
		w[i] = s.weight
	}
	return newPicker(w)
}

func (p *weightedPicker) drawIndex(r *rand.Rand) int {
	u := r.Float64() * float64(len(p.keep))
	i := int(u)
	if u-float64(i) < p.keep[i] {
		return i
	}
	return int(p.alias[i])
}

// hashWords hashes words to one (SplitMix64's finisher), for seeds and for what is random from
// place to place but fixed at each.
func hashWords(words ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, w := range words {
		h += w + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// reseededRand is a generator that begins anew for each thing that draws.
type reseededRand struct {
	*rand.Rand
	source rand.PCG
}

func newReseededRand() *reseededRand {
	r := &reseededRand{}
	r.Rand = rand.New(&r.source)
	return r
}

func (r *reseededRand) seed(word uint64) { r.source.Seed(word, hashWords(word)) }

// unitInterval turns a word into a number in [0, 1).
func unitInterval(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// valueNoise is smooth value noise in [-1, 1] with features of scale metres: always the
// same at the same place.
func valueNoise(e, n, scale float64, salt uint64) float64 {
	x, y := e/scale, n/scale
	i, j := math.Floor(x), math.Floor(y)
	fx, fy := smoothStep(x-i), smoothStep(y-j)
	at := func(di, dj float64) float64 {
		return 2*unitInterval(hashWords(salt, uint64(int64(i+di)), uint64(int64(j+dj)))) - 1
	}
	south := at(0, 0)*(1-fx) + at(1, 0)*fx
	north := at(0, 1)*(1-fx) + at(1, 1)*fx
	return south*(1-fy) + north*fy
}

func smoothStep(t float64) float64 { return t * t * (3 - 2*t) }

// drawLognormal draws with the given median; sigma is the standard deviation of the
// logarithm.
func drawLognormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}
