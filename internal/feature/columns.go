package feature

import (
	"math"

	"lfb/internal/ml"
)

// column is one feature: the table of columns says all there is to say of it.
type column struct {
	name    string
	family  Family  // empty: always there
	variant Variant // that it belongs to
	role    string
	rising  bool // more of it never makes an arrival sooner
	kind    columnKind
	fact    fact // behind a column of words
	value   func(*Spec, *facts) float64
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
		{name: "pump", role: ml.RolePump, value: func(_ *Spec, f *facts) float64 { return f.pumpOrder }},
		words("station_ground", "", ground),
		words("reported", "", reported),
		timed("hour", "", func(_ *Spec, m *moment) float64 { return float64(m.hour) }),

		placed("easting", Place, func(_ *Spec, p *placement) float64 { return p.e }),
		placed("northing", Place, func(_ *Spec, p *placement) float64 { return p.n }),
		placed("southeast", Place, func(_ *Spec, p *placement) float64 { return (p.e - p.n) * math.Sqrt2 / 2 }),
		placed("northeast", Place, func(_ *Spec, p *placement) float64 { return (p.e + p.n) * math.Sqrt2 / 2 }),
		placed("centre_m", Place, func(s *Spec, p *placement) float64 { return math.Hypot(p.e-s.CentreE, p.n-s.CentreN) }),

		distance("nearest_m", func(p *placement) float64 { return p.near.or(0) }),
		distance("nearest2_m", func(p *placement) float64 { return p.near.or(1) }),
		distance("nearest3_m", func(p *placement) float64 { return p.near.or(2) }),
		distance("nearest4_m", func(p *placement) float64 { return p.near.or(3) }),
		distance("own_m", func(p *placement) float64 { return p.ownM }),
		distance("quickest_seconds", func(p *placement) float64 { return p.quick.or(0) }),
		distance("quickest2_seconds", func(p *placement) float64 { return p.quick.or(1) }),
		distance("quickest3_seconds", func(p *placement) float64 { return p.quick.or(2) }),
		distance("quickest4_seconds", func(p *placement) float64 { return p.quick.or(3) }),
		distance("own_seconds", func(p *placement) float64 { return p.ownSec }),
		among("quickest_gap_seconds", func(_ *Spec, p *placement) float64 { return p.quick.or(1) - p.quick.or(0) }),
		among("own_behind_m", func(_ *Spec, p *placement) float64 { return p.ownM - p.near.value[0] }),
		among("own_behind_seconds", func(_ *Spec, p *placement) float64 { return p.ownSec - p.quick.value[0] }),
		among("own_rank", func(_ *Spec, p *placement) float64 {
			if p.own < 0 {
				return nan
			}
			return float64(p.ownRank)
		}),
		among("within_2km", func(_ *Spec, p *placement) float64 { return float64(p.within2km) }),
		among("within_4km", func(_ *Spec, p *placement) float64 { return float64(p.within4km) }),
		among("nearest_east_m", func(s *Spec, p *placement) float64 { return p.e - s.geo.lines[p.near.who[0]][0] }),
		among("nearest_north_m", func(s *Spec, p *placement) float64 { return p.n - s.geo.lines[p.near.who[0]][1] }),

		{name: "expected_seconds", family: Expect, rising: true, value: func(s *Spec, f *facts) float64 { return s.Ranks[f.pump].expected(&f.place.quick) }},
		{name: "soft_seconds", family: Expect, rising: true, value: func(_ *Spec, f *facts) float64 { return soft(&f.place.quick) }},

		averaged("field_250m", Field, func(t *Tables) *Grid { return &t.Fields[0] }),
		averaged("field_500m", Field, func(t *Tables) *Grid { return &t.Fields[1] }),
		averaged("field_1km", Field, func(t *Tables) *Grid { return &t.Fields[2] }),
		averaged("away_map", Away, func(t *Tables) *Grid { return &t.AwayMap }),
	}
	for r, recipe := range meanRecipes() {
		all = append(all, column{name: recipe.name, family: recipe.family, value: func(_ *Spec, f *facts) float64 { return f.tables.mean(r, &recipe, f) }})
	}
	return append(
		all,
		timed("time_of_day", Clock, func(_ *Spec, m *moment) float64 { return m.hours() }),
		timed("hour_sin", Clock, func(_ *Spec, m *moment) float64 { sin, _ := math.Sincos(m.hours() * math.Pi / 12); return sin }),
		timed("hour_cos", Clock, func(_ *Spec, m *moment) float64 { _, cos := math.Sincos(m.hours() * math.Pi / 12); return cos }),
		timed("weekday", Clock, func(_ *Spec, m *moment) float64 { return float64(m.weekday) }),
		timed("hour_of_week", Clock, func(_ *Spec, m *moment) float64 { return float64(m.weekday)*24 + m.hours() }),
		timed("month", Clock, func(_ *Spec, m *moment) float64 { return float64(m.month) }),
		timed("bank_holiday", Holiday, func(s *Spec, m *moment) float64 { return truth(s.Calendar.bank(m.day)) }),
		timed("school_holiday", Holiday, func(s *Spec, m *moment) float64 { return truth(s.Calendar.school(m.day)) }),
		timed("day", Trend, func(_ *Spec, m *moment) float64 { return float64(m.day) }),

		words("property_category", Property, category),
		words("property_type", Property, propertyType),
		words("borough", Borough, borough),
		words("ward", Area, ward),
		words("postcode_district", Area, district),
		column{name: "nearest_station", family: Nearest, kind: stationColumn, value: func(s *Spec, f *facts) float64 { return s.nearestStation(f, 0) }},
		column{name: "nearest2_station", family: Nearest, kind: stationColumn, value: func(s *Spec, f *facts) float64 { return s.nearestStation(f, 1) }},

		column{name: "sent_from", variant: Sent, kind: stationColumn, value: func(_ *Spec, f *facts) float64 { return f.sent.station }},
		column{name: "sent_m", variant: Sent, rising: true, value: func(_ *Spec, f *facts) float64 { return f.sent.metres }},
		column{name: "sent_seconds", variant: Sent, value: func(_ *Spec, f *facts) float64 { return f.sent.seconds }},
		column{name: "sent_behind_seconds", variant: Sent, value: func(_ *Spec, f *facts) float64 { return f.sent.seconds - f.place.quick.value[0] }},
		column{name: "sent_own_ground", variant: Sent, value: func(_ *Spec, f *facts) float64 { return f.sent.ownGround }},
		column{name: "recent_load", variant: Load, value: func(_ *Spec, f *facts) float64 { return f.recentLoad }},
	)
}

// words is a column of a fact's words.
func words(name string, family Family, of fact) column {
	role := ""
	if of == ground {
		role = ml.RoleGround
	}
	return column{name: name, family: family, kind: wordColumn, fact: of, role: role, value: func(s *Spec, f *facts) float64 {
		return s.Vocab[of].category(f.word[of])
	}}
}

// timed is a column of the call's time.
func timed(name string, family Family, value func(*Spec, *moment) float64) column {
	return column{name: name, family: family, value: func(s *Spec, f *facts) float64 {
		if !f.timed {
			return nan
		}
		return value(s, &f.at)
	}}
}

// placed is a column of the place.
func placed(name string, family Family, value func(*Spec, *placement) float64) column {
	return column{name: name, family: family, value: func(s *Spec, f *facts) float64 {
		if !f.place.known {
			return nan
		}
		return value(s, &f.place)
	}}
}

// among is a column of the place among the stations.
func among(name string, value func(*Spec, *placement) float64) column {
	return placed(name, Station, func(s *Spec, p *placement) float64 {
		if p.quick.n == 0 {
			return nan
		}
		return value(s, p)
	})
}

// distance is such a column that never makes an arrival sooner.
func distance(name string, value func(*placement) float64) column {
	c := among(name, func(_ *Spec, p *placement) float64 { return value(p) })
	c.rising = true
	return c
}

// averaged is a column of what was averaged over outcomes around the place.
func averaged(name string, family Family, grid func(*Tables) *Grid) column {
	return column{name: name, family: family, value: func(_ *Spec, f *facts) float64 {
		if !f.place.known {
			return nan
		}
		return grid(f.tables).at(f.place.e, f.place.n)
	}}
}

func (s *Spec) nearestStation(f *facts, rank int) float64 {
	if rank >= f.place.near.n {
		return nan
	}
	return float64(s.geo.open[f.place.near.who[rank]])
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
