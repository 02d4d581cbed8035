package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"lfb/internal/lfb"
)

// city makes n incidents from 1 January 2017 on, over three months, with
// mobilisations for most of them. They come in key order, which is another order
// than that of their calls.
func city(n int, seed uint64) rows {
	return stretched(n, seed, 90*24*time.Hour)
}

// stretched is city over a span of time.
func stretched(n int, seed uint64, span time.Duration) rows {
	rng := rand.New(rand.NewPCG(seed, 1))
	start := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	var in rows
	id := int64(1)
	for i := range n {
		at := start.Add(time.Duration(i) * (span / time.Duration(n))).Truncate(time.Second)
		first := 60 + rng.IntN(600)
		inc := incident(fmt.Sprintf("%07d-%s", (i*7919)%10_000_000, at.Format("02012006")), "2017-01-01 00:00:00", first)
		inc.CalledAt = at.In(lfb.London)
		borough := rng.IntN(33)
		inc.BoroughCode = fmt.Sprintf("E0900%04d", borough+1)
		inc.WardCode = fmt.Sprintf("E0500%04d", borough*19+rng.IntN(19))
		inc.IncidentStationGround = fmt.Sprintf("Station %d", borough*3+rng.IntN(3))
		inc.PropertyType = fmt.Sprintf("Property type %d", rng.IntN(250))
		inc.PropertyCategory = fmt.Sprintf("Category %d", rng.IntN(9))
		inc.EastingRounded = lfb.Some(505050 + 100*math.Floor(rng.Float64()*550))
		inc.NorthingRounded = lfb.Some(160050 + 100*math.Floor(rng.Float64()*400))
		second := rng.IntN(10) < 4
		if second {
			inc.SecondPumpArrivingAttendanceTime = lfb.Some(first + rng.IntN(200))
		}
		in.incidents = append(in.incidents, inc)
		if rng.IntN(10) == 0 {
			continue
		}
		for p := range 2 {
			if p == 1 && !second {
				break
			}
			seconds := inc.FirstPumpArrivingAttendanceTime.V
			if p == 1 {
				seconds = inc.SecondPumpArrivingAttendanceTime.V
			}
			m := mobilisation(inc.IncidentNumber, id, fmt.Sprint(p+1), "2017-01-01 00:00:00", seconds)
			m.MobilisedAt = lfb.Some(at.Add(time.Duration(30+rng.IntN(120)) * time.Second))
			m.ArrivedAt = lfb.Some(m.MobilisedAt.V.Add(time.Duration(seconds) * time.Second))
			m.DeployedFromStationName = fmt.Sprintf("Station %d", rng.IntN(103))
			in.mobs = append(in.mobs, m)
			id++
		}
	}
	return in.sorted()
}
