package feature

import (
	"math"

	"lfb/internal/ml"
)

// column describes one feature: its name and role, and how it is computed.
type column struct {
	name    string
	variant Variant // that it belongs to
	role    string
	rising  bool // more of it never makes an arrival sooner
	kind    columnKind
	fact    wordFact // behind a column of words
	value   func(*Spec, *callFacts) float64
}

type columnKind uint8

const (
	numberColumn  columnKind = iota
	wordColumn               // a category a word
	stationColumn            // a category a station
)

// allColumns is every column in its place. What is not known is NaN.
func allColumns() []column {
	all := []column{
		{name: "pump", role: ml.RolePump, value: func(_ *Spec, f *callFacts) float64 { return f.pumpOrder }},
		factColumn("station_ground", ground),
		factColumn("reported", reported),
		timeColumn("hour", func(_ *Spec, m *clockMoment) float64 { return float64(m.hour) }),

		placeColumn("easting", func(_ *Spec, p *stationPlacement) float64 { return p.e }),
		placeColumn("northing", func(_ *Spec, p *stationPlacement) float64 { return p.n }),
		placeColumn("southeast", func(_ *Spec, p *stationPlacement) float64 {
			return (p.e - p.n) * math.Sqrt2 / 2
		}),
		placeColumn("northeast", func(_ *Spec, p *stationPlacement) float64 {
			return (p.e + p.n) * math.Sqrt2 / 2
		}),
		placeColumn("centre_m", func(s *Spec, p *stationPlacement) float64 {
			return math.Hypot(p.e-s.CentreE, p.n-s.CentreN)
		}),

		distanceColumn("nearest_m", func(p *stationPlacement) float64 { return p.near.valueAtRank(0) }),
		distanceColumn("nearest2_m", func(p *stationPlacement) float64 { return p.near.valueAtRank(1) }),
		distanceColumn("nearest3_m", func(p *stationPlacement) float64 { return p.near.valueAtRank(2) }),
		distanceColumn("nearest4_m", func(p *stationPlacement) float64 { return p.near.valueAtRank(3) }),
		distanceColumn("own_m", func(p *stationPlacement) float64 { return p.ownM }),
		distanceColumn("quickest_seconds", func(p *stationPlacement) float64 { return p.quick.valueAtRank(0) }),
		distanceColumn("quickest2_seconds", func(p *stationPlacement) float64 { return p.quick.valueAtRank(1) }),
		distanceColumn("quickest3_seconds", func(p *stationPlacement) float64 { return p.quick.valueAtRank(2) }),
		distanceColumn("quickest4_seconds", func(p *stationPlacement) float64 { return p.quick.valueAtRank(3) }),
		distanceColumn("own_seconds", func(p *stationPlacement) float64 { return p.ownSec }),
		placementColumn("quickest_gap_seconds", func(_ *Spec, p *stationPlacement) float64 {
			return p.quick.valueAtRank(1) - p.quick.valueAtRank(0)
		}),
		placementColumn("own_behind_m", func(_ *Spec, p *stationPlacement) float64 { return p.ownM - p.near.value[0] }),
		placementColumn("own_behind_seconds", func(_ *Spec, p *stationPlacement) float64 {
			return p.ownSec - p.quick.value[0]
		}),
		placementColumn("own_rank", func(_ *Spec, p *stationPlacement) float64 {
			if p.own < 0 {
				return nan
			}
			return float64(p.ownRank)
		}),
		placementColumn("within_2km", func(_ *Spec, p *stationPlacement) float64 { return float64(p.within2km) }),
		placementColumn("within_4km", func(_ *Spec, p *stationPlacement) float64 { return float64(p.within4km) }),
		placementColumn("nearest_east_m", func(s *Spec, p *stationPlacement) float64 {
			return p.e - s.geo.lines[p.near.who[0]][0]
		}),
		placementColumn("nearest_north_m", func(s *Spec, p *stationPlacement) float64 {
			return p.n - s.geo.lines[p.near.who[0]][1]
		}),

		{name: "expected_seconds", rising: true, value: func(s *Spec, f *callFacts) float64 {
			return s.Ranks[f.pump].expectedTime(&f.place.quick)
		}},
		{name: "soft_seconds", rising: true, value: func(_ *Spec, f *callFacts) float64 {
			return softMinimum(&f.place.quick)
		}},

		gridColumn("field_250m", func(t *Tables) *Grid { return &t.Fields[0] }),
		gridColumn("field_500m", func(t *Tables) *Grid { return &t.Fields[1] }),
		gridColumn("field_1km", func(t *Tables) *Grid { return &t.Fields[2] }),
		gridColumn("away_map", func(t *Tables) *Grid { return &t.AwayMap }),
	}
	for r, recipe := range meanRecipes() {
		all = append(all, column{name: recipe.name, value: func(_ *Spec, f *callFacts) float64 {
			return f.tables.lookupMean(r, &recipe, f)
		}})
	}
	return append(
		all,
		timeColumn("time_of_day", func(_ *Spec, m *clockMoment) float64 { return m.hourOfDay() }),
		timeColumn("hour_sin", func(_ *Spec, m *clockMoment) float64 {
			sin, _ := math.Sincos(m.hourOfDay() * math.Pi / 12)
			return sin
		}),
		timeColumn("hour_cos", func(_ *Spec, m *clockMoment) float64 {
			_, cos := math.Sincos(m.hourOfDay() * math.Pi / 12)
			return cos
		}),
		timeColumn("weekday", func(_ *Spec, m *clockMoment) float64 { return float64(m.weekday) }),
		timeColumn("hour_of_week", func(_ *Spec, m *clockMoment) float64 {
			return float64(m.weekday)*24 + m.hourOfDay()
		}),
		timeColumn("month", func(_ *Spec, m *clockMoment) float64 { return float64(m.month) }),
		timeColumn("bank_holiday", func(s *Spec, m *clockMoment) float64 {
			return boolToFloat(s.Calendar.isBankHoliday(m.day))
		}),
		timeColumn("school_holiday", func(s *Spec, m *clockMoment) float64 {
			return boolToFloat(s.Calendar.isSchoolHoliday(m.day))
		}),

		factColumn("property_category", category),
		factColumn("property_type", propertyType),

		column{name: "sent_from", variant: Sent, kind: stationColumn, value: func(_ *Spec, f *callFacts) float64 {
			return f.sent.station
		}},
		column{name: "sent_m", variant: Sent, rising: true, value: func(_ *Spec, f *callFacts) float64 {
			return f.sent.metres
		}},
		column{name: "sent_seconds", variant: Sent, value: func(_ *Spec, f *callFacts) float64 {
			return f.sent.seconds
		}},
		column{name: "sent_behind_seconds", variant: Sent, value: func(_ *Spec, f *callFacts) float64 {
			return f.sent.seconds - f.place.quick.value[0]
		}},
		column{name: "sent_own_ground", variant: Sent, value: func(_ *Spec, f *callFacts) float64 {
			return f.sent.ownGround
		}},
	)
}

// factColumn returns a column of a fact's words, as categories.
func factColumn(name string, of wordFact) column {
	role := ""
	if of == ground {
		role = ml.RoleGround
	}
	return column{name: name, kind: wordColumn, fact: of, role: role, value: func(s *Spec, f *callFacts) float64 {
		return s.Vocab[of].categoryOf(f.word[of])
	}}
}

// timeColumn returns a column computed from the call's time.
func timeColumn(name string, value func(*Spec, *clockMoment) float64) column {
	return column{name: name, value: func(s *Spec, f *callFacts) float64 {
		if !f.timed {
			return nan
		}
		return value(s, &f.at)
	}}
}

// placeColumn returns a column computed from the place.
func placeColumn(name string, value func(*Spec, *stationPlacement) float64) column {
	return column{name: name, value: func(s *Spec, f *callFacts) float64 {
		if !f.place.known {
			return nan
		}
		return value(s, &f.place)
	}}
}

// placementColumn returns a column of where the place lies among the stations.
func placementColumn(name string, value func(*Spec, *stationPlacement) float64) column {
	return placeColumn(name, func(s *Spec, p *stationPlacement) float64 {
		if p.quick.n == 0 {
			return nan
		}
		return value(s, p)
	})
}

// distanceColumn is a placementColumn that is monotone: a greater distance never makes an arrival
// sooner.
func distanceColumn(name string, value func(*stationPlacement) float64) column {
	c := placementColumn(name, func(_ *Spec, p *stationPlacement) float64 { return value(p) })
	c.rising = true
	return c
}

// gridColumn returns a column of a grid of averaged outcomes around the place.
func gridColumn(name string, grid func(*Tables) *Grid) column {
	return column{name: name, value: func(_ *Spec, f *callFacts) float64 {
		if !f.place.known {
			return nan
		}
		return grid(f.tables).valueAt(f.place.e, f.place.n)
	}}
}

func boolToFloat(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
