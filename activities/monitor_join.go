package activities

import (
	"hash/maphash"
	"math"
	"slices"
	"sort"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// How far an answer's call may be from what was published to be the same one.
// With the incident's number time only guards against a number used twice; by
// place it is all there is: the same 100 m cell or one beside it.
const (
	joinNumberWithin = time.Hour
	joinPlaceWithin  = 10 * time.Minute
	joinMetres       = 150
)

// joiner finds the published attendance that a logged prediction was about,
// among the rows of one month.
type joiner struct {
	t        *dataset.Table
	seed     maphash.Seed
	byNumber []numbered // by hash
	at       []int64    // Unix seconds by row, ascending
	place    [][2]float32
	pump     []uint8
}

type numbered struct {
	hash uint64
	row  int32
}

func newJoiner(t *dataset.Table) *joiner {
	n := t.Len()
	j := &joiner{
		t: t, seed: maphash.MakeSeed(), byNumber: make([]numbered, n), at: make([]int64, n), place: make([][2]float32, n), pump: make([]uint8, n),
	}
	var c lfb.Call
	for i := range n {
		t.Call(i, &c)
		j.byNumber[i] = numbered{maphash.String(j.seed, t.IncidentNumber(i)), int32(i)}
		j.at[i] = c.At.Unix()
		j.place[i] = [2]float32{float32(c.Easting), float32(c.Northing)}
		j.pump[i] = uint8(c.PumpOrder)
	}
	slices.SortFunc(j.byNumber, func(a, b numbered) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		return int(a.row - b.row)
	})
	return j
}

// find returns the row and how it was found; -1 where nothing fits. A prediction
// whose number is published joins by it or not at all.
func (j *joiner) find(p *registry.LoggedPrediction) (row int, byNumber bool) {
	if p.IncidentNumber != "" {
		if row, known := j.number(p); known {
			return row, true
		}
	}
	return j.near(p), false
}

// number looks the incident up; known is whether its number is there at all.
func (j *joiner) number(p *registry.LoggedPrediction) (row int, known bool) {
	h := maphash.String(j.seed, p.IncidentNumber)
	i := sort.Search(len(j.byNumber), func(i int) bool { return j.byNumber[i].hash >= h })
	for ; i < len(j.byNumber) && j.byNumber[i].hash == h; i++ {
		r := int(j.byNumber[i].row)
		if j.t.IncidentNumber(r) != p.IncidentNumber {
			continue
		}
		known = true
		apart := p.CallAt.Sub(time.Unix(j.at[r], 0)).Abs()
		if int(j.pump[r]) == p.PumpOrder && apart <= joinNumberWithin {
			return r, true
		}
	}
	return -1, known
}

// near is the nearest attendance of the same engine around the time and place;
// of two at one place the one nearer in time, then the earlier.
func (j *joiner) near(p *registry.LoggedPrediction) int {
	if p.Easting == 0 || p.Northing == 0 {
		return -1
	}
	at, within := p.CallAt.Unix(), int64(joinPlaceWithin/time.Second)
	best, bestMetres, bestSeconds := -1, math.Inf(1), int64(0)
	for i := sort.Search(len(j.at), func(i int) bool { return j.at[i] >= at-within }); i < len(j.at) && j.at[i] <= at+within; i++ {
		if int(j.pump[i]) != p.PumpOrder {
			continue
		}
		metres := math.Hypot(float64(j.place[i][0])-p.Easting, float64(j.place[i][1])-p.Northing)
		if !(metres <= joinMetres) { // NaN: the row's place is not known
			continue
		}
		seconds := max(at-j.at[i], j.at[i]-at)
		if metres < bestMetres || metres == bestMetres && seconds < bestSeconds {
			best, bestMetres, bestSeconds = i, metres, seconds
		}
	}
	return best
}
