package web

import (
	"fmt"

	"lfb/internal/ml"
)

// scatter is predicted against actual shares of arrivals within 6 minutes, a
// dot a slice; well calibrated answers lie on the diagonal.
type scatter struct {
	Dots  []dot
	Ticks []tick
	Size  int
}

type dot struct {
	X, Y, R string
	Title   string
}

// dotUnits is the side of the drawing's square.
const dotUnits = 300

func newScatter(slices []ml.Slice) *scatter {
	s := &scatter{Size: dotUnits}
	place := func(share float64) float64 { return dotUnits * min(max(share, 0), 1) }
	most := 1
	for _, l := range slices {
		most = max(most, l.Metrics.Rows)
	}
	for _, l := range slices {
		m := l.Metrics
		s.Dots = append(s.Dots, dot{
			X: f1(place(finite(m.Within6Pred, 0))), Y: f1(dotUnits - place(finite(m.Within6, 0))),
			R:     f1(3 + 6*float64(m.Rows)/float64(most)),
			Title: fmt.Sprintf("%s %s: predicted %s, actual %s", inline(l.By), sliceName(l), pct(m.Within6Pred), pct(m.Within6)),
		})
	}
	for k := 0; k <= 100; k += 25 {
		s.Ticks = append(s.Ticks, tick{X: f1(place(float64(k) / 100)), Text: fmt.Sprintf("%d %%", k)})
	}
	return s
}

// sliceName is a slice's value for people.
func sliceName(l ml.Slice) string {
	if l.By == "borough" {
		return boroughName(l.Value)
	}
	return l.Value
}
