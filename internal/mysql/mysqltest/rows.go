package mysqltest

import (
	"fmt"
	"iter"
	"reflect"
	"time"

	"lfb/internal/lfb"
)

// Incident makes the n-th incident, one every 113 s or so in each of six years.
func Incident(n int) lfb.Incident {
	var r lfb.Incident
	fillRow(&r, n)
	at := time.Date(2018+n%6, 1, 1, 0, 0, n/6*113, 0, time.UTC)
	r.CalledAt = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, lfb.London)
	r.IncidentNumber = fmt.Sprintf("%06d-%s", n/6+1, at.Format("02012006"))
	r.CalYear, r.HourOfCall = at.Year(), at.Hour()
	return r
}

// Mobilisation makes the n-th mobilisation: seven to five incidents.
func Mobilisation(n int) lfb.Mobilisation {
	var r lfb.Mobilisation
	fillRow(&r, n)
	in := Incident(n * 5 / 7)
	r.IncidentNumber, r.ResourceMobilisationID = in.IncidentNumber, int64(5_000_000+n)
	r.CalYear, r.HourOfCall = in.CalYear, in.HourOfCall
	r.AttendanceTimeSeconds, r.PumpOrder = lfb.Some(100+n%900), lfb.Some(1+n%2)
	if r.DelayCodeID.OK {
		r.DelayCodeID = lfb.Some(9)
	}
	return r
}

// fillRow sets every field of a row to what no other row or column has; some of those
// that may be missing are.
func fillRow(row any, n int) {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		there := (n+i)%5 != 0
		switch f := v.Field(i).Addr().Interface().(type) {
		case *string:
			*f = fmt.Sprintf("%d é %d", i, n)
		case *bool:
			*f = there
		case *lfb.Opt[int]:
			*f = optional(there, 100*n+i)
		case *lfb.Opt[int64]:
			*f = optional(there, int64(n)<<32+int64(i))
		case *lfb.Opt[float64]:
			*f = optional(there, float64(n)+float64(i)/3)
		case *lfb.Opt[time.Time]:
			*f = optional(there, time.Date(2018, 1, 1, 0, n, i, 0, time.UTC))
		}
	}
}

func optional[T any](there bool, v T) (o lfb.Opt[T]) {
	if there {
		o = lfb.Some(v)
	}
	return o
}

// rowsOf streams the rows that make makes, from (included) to (excluded).
func rowsOf[T any](from, to int, make func(int) T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for n := from; n < to; n++ {
			r := make(n)
			if !yield(&r, nil) {
				return
			}
		}
	}
}

// Incidents streams the incidents from (included) to (excluded).
func Incidents(from, to int) iter.Seq2[*lfb.Incident, error] { return rowsOf(from, to, Incident) }

// Mobilisations streams the mobilisations from (included) to (excluded).
func Mobilisations(from, to int) iter.Seq2[*lfb.Mobilisation, error] {
	return rowsOf(from, to, Mobilisation)
}
