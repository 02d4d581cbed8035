package synthetic

import (
	"errors"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// TestChange: before its month nothing is different, from then on nobody comes from the closed station, and a year
// later driving takes as much longer as was asked for.
func TestChange(t *testing.T) {
	t.Parallel()
	change := &Change{From: "2024-07", Closed: []string{"Soho"}, Slower: 0.1}
	for _, bad := range []Change{
		{From: "July"},
		{From: "2024-07", Closed: []string{"Nowhere"}},
		{From: "2024-07", Slower: 2},
	} {
		if _, err := New(Options{Incidents: 10, Months: 1, From: "2024-01", Change: &bad}); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("New with change %+v = %v, want lfb.ErrInvalid", bad, err)
		}
	}
	was, is := newSimulation(newLondon()), newSimulation(newLondon().changedBy(change))
	day := func(at string) (seconds [2]float64, soho [2]int, same bool) {
		date, err := time.ParseInLocation(time.DateOnly, at, lfb.London)
		if err != nil {
			t.Fatal(err)
		}
		same = true
		for k, s := range []*simulation{was, is} {
			for _, c := range s.simulateDay(&daySpan{date: date, seconds: 86400, incidents: 4000, seed: 7}) {
				for _, e := range c.engines {
					seconds[k] += float64(e.travel)
					if s.l.stations[e.station].name == "Soho" {
						soho[k]++
					}
				}
			}
		}
		return seconds, soho, seconds[0] == seconds[1]
	}
	if _, _, same := day("2024-06-30"); !same {
		t.Error("the day before the change is different")
	}
	if _, soho, _ := day("2024-07-01"); soho[0] == 0 || soho[1] != 0 {
		t.Errorf("engines from Soho: %v; want some, and none once it is closed", soho)
	}
	if seconds, _, _ := day("2025-07-01"); seconds[1] < 1.05*seconds[0] || seconds[1] > 1.12*seconds[0] {
		t.Errorf("travel of %.0f s in all became %.0f s; want about a tenth more", seconds[0], seconds[1])
	}
}
