package activities

import (
	"math"
	"slices"
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
	byNumber map[string][]int // rows of an incident
	at       []int64          // Unix seconds by row, ascending
}

func newJoiner(t *dataset.Table) *joiner {
	n := t.Len()
	j := &joiner{t: t, byNumber: make(map[string][]int, n), at: make([]int64, n)}
	for i := range n {
		number := t.IncidentNumber(i)
		j.byNumber[number] = append(j.byNumber[number], i)
		j.at[i] = t.Time(i).Unix()
	}
	return j
}

// findAttendance returns the row and how it was found; -1 where nothing fits. A prediction
// whose number is published joins by it or not at all.
func (j *joiner) findAttendance(p *registry.LoggedPrediction) (row int, byNumber bool) {
	if p.IncidentNumber != "" {
		if row, known := j.findNumber(p); known {
			return row, true
		}
	}
	return j.findNear(p), false
}

// findNumber looks the incident up; known is whether its number is there at all.
func (j *joiner) findNumber(p *registry.LoggedPrediction) (row int, known bool) {
	rows := j.byNumber[p.IncidentNumber]
	for _, i := range rows {
		apart := p.CallAt.Sub(time.Unix(j.at[i], 0)).Abs()
		if j.t.PumpOrder(i) == p.PumpOrder && apart <= joinNumberWithin {
			return i, true
		}
	}
	return -1, len(rows) > 0
}

// findNear returns the nearest attendance of the same engine around the time and place;
// of two at one place the one nearer in time, then the earlier.
func (j *joiner) findNear(p *registry.LoggedPrediction) int {
	if p.Easting == 0 || p.Northing == 0 {
		return -1
	}
	at, within := p.CallAt.Unix(), int64(joinPlaceWithin/time.Second)
	best, bestMetres, bestSeconds := -1, math.Inf(1), int64(0)
	var c lfb.Call
	i, _ := slices.BinarySearch(j.at, at-within)
	for ; i < len(j.at) && j.at[i] <= at+within; i++ {
		if j.t.PumpOrder(i) != p.PumpOrder {
			continue
		}
		j.t.Call(i, &c)
		metres := math.Hypot(c.Easting-p.Easting, c.Northing-p.Northing)
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
