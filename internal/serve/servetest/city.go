package servetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
	"lfb/internal/places"
)

// Rows are attendances in memory.
type Rows []lfb.Attendance

// Len is the number of rows.
func (r Rows) Len() int { return len(r) }

// Call writes row i's call into c.
func (r Rows) Call(i int, c *lfb.Call) { *c = r[i].Call }

// Outcome writes row i's outcome into o.
func (r Rows) Outcome(i int, o *lfb.Outcome) { *o = r[i].Outcome }

// The city's first and last grid lines, in metres: it lies inside of London.
const (
	West, South = 520000, 170000
	East, North = 536000, 186000
)

// City is n made-up attendances around four stations, with both clocks.
func City(n int) Rows {
	r := rand.New(rand.NewPCG(7, 1))
	stations := []string{"Deptford", "Euston", "Lewisham", "Soho"}
	rows := make(Rows, n)
	for i := range rows {
		k := r.IntN(4)
		e, north := West+10000*float64(k%2), South+10000*float64(k/2)
		c := lfb.Call{
			At: time.Date(2017, 1, 1, 0, 11*i, 0, 0, lfb.London), PumpOrder: 1 + r.IntN(2),
			Easting: e + 50 + 100*float64(r.IntN(60)), Northing: north + 50 + 100*float64(r.IntN(60)),
			StationGround: stations[k], BoroughCode: fmt.Sprintf("E0900000%d", k/2+1), WardCode: fmt.Sprintf("E0500000%d", k+1),
			PostcodeDistrict: fmt.Sprintf("SE%d", k+1), Postcode: fmt.Sprintf("SE%d 9NF", k+1),
			Reported:         []string{"fire", "flooding"}[r.IntN(2)],
			PropertyCategory: "Dwelling", PropertyType: "House",
		}
		from := k
		if r.Float64() < 0.3 {
			from = (k + 1) % 4
		}
		d := math.Hypot(c.Easting-West-10000*float64(from%2)-3000, c.Northing-South-10000*float64(from/2)-3000)
		rows[i] = lfb.Attendance{Call: c, Outcome: lfb.Outcome{
			ArrivedFrom:         stations[from],
			AttendanceSeconds:   math.Round(140 + 0.06*d + 25*r.ExpFloat64()),
			CallHandlingSeconds: math.Round(60 + 30*r.ExpFloat64()),
		}}
	}
	return rows
}

// Postcodes is a set of places that knows each of these postcodes at its point.
func Postcodes(at map[string][2]float64) *places.Set {
	b, l := places.NewBuilder(), places.NewLearner()
	for postcode, p := range at {
		for range 2 { // of one row alone it would be less exact
			l.AddIncident(&lfb.Incident{
				PostcodeFull: postcode, BoroughCode: "E09000001", EastingM: lfb.Some(p[0]),
				NorthingM: lfb.Some(p[1]),
			})
		}
	}
	l.AddTo(b)
	return b.Build()
}

// Options say which champion Fit makes. The zero value is small and quick.
type Options struct {
	Rows    int     // 0: 4,000
	Rounds  int     // 0: 10
	Leaves  int     // 0: 7
	Shift   float64 // seconds that every outcome is later by: tells two champions apart
	Threads int     // 0: 1
	NoCalls bool    // no call handling was published: no head for the response
	City    Rows    // nil: City(Rows)
	Sent    bool    // a head for the station sent from besides
}

// Fit is Train in a test.
func Fit(t testing.TB, o Options) *bundle.Bundle {
	t.Helper()
	b, err := Train(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Train makes a champion of the city.
func Train(ctx context.Context, o Options) (*bundle.Bundle, error) {
	if o.Rows == 0 {
		o.Rows = 4000
	}
	if o.Rounds == 0 {
		o.Rounds, o.Leaves = 10, 7
	}
	rows := o.City
	if rows == nil {
		rows = City(o.Rows)
	}
	o.Rows = len(rows)
	spec, err := feature.Fit(ctx, rows[:o.Rows*6/10], feature.Options{})
	if err != nil {
		return nil, err
	}
	b := &bundle.Bundle{Spec: spec, Manifest: bundle.Manifest{
		Line: lfb.Real.Line(), Origin: lfb.Real, Candidate: "gbdt",
		DataSet: "abc", Seed: 3, TrainedTo: rows[o.Rows*8/10-1].Call.At,
	}}
	targets := []string{bundle.Attendance, bundle.Response}
	if o.NoCalls {
		targets = targets[:1]
	}
	for _, target := range targets {
		m, err := head(ctx, spec, rows, target, o)
		if err != nil {
			return nil, err
		}
		b.Heads = append(b.Heads, bundle.Head{Target: target, Model: m})
	}
	if !o.Sent {
		return b, nil
	}
	wide, err := spec.WithVariant(feature.Sent)
	if err != nil {
		return nil, err
	}
	m, err := head(ctx, wide, rows, bundle.Attendance, o)
	b.Heads = append(b.Heads, bundle.Head{Target: bundle.Attendance, Variant: feature.Sent, Model: m})
	return b, err
}

func head(ctx context.Context, spec *feature.Spec, rows Rows, target string, o Options) (*interval.Model, error) {
	var errs error
	set := func(rows Rows, encode func(context.Context, feature.Calls, int) (ml.Matrix, error)) ml.Set {
		x, err := encode(ctx, feature.AssumeSent(rows), 1)
		errs = errors.Join(errs, err)
		y := make([]float64, len(rows))
		for i := range rows {
			if y[i] = rows[i].Outcome.AttendanceSeconds + o.Shift; target == bundle.Response {
				y[i] += rows[i].Outcome.CallHandlingSeconds
			}
		}
		return ml.Set{X: x, Y: y}
	}
	recipe := gbdt.Default()
	recipe.Rounds, recipe.Leaves, recipe.Patience = o.Rounds, o.Leaves, -1
	n := len(rows)
	train, valid, calib := set(rows[:n*6/10], spec.TrainMatrix), set(rows[n*6/10:n*7/10], spec.Matrix),
		set(rows[n*7/10:n*8/10], spec.Matrix)
	if errs != nil {
		return nil, errs
	}
	m, err := recipe.Fit(ctx, train, valid, ml.Options{Seed: 1, Threads: max(1, o.Threads)})
	if err != nil {
		return nil, err
	}
	return interval.Fit(ctx, m, valid, calib)
}
