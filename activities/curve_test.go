package activities

import (
	"math"
	"testing"

	"lfb/internal/ml"
)

func TestCurveKeepsTheMeansFit(t *testing.T) {
	t.Parallel()
	var c curve
	for i := range 1000 {
		c.addPoint(ml.Progress{Done: i + 1, Total: 2000, Valid: 1000 - float64(i)})
	}
	c.addPoint(ml.Progress{Done: 1001, Total: 2000, Valid: 5, Part: 1})
	c.addPoint(ml.Progress{Done: 1002, Total: 2000, Valid: math.NaN()})
	got := c.thinOut()
	if len(got) != curvePoints || got[0].Done != 1 || got[len(got)-1].Done != 1000 || got[len(got)-1].Valid != 1 {
		t.Errorf("curve = %d points from %+v to %+v, want %d from 1 to 1000", len(got), got[0], got[len(got)-1], curvePoints)
	}
	for i := range got[1:] {
		if got[i+1].Done <= got[i].Done {
			t.Fatalf("points %d and %d: %+v, %+v", i, i+1, got[i], got[i+1])
		}
	}
	if short := c[:3].thinOut(); len(short) != 3 {
		t.Errorf("a short curve has %d points, want its 3", len(short))
	}
}
