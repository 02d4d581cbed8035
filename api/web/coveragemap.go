package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve"
)

// hexM is the distance from a hexagon's centre to its corners, in metres: some
// 600 hexagons for London.
const hexM = 1000

// moment is the hour of the week and the engine that a map is of.
type moment struct {
	Weekday time.Weekday
	Hour    int
	Pump    int
	Stands  string // of which revision, until when: as engines stand now; empty: as usual
}

// coverageMap is the model's answers all over London at one moment. It is immutable.
type coverageMap struct {
	Date    time.Time // that was asked about
	Size    float64   // from a hexagon's middle to a corner, metres
	Out     []string  // stations that are
	Cells   []mapPlace
	Wards   []mapPlace // by code
	Station []feature.LearnedStation
}

// mapPlace is one place and what is answered for it.
type mapPlace struct {
	Hex    geo.Hex // of a cell
	E, N   float64 // metres
	Call   lfb.Call
	Answer ml.Answer
	Title  string // instead of the answer's
}

// maxMaps is how many maps are kept: half a MiB each, and few hours are looked
// at in one sitting.
const maxMaps = 32

// mapKey names a map: a version's at a moment.
type mapKey struct {
	line, version string
	when          moment
}

// mapAt is the map of a moment.
func (u *ui) mapAt(m *serve.Loaded, when moment) (*coverageMap, error) {
	key := mapKey{line: m.Promotion.Line, version: m.Version.ID, when: when}
	return u.maps.getOrMake(key, maxMaps, func() (*coverageMap, error) { return u.makeCoverageMap(m, when) })
}

// makeCoverageMap asks the model about a fire in a home, in every hexagon with a
// training row and in every ward.
func (u *ui) makeCoverageMap(m *serve.Loaded, when moment) (*coverageMap, error) {
	spec := m.Bundle.Spec
	s := &coverageMap{Date: dayAfter(m.Version.TrainedTo, when), Size: hexM, Station: spec.Stations}
	for _, h := range trainedHexagons(spec) {
		e, n := h.Centre(hexM)
		s.Cells = append(s.Cells, mapPlace{Hex: h, E: e, N: n})
	}
	for k, area := range spec.Places.Areas[feature.VocabWard] {
		if area.E != 0 || area.N != 0 {
			s.Wards = append(s.Wards,
				mapPlace{E: area.E, N: area.N, Call: lfb.Call{WardCode: spec.Vocab[feature.VocabWard].Words[k]}})
		}
	}
	all := slices.Concat(s.Cells, s.Wards)
	calls := make([]lfb.Call, len(all))
	for i, p := range all {
		c := serve.NewCall(s.Date)
		c.Easting, c.Northing = geo.CellCentre100(p.E, p.N)
		c.WardCode, c.PumpOrder, c.Reported, c.PropertyCategory = p.Call.WardCode, when.Pump, clean.ReportedFire, "Dwelling"
		spec.Complete(&c)
		calls[i] = c
	}
	var answers []bundle.Prediction
	var err error
	if when.Stands == "" {
		asked := &bundle.Bundle{Manifest: m.Bundle.Manifest, Spec: spec, Heads: attendanceHeads(m.Bundle)}
		answers, err = asked.Predict(nil, calls)
	} else {
		answers, err = u.Availability.PredictAt(m.Bundle, u.Now(), slices.Clone(calls))
	}
	if err != nil {
		return nil, fmt.Errorf("map of %v %d h: %w", when.Weekday, when.Hour, err)
	}
	for i := range all {
		all[i].Call, all[i].Answer = calls[i], answers[i].Attendance
	}
	s.Cells, s.Wards = all[:len(s.Cells)], all[len(s.Cells):]
	return s, nil
}

// attendanceHeads is a bundle's heads without those of other targets, which no map shows.
func attendanceHeads(b *bundle.Bundle) []bundle.Head {
	return slices.DeleteFunc(slices.Clone(b.Heads), func(h bundle.Head) bool { return h.Target != bundle.Attendance })
}

// dayAfter is the moment's first occurrence after a day: the nearest to what
// the model has seen.
func dayAfter(t time.Time, when moment) time.Time {
	t = t.In(lfb.London)
	days := (int(when.Weekday) - int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()+1+days, when.Hour, 0, 0, 0, lfb.London)
}

// trainedHexagons are those with a training row, from the south-west on.
func trainedHexagons(spec *feature.Spec) []geo.Hex {
	seen := map[geo.Hex]bool{}
	var out []geo.Hex
	for _, c := range spec.Places.Cells {
		e, n := c.Centre()
		h := geo.HexAt(e, n, hexM)
		if h.Valid() && !seen[h] {
			seen[h] = true
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b geo.Hex) int { return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.Q, b.Q)) })
	return out
}

// group is the mean over the cells of one borough.
type group struct {
	Code   string
	Cells  int
	Answer ml.Answer
}

// meanByBorough are means over cells, by code.
func (s *coverageMap) meanByBorough() []group {
	var out []group
	for _, p := range s.Cells {
		i := slices.IndexFunc(out, func(g group) bool { return g.Code == p.Call.BoroughCode })
		if i < 0 {
			i = len(out)
			out = append(out, group{Code: p.Call.BoroughCode})
		}
		g := &out[i]
		g.Cells++
		n := float64(g.Cells)
		g.Answer.P50 += (p.Answer.P50 - g.Answer.P50) / n
		g.Answer.P90 += (p.Answer.P90 - g.Answer.P90) / n
		g.Answer.Within6 += (p.Answer.Within6 - g.Answer.Within6) / n
		g.Answer.Within10 += (p.Answer.Within10 - g.Answer.Within10) / n
	}
	slices.SortFunc(out, func(a, b group) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// worstPlaces are the n places that are worst by the measure.
func worstPlaces(places []mapPlace, m measure, n int) []mapPlace {
	out := slices.Clone(places)
	slices.SortStableFunc(out, func(a, b mapPlace) int {
		return cmp.Compare(m.severityOf(b.Answer), m.severityOf(a.Answer))
	})
	return out[:min(n, len(out))]
}

// finiteOr replaces what cannot be drawn.
func finiteOr(v, other float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return other
	}
	return v
}
