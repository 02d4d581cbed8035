package synthetic

import (
	"math"
	"slices"
	"testing"
)

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if !(got >= low && got <= high) {
		t.Errorf("%s = %.4g, want %v to %v", what, got, low, high)
	}
}

func quantile(v []float64, q float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[int(q*float64(len(s)-1))]
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// gone is one attended call: what came out and what a model could know.
type gone struct {
	first, second      float64 // seconds; second NaN where there was none
	quiet              float64 // the way from the ground's own station, undisturbed
	hour               int
	ground, from, then uint8
	unattended, afa    bool
}

// aYear runs the year 2023 with 60,000 incidents, as real years have more.
func aYear(t *testing.T) []gone {
	t.Helper()
	s := newSimulation(newLondon())
	var out []gone
	for m := range int64(12) {
		for _, d := range (monthCalendar{incidents: 60000, months: 12, year: 2023}).splitMonth(nil, m, 99) {
			for _, c := range s.simulateDay(&d) {
				g := gone{
					second: math.NaN(), hour: int(c.wall / 3600), ground: c.ground, afa: c.stop == afa,
					unattended: len(c.engines) == 0,
				}
				var w [legs]routeLeg
				s.l.roads.fillRoutes(&w, c.e, c.n)
				g.quiet = w[0].seconds
				if !g.unattended {
					g.first, g.from = float64(c.engines[0].attendanceSeconds()), c.engines[0].station
				}
				if len(c.engines) > 1 {
					g.second, g.then = float64(c.engines[1].attendanceSeconds()), c.engines[1].station
				}
				out = append(out, g)
			}
		}
	}
	return out
}

// The figures of real rows are in brackets: 2017 January to March and 2023.
func TestLikeTheRealCity(t *testing.T) {
	t.Parallel()
	all := aYear(t)
	var first, second []float64
	var afas, missing, over, other, same, earlier float64
	for _, g := range all {
		if g.afa {
			afas++
		}
		if g.unattended {
			missing++
			continue
		}
		first = append(first, g.first)
		if g.first > 360 {
			over++
		}
		if g.from != g.ground {
			other++
		}
		if !math.IsNaN(g.second) {
			second = append(second, g.second)
			if g.second < g.first {
				earlier++
			}
			if g.then == g.from {
				same++
			}
		}
	}
	n, k := float64(len(all)), float64(len(first))
	within(t, "mean [318, 317]", mean(first), 310, 324)
	within(t, "P10 [179, 175]", quantile(first, .1), 165, 190)
	within(t, "median [298, 299]", quantile(first, .5), 288, 306)
	within(t, "P90 [476, 478]", quantile(first, .9), 460, 495)
	within(t, "P99 [807, 759]", quantile(first, .99), 680, 820)
	within(t, "longest", slices.Max(first), 1000, 1200)
	within(t, "shortest", slices.Min(first), 1, 10)
	within(t, "share over 360 s [.294, .298]", over/k, .28, .315)
	within(t, "share without a first time [.056, .052]", missing/n, .045, .065)
	within(t, "share with a second time [.376, .364]", float64(len(second))/n, .355, .395)
	within(t, "second's mean [400, 401]", mean(second), 385, 440)
	within(t, "second earlier than first [.011, .018]", earlier/float64(len(second)), .002, .02)
	within(t, "both from one station [.38, .31]", same/float64(len(second)), .25, .40)
	within(t, "not from own ground [.241, .274]", other/k, .22, .29)
	within(t, "automatic alarms [.381, .400]", afas/n, .36, .43)
}

// How much there is to learn: something, not everything. A boosted model on
// call-time columns reached R² .13 to .23 on real rows, a mean by ground .05.
func TestLearnability(t *testing.T) {
	t.Parallel()
	all := slices.DeleteFunc(aYear(t), func(g gone) bool { return g.unattended })
	within(t, "R² of the ground's mean", rSquared(all, func(g gone) int { return int(g.ground) }), .03, .09)
	within(t, "R² of the hour's mean", rSquared(all, func(g gone) int { return g.hour }), .004, .03)
	within(t, "R² of the true quiet way", rSquared(all, func(g gone) int { return int(g.quiet / 15) }), .12, .22)
	within(t, "R² of the way and who came", rSquared(all, func(g gone) int {
		k := int(g.quiet/30) * 2
		if g.from != g.ground {
			k++
		}
		return k
	}), .2, .45)
}

// rSquared fits means by key on every other row and scores the rest.
func rSquared(all []gone, key func(gone) int) float64 {
	sum, count := map[int]float64{}, map[int]float64{}
	total := 0.0
	for i := 0; i < len(all); i += 2 {
		k := key(all[i])
		sum[k] += all[i].first
		count[k]++
		total += all[i].first
	}
	overall := total / float64((len(all)+1)/2)
	var residual, variance float64
	for i := 1; i < len(all); i += 2 {
		k := key(all[i])
		p := (sum[k] + 10*overall) / (count[k] + 10)
		residual += sq(all[i].first - p)
		variance += sq(all[i].first - overall)
	}
	return 1 - residual/variance
}
