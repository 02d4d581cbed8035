package feature

import (
	"context"
	"math"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/mat"
)

// LearnedStation is a station as training rows show it: the point that best
// explains the times of the engines that came from it.
//
//	attendance ≈ Base + PerM × distance(station, place)
type LearnedStation struct {
	Name     string  `json:"name"`
	Easting  float64 `json:"easting"`  // British National Grid, metres
	Northing float64 `json:"northing"` // metres
	Base     float64 `json:"base"`     // seconds at the door: turnout and the like
	PerM     float64 `json:"per_m"`    // seconds a metre as the crow flies
	Rows     int     `json:"rows"`     // arrivals learned from
	// Open is false where no engine came from it in the last half year of the
	// training rows: it keeps its line for the record, and is nobody's nearest.
	Open bool `json:"open"`
}

const (
	leastArrivals = 10   // a station with fewer has no position
	mostArrivals  = 4000 // the latest so many are enough for four numbers
	openDays      = 183
	nearM         = 100.0 // places are centres of 100 m cells: no distance is known better
	huberSeconds  = 60.0
	gaussSteps    = 40
)

// stationLine holds the four parameters of a station, as a vector: easting, northing, base,
// seconds a metre.
type stationLine [4]float64

// distanceTo returns the distance from the line's station to a place, in metres, at least nearM.
func (p *stationLine) distanceTo(e, n float64) float64 {
	dx, dy := e-p[0], n-p[1]
	return math.Sqrt(dx*dx + dy*dy + nearM*nearM)
}

// fitStations learns every station twice: alone, then drawn to the median base
// and pace of the first time, which steadies stations with few arrivals.
func fitStations(ctx context.Context, s *trainingSample, threads int) ([]LearnedStation, error) {
	groups := arrivalsByStation(s)
	prior := stationLine{0, 0, 160, 0.09}
	lines := make([]stationLine, len(groups))
	for range 2 {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(threads)
		for k, rows := range groups {
			g.Go(func() error {
				if len(rows) >= leastArrivals {
					lines[k] = fitLine(s, rows, prior)
				}
				return ctx.Err()
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		prior[2], prior[3] = medianLine(groups, lines)
	}
	return learnStations(s, groups, lines), nil
}

func learnStations(s *trainingSample, groups [][]int32, lines []stationLine) []LearnedStation {
	var out []LearnedStation
	for k, rows := range groups {
		if len(rows) < leastArrivals {
			continue
		}
		last := s.day[rows[0]]
		for _, i := range rows {
			last = max(last, s.day[i])
		}
		p := lines[k]
		out = append(out, LearnedStation{
			Name: s.stations[k], Easting: roundToUnit(p[0], 0.1), Northing: roundToUnit(p[1], 0.1),
			Base: roundToUnit(p[2], 0.01), PerM: roundToUnit(p[3], 1e-6), Rows: len(rows), Open: last > s.to-openDays,
		})
	}
	return out
}

// arrivalsByStation is the rows with a place by the station that arrived.
func arrivalsByStation(s *trainingSample) [][]int32 {
	groups := make([][]int32, len(s.stations))
	for i := s.n - 1; i >= 0; i-- { // the latest first
		k := s.from[i]
		if k >= 0 && !isNaN32(s.e[i]) && len(groups[k]) < mostArrivals {
			groups[k] = append(groups[k], int32(i))
		}
	}
	return groups
}

// fitLine minimises the Huber loss of one station's arrivals by Gauss-Newton,
// starting from the middle of its quickest arrivals.
func fitLine(s *trainingSample, rows []int32, prior stationLine) stationLine {
	p := prior
	p[0], p[1] = quickMiddle(s, rows)
	prior[0], prior[1] = p[0], p[1]
	// The prior counts as this many arrivals: a place to within about
	// 10 s/m of pull, five for the base, five from a kilometre away for the pace.
	weight := stationLine{0.01, 0.01, 5, 5e6}
	for range gaussSteps {
		step, ok := gaussStep(s, rows, &p, &prior, &weight)
		if !ok {
			break
		}
		if l := math.Hypot(step[0], step[1]); l > 500 {
			for k := range step {
				step[k] *= 500 / l
			}
		}
		for k := range p {
			p[k] += step[k]
		}
		p[2] = min(max(p[2], 30), 400)
		p[3] = min(max(p[3], 0.02), 0.3)
		if math.Hypot(step[0], step[1]) < 0.5 {
			break
		}
	}
	return p
}

// gaussStep solves the weighted normal equations for the change of p.
func gaussStep(s *trainingSample, rows []int32, p, prior, weight *stationLine) (step stationLine, ok bool) {
	a := mat.NewSymDense(4, nil)
	b := mat.NewVecDense(4, nil)
	var m [4][4]float64
	var v stationLine
	for _, i := range rows {
		e, n := float64(s.e[i]), float64(s.north[i])
		d := p.distanceTo(e, n)
		r := float64(s.y[i]) - p[2] - p[3]*d
		w := min(1, huberSeconds/max(math.Abs(r), 1e-9))
		j := stationLine{-p[3] * (e - p[0]) / d, -p[3] * (n - p[1]) / d, 1, d}
		for x := range j {
			v[x] += w * j[x] * r
			for y := x; y < len(j); y++ {
				m[x][y] += w * j[x] * j[y]
			}
		}
	}
	for x := range m {
		for y := x; y < len(m); y++ {
			a.SetSym(x, y, m[x][y])
		}
		a.SetSym(x, x, (m[x][x]+weight[x])*1.001)
		b.SetVec(x, v[x]+weight[x]*(prior[x]-p[x]))
	}
	var chol mat.Cholesky
	if !chol.Factorize(a) {
		return step, false
	}
	var out mat.VecDense
	if err := chol.SolveVecTo(&out, b); err != nil {
		return step, false
	}
	for k := range step {
		step[k] = out.AtVec(k)
	}
	return step, true
}

// quickMiddle is the mean of the places, quick arrivals counting most.
func quickMiddle(s *trainingSample, rows []int32) (e, n float64) {
	var sum float64
	for _, i := range rows {
		w := math.Exp(-max(float64(s.y[i]), 120) / 60)
		e += w * float64(s.e[i])
		n += w * float64(s.north[i])
		sum += w
	}
	return e / sum, n / sum
}

// medianLine returns the median base and pace of the stations that have a line.
func medianLine(groups [][]int32, lines []stationLine) (base, perM float64) {
	var bases, paces []float64
	for k, rows := range groups {
		if len(rows) >= leastArrivals {
			bases = append(bases, lines[k][2])
			paces = append(paces, lines[k][3])
		}
	}
	if len(bases) == 0 {
		return 160, 0.09
	}
	return median(bases), median(paces)
}

// median sorts x and returns its middle.
func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// stationIndex finds a station by name in a slice sorted by name.
func stationIndex(stations []LearnedStation, name string) int {
	k := sort.Search(len(stations), func(k int) bool { return stations[k].Name >= name })
	if k < len(stations) && stations[k].Name == name {
		return k
	}
	return -1
}

// roundToUnit rounds x to a multiple of unit, so that a Spec's JSON stays short.
func roundToUnit(x, unit float64) float64 { return math.Round(x/unit) / math.Round(1/unit) }

func isNaN32(x float32) bool { return x != x }
