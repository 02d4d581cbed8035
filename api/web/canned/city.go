package canned

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/control"
	"lfb/internal/cover"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// town is a station of the made-up city and the area around it.
type town struct {
	station, borough, ward, district string
	e, n                             float64 // metres
}

func allTowns() []town {
	return []town{
		{"Bethnal Green", "E09000030", "E05009317", "E2", 535000, 182600},
		{"Deptford", "E09000023", "E05000449", "SE8", 536800, 177200},
		{"Dowgate", "E09000001", "E05009305", "EC4R", 532500, 180900},
		{"Euston", "E09000007", "E05000137", "NW1", 529500, 182700},
		{"Greenwich", "E09000011", "E05000220", "SE10", 538400, 177600},
		{"Islington", "E09000019", "E05000367", "N1", 531600, 184200},
		{"Lambeth", "E09000022", "E05000426", "SE1", 530600, 178700},
		{"Lewisham", "E09000023", "E05000455", "SE13", 538100, 174700},
		{"Old Kent Road", "E09000028", "E05000544", "SE15", 534100, 177900},
		{"Poplar", "E09000030", "E05009327", "E14", 537500, 181000},
		{"Shoreditch", "E09000012", "E05009385", "EC2A", 533300, 182600},
		{"Soho", "E09000033", "E05000644", "W1D", 529800, 180900},
	}
}

// makeCity is made-up attendances, ten minutes apart from January 2017.
func makeCity() servetest.Rows {
	r := rand.New(rand.NewPCG(19, 4))
	all := allTowns()
	kinds := []string{"fire", "automatic alarm", "flooding", "lift release", "road traffic collision"}
	homes := []string{"Dwelling", "Other Residential", "Non Residential", "Road Vehicle"}
	out := make(servetest.Rows, 6000)
	for i := range out {
		var e, north float64
		for { // an ellipse of 13 by 10 km
			x, y := 2*r.Float64()-1, 2*r.Float64()-1
			if e, north = 533700+6500*x, 179300+5200*y; x*x+y*y <= 1 {
				break
			}
		}
		t, d := nearestTown(all, e, north)
		c := lfb.Call{
			At: time.Date(2017, 1, 1, 0, 10*i, 0, 0, lfb.London), PumpOrder: 1 + r.IntN(5)/4,
			Easting: math.Floor(e/100)*100 + 50, Northing: math.Floor(north/100)*100 + 50,
			StationGround: t.station, BoroughCode: t.borough, WardCode: t.ward, PostcodeDistrict: t.district,
			Reported: kinds[r.IntN(len(kinds))], PropertyCategory: homes[r.IntN(len(homes))],
		}
		rush := 0.0
		if h := c.At.Hour(); h >= 7 && h < 10 || h >= 16 && h < 19 {
			rush = 1
		}
		seconds := 150 + 0.075*d*(1+0.25*rush) + 100*float64(c.PumpOrder-1) + 55*r.ExpFloat64()
		out[i] = lfb.Attendance{Call: c, Outcome: lfb.Outcome{
			ArrivedFrom:       t.station,
			AttendanceSeconds: min(math.Round(seconds), 1200), CallHandlingSeconds: math.NaN(),
		}}
	}
	return out
}

func nearestTown(all []town, e, n float64) (town, float64) {
	distance := func(t town) float64 { return math.Hypot(t.e-e, t.n-n) }
	best := slices.MinFunc(all, func(a, b town) int { return cmp.Compare(distance(a), distance(b)) })
	return best, distance(best)
}

// fitCity makes the city's model once a process: it takes about a second.
var fitCity = sync.OnceValues(func() (*bundle.Bundle, error) {
	b, err := servetest.Train(context.Background(), servetest.Options{
		City: makeCity(), Rounds: 30, Leaves: 7, NoCalls: true, Sent: true,
	})
	if err != nil {
		return nil, err
	}
	b.Manifest.Line, b.Manifest.Origin, b.Manifest.DataSet = line, lfb.Synthetic, dataSet
	body, err := b.MarshalBinary() // fills in what only the whole bundle knows
	if err != nil {
		return nil, err
	}
	return bundle.Decode(body)
})

// planCity makes the city's planner once a process.
var planCity = sync.OnceValue(func() *serve.Cover {
	b, err := fitCity()
	if err != nil {
		return nil
	}
	blobs := memblob.New()
	summary, err := makeCity().Summarise().Put(context.Background(), blobs)
	if err != nil {
		return nil
	}
	loaded := &serve.Loaded{Version: registry.Version{ID: version, DataSet: dataSet}, Bundle: b}
	c := &serve.Cover{Champion: planned{loaded: loaded}, Sets: planned{set: registry.DataSet{
		ID:      dataSet,
		Summary: summary,
	}}, Blobs: blobs}
	_ = c.Plan(context.Background(), func(*serve.Loaded, *cover.Planner) error { return nil }) // who asks is told
	return c
})

// planned is what the planner plans with.
type planned struct {
	loaded *serve.Loaded
	set    registry.DataSet
}

// Now is the model.
func (p planned) Now() *serve.Loaded { return p.loaded }

// DataSet is the one there is.
func (p planned) DataSet(context.Context, string) (registry.DataSet, error) { return p.set, nil }

// SaveCoverScenario keeps it, and is logged.
func (s director) SaveCoverScenario(ctx context.Context, by control.Actor, name string,
	scenario json.RawMessage, seen int64,
) error {
	func() {
		defer s.lock()()
		s.logChange(by, "save cover scenario", name)
	}()
	return s.Scenarios.SaveCoverScenario(ctx, registry.CoverScenario{
		Name: name, Revision: seen + 1, Who: by.Name, At: Now().UTC(),
		Scenario: scenario,
	})
}

// DeleteCoverScenario removes it, and is logged.
func (s director) DeleteCoverScenario(ctx context.Context, by control.Actor, name string) error {
	func() {
		defer s.lock()()
		s.logChange(by, "delete cover scenario", name)
	}()
	return s.Scenarios.DeleteCoverScenario(ctx, name)
}
