package feature

import (
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// makeSchema lists the columns in the order in which encode writes them.
func (s *Spec) makeSchema() error {
	var b columns
	b.add(ml.Column{Name: "pump", Role: ml.RolePump})
	b.category("station_ground", s.Vocab[ground].number, ml.RoleGround)
	b.category("reported", s.Vocab[reported].number, "")
	b.numeric("hour")
	s.placeColumns(&b)
	s.averageColumns(&b)
	s.timeColumns(&b)
	s.wordColumns(&b)
	s.base = len(b)
	switch s.Variant {
	case Usual:
	case Sent:
		b.category("sent_from", max(len(s.Stations), 1), "")
		b.add(ml.Column{Name: "sent_m", Monotone: 1})
		b.numeric("sent_seconds", "sent_behind_seconds", "sent_own_ground")
	case Load:
		b.numeric("recent_load")
	default:
		return fmt.Errorf("feature variant %q: %w", s.Variant, lfb.ErrInvalid)
	}
	s.schema = &ml.Schema{Columns: b}
	return nil
}

func (s *Spec) placeColumns(b *columns) {
	if s.use.place {
		b.numeric("easting", "northing", "southeast", "northeast", "centre_m")
	}
	if s.use.station {
		for _, name := range []string{
			"nearest_m", "nearest2_m", "nearest3_m", "nearest4_m", "own_m",
			"quickest_seconds", "quickest2_seconds", "quickest3_seconds", "quickest4_seconds", "own_seconds",
		} {
			b.add(ml.Column{Name: name, Monotone: 1})
		}
		b.numeric("quickest_gap_seconds", "own_behind_m", "own_behind_seconds", "own_rank",
			"within_2km", "within_4km", "nearest_east_m", "nearest_north_m")
	}
	if s.use.expect {
		b.add(ml.Column{Name: "expected_seconds", Monotone: 1})
		b.add(ml.Column{Name: "soft_seconds", Monotone: 1})
	}
}

func (s *Spec) averageColumns(b *columns) {
	if s.use.field {
		b.numeric("field_250m", "field_500m", "field_1km")
	}
	if s.use.away {
		b.numeric("away_map")
	}
	for _, r := range s.recipes {
		if s.uses(r.family) {
			b.numeric(r.name)
		}
	}
}

// uses is the switch of a family that has averages.
func (s *Spec) uses(f Family) bool { return f == Target && s.use.target || f == Away && s.use.away }

func (s *Spec) timeColumns(b *columns) {
	if s.use.clock {
		b.numeric("time_of_day", "hour_sin", "hour_cos", "weekday", "hour_of_week", "month")
	}
	if s.use.holiday {
		b.numeric("bank_holiday", "school_holiday")
	}
	if s.use.trend {
		b.numeric("day")
	}
}

func (s *Spec) wordColumns(b *columns) {
	if s.use.property {
		b.category("property_category", s.Vocab[category].number, "")
		b.category("property_type", s.Vocab[propertyType].number, "")
	}
	if s.use.borough {
		b.category("borough", s.Vocab[borough].number, "")
	}
	if s.use.area {
		b.category("ward", s.Vocab[ward].number, "")
		b.category("postcode_district", s.Vocab[district].number, "")
	}
	if s.use.nearest {
		b.category("nearest_station", max(len(s.Stations), 1), "")
		b.category("nearest2_station", max(len(s.Stations), 1), "")
	}
}

// columns is a schema in the making.
type columns []ml.Column

func (b *columns) add(c ml.Column) { *b = append(*b, c) }

func (b *columns) numeric(names ...string) {
	for _, name := range names {
		b.add(ml.Column{Name: name})
	}
}

func (b *columns) category(name string, categories int, role string) {
	b.add(ml.Column{Name: name, Categories: categories, Role: role})
}
