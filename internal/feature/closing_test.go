package feature_test

import (
	"errors"
	"math"
	"testing"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// column is one call's value by a column's name.
func column(t *testing.T, s *feature.Spec, c *lfb.Call, name string) float64 {
	t.Helper()
	k := s.Schema().Index(name)
	if k < 0 {
		t.Fatalf("no column %s", name)
	}
	row := make([]float64, s.Schema().Width())
	s.Encode(row, c)
	return row[k]
}

func TestClosingAStation(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(4000, 8), feature.Options{})
	out := s.Stations[0]
	closed, err := s.WithoutStations(out.Name)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Stations[0].Open || closed.Stations[0].Open {
		t.Fatalf("open: %v before, %v in the copy; want true, false", s.Stations[0].Open, closed.Stations[0].Open)
	}
	for _, away := range []float64{0, 500, 1500, 4000, 12000} {
		c := lfb.Call{Easting: out.Easting + away, Northing: out.Northing, StationGround: out.Name, PumpOrder: 1}
		if closed.GroundAt(c.Easting, c.Northing) == out.Name {
			t.Errorf("%.0f m away: the ground still falls to %s", away, out.Name)
		}
		for _, name := range []string{"quickest_seconds", "nearest_m", "expected_seconds"} {
			before, after := column(t, s, &c, name), column(t, closed, &c, name)
			if after < before {
				t.Errorf("%.0f m away: %s = %.1f with %s closed, %.1f with it open", away, name, after, out.Name, before)
			}
			if away == 0 && after-before < 30 {
				t.Errorf("at its door: %s = %.1f with %s closed, %.1f with it open", name, after, out.Name, before)
			}
		}
		if before, after := column(t, s, &c, "field_250m"), column(t, closed, &c, "field_250m"); before != after {
			t.Errorf("%.0f m away: what is beyond the expected = %v, want it to stay %v", away, after, before)
		}
	}
	if got := s.GroundAt(out.Easting, out.Northing); got != out.Name {
		t.Errorf("GroundAt(the door of %s) = %q", out.Name, got)
	}
	for _, name := range []string{"", "Atlantis", out.Name} {
		if _, err := closed.WithoutStations(name); !errors.Is(err, lfb.ErrNotFound) {
			t.Errorf("Closing(%q) = %v, want ErrNotFound", name, err)
		}
	}
}

func TestClosingAllStations(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(4000, 8), feature.Options{})
	var names []string
	for _, st := range s.Stations {
		names = append(names, st.Name)
	}
	none, err := s.WithoutStations(names...)
	if err != nil {
		t.Fatal(err)
	}
	c := lfb.Call{Easting: s.CentreE, Northing: s.CentreN, PumpOrder: 1}
	if v := column(t, none, &c, "quickest_seconds"); !math.IsNaN(v) {
		t.Errorf("quickest_seconds without stations = %v, want NaN", v)
	}
	if got := none.GroundAt(s.CentreE, s.CentreN); got != "" {
		t.Errorf("GroundAt without stations = %q, want none", got)
	}
}
