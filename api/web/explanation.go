package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"gonum.org/v1/plot/plotter"

	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// dependencePlot draws what the mean answer is at values of one feature.
func (u *ui) dependencePlot(r *http.Request, v registry.Version, place string) (*view, error) {
	notes, err := u.Store.VersionNotes(r.Context(), v.Line, v.ID)
	if err != nil {
		return nil, err
	}
	e, err := u.readExplanation(r.Context(), v, notes)
	if err != nil {
		return nil, err
	}
	k, err := strconv.Atoi(place)
	if err != nil || e == nil || k < 0 || k >= len(e.Dependence) {
		return nil, fmt.Errorf("dependence %.20q of version %s: %w", place, v.ID, lfb.ErrNotFound)
	}
	body, err := drawDependence(e.Dependence[k])
	return newImage(body, "private, max-age=3600"), err
}

func drawDependence(d registry.Dependence) ([]byte, error) {
	label := feature.LabelOf(d.Feature)
	if len(d.Words) > 0 {
		mean, share := 0.0, 0.0
		for i, s := range d.Share {
			mean, share = mean+s*d.Seconds[i], share+s
		}
		less := make([]float64, len(d.Seconds))
		for i, s := range d.Seconds {
			less[i] = s - mean/share
		}
		p := svgplot.New("seconds more or less than the mean of these", "")
		if err := svgplot.AddBars(p, d.Words, less); err != nil {
			return nil, err
		}
		svgplot.AddDotted(p, 0, p.Y.Min, 0, p.Y.Max)
		return renderPlot(p)
	}
	p := svgplot.New(label.Name, "mean answer, seconds")
	points := make(plotter.XYs, len(d.At))
	for i, at := range d.At {
		points[i] = plotter.XY{X: at, Y: d.Seconds[i]}
	}
	if err := svgplot.AddLine(p, "", points, 0); err != nil {
		return nil, err
	}
	svgplot.AddValues(p, points, func(i int) string {
		return fmt.Sprintf("%.4g: %s", d.At[i], formatMinutes(d.Seconds[i]))
	})
	return renderPlot(p)
}

// residualSteps are the bounds of a residual map's colours, in seconds: answered too short
// by more, to too long by more.
var residualSteps = [...]float64{-60, -30, -10, 10, 30, 60}

// unitM is a unit of a residual map, in metres.
const unitM = 10

// residualMap is where the answers were too long or too short, in units of unitM.
type residualMap struct {
	ViewBox, Hexagon string
	Cells            []residualCell
	Legend           []legendEntry
}

type residualCell struct {
	X, Y, Class int
	Title       string
}

// Residuals is the map of them; nil where there are none.
func (b *modelBody) Residuals() *residualMap {
	if b.Explanation == nil || len(b.Explanation.Residuals) == 0 {
		return nil
	}
	all := b.Explanation.Residuals
	west, south, east, north := math.MaxInt, math.MaxInt, math.MinInt, math.MinInt
	for _, c := range all {
		west, east = min(west, c.Easting), max(east, c.Easting)
		south, north = min(south, c.Northing), max(north, c.Northing)
	}
	const room = registry.ResidualCellM
	m := &residualMap{ViewBox: fmt.Sprintf("0 0 %d %d", (east-west+2*room)/unitM, (north-south+2*room)/unitM)}
	for i, at := range (geo.Hex{}).Corners(0.97 * room) {
		m.Hexagon += fmt.Sprintf("%s%.1f %.1f", [2]string{"M", "L"}[min(i, 1)], at[0]/unitM, -at[1]/unitM)
	}
	m.Hexagon += "Z"
	for _, c := range all {
		m.Cells = append(m.Cells, residualCell{
			X: (c.Easting - west + room) / unitM, Y: (north - c.Northing + room) / unitM, Class: residualClass(c.Bias),
			Title: fmt.Sprintf("%s, %s first engines", describeBias(c.Bias), formatCount(c.Rows)),
		})
	}
	for k := range len(residualSteps) + 1 {
		m.Legend = append(m.Legend, legendEntry{k, residualText(k)})
	}
	return m
}

func residualClass(bias float64) int {
	k := 0
	for k < len(residualSteps) && bias > residualSteps[k] {
		k++
	}
	return k
}

// residualText names a class of residuals.
func residualText(k int) string {
	switch last := len(residualSteps); {
	case k == 0:
		return "over 60 s too short"
	case k == last:
		return "over 60 s too long"
	case k == last/2:
		return "right within 10 s"
	case k < last/2:
		return fmt.Sprintf("%.0f to %.0f s too short", -residualSteps[k], -residualSteps[k-1])
	default:
		return fmt.Sprintf("%.0f to %.0f s too long", residualSteps[k-1], residualSteps[k])
	}
}

// describeBias says how far answers are off: one that is too long is an engine that was
// there sooner.
func describeBias(seconds float64) string {
	if math.Abs(seconds) < 0.5 {
		return "right on the mean"
	}
	return fmt.Sprintf("%.0f s too %s on the mean", math.Abs(seconds),
		map[int]string{-1: "short", 1: "long"}[cmp.Compare(seconds, 0)])
}
