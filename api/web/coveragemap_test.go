package web

import (
	"math"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

func TestClassGrowsWithBadness(t *testing.T) {
	t.Parallel()
	for _, m := range allMeasures() {
		last, first := -1, -1
		for i := range 100 {
			share := float64(i) / 99 // from best to worst
			a := ml.Answer{P50: 900 * share, P90: 900 * share, Within6: 1 - share}
			c := m.classOf(a)
			if c < last {
				t.Errorf("%s: class(%v) = %d after %d, want no fewer", m.Key, a, c, last)
			}
			if first < 0 {
				first = c
			}
			last = c
		}
		if first != 0 || last != len(m.Steps) {
			t.Errorf("%s: classes %d to %d, want 0 to %d", m.Key, first, last, len(m.Steps))
		}
		if got, want := len(m.makeLegend()), len(m.Steps)+1; got != want {
			t.Errorf("%s: %d entries in the legend, want %d", m.Key, got, want)
		}
	}
}

func TestDayAfter(t *testing.T) {
	t.Parallel()
	to := time.Date(2017, 3, 31, 23, 50, 0, 0, lfb.London) // a Friday
	for d := range 7 {
		for _, hour := range []int{0, 23} {
			when := moment{Weekday: time.Weekday(d), Hour: hour}
			got := dayAfter(to, when)
			if got.Weekday() != when.Weekday || got.Hour() != hour || !got.After(to) || got.After(to.AddDate(0, 0, 8)) {
				t.Errorf("dayAfter(%v, %+v) = %v, want that hour within the week after", to, when, got)
			}
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, got, want string }{
		{"minutes", formatMinutes(371.2), "6:11"},
		{"carry", formatMinutes(59.6), "1:00"},
		{"unknown time", formatMinutes(math.NaN()), "–"},
		{"negative time", formatMinutes(-3), "0:00"},
		{"share", formatShare(0.908), "91\u00a0%"},
		{"unknown share", formatShare(math.NaN()), "–"},
		{"thousands", formatCount(int64(1234567)), "1\u202f234\u202f567"},
		{"negative", formatCount(-123), "-123"},
		{"small", formatCount(12), "12"},
		{"bytes", formatSize(2_421_764), "2.3 MiB"},
		{"span", formatSpan(444 * time.Second), "7 min 24 s"},
		{"borough", boroughName("E09000011"), "Greenwich"},
		{"no borough", boroughName("E09000099"), "E09000099"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s = %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestClosingCounts(t *testing.T) {
	t.Parallel()
	at := func(ward, ground string, p50 float64) mapPlace {
		return mapPlace{Call: lfb.Call{WardCode: ward, StationGround: ground}, Answer: ml.Answer{P50: p50, P90: p50 + 120, Within6: 0.5}}
	}
	open := &coverageMap{
		Cells: []mapPlace{at("", "A", 300), at("", "A", 340), at("", "B", 400)},
		Wards: []mapPlace{at("w1", "A", 300), at("w2", "A", 340), at("w3", "B", 400)},
	}
	closed := &coverageMap{
		Out:   "A",
		Cells: []mapPlace{at("", "B", 350), at("", "B", 420), at("", "B", 400)},
		Wards: []mapPlace{at("w1", "B", 350), at("w2", "B", 420), at("w3", "B", 400)},
	}
	c := compareClosure(open, closed, measureByKey("p50"))
	if c.Cells != 2 || c.Missing != 1 || c.Ground != [2]string{"5:20", "6:25"} {
		t.Errorf("closing = %d slower, %d newly missing, ground %v; want 2, 1, 5:20 to 6:25", c.Cells, c.Missing, c.Ground)
	}
	if len(c.Wards) != 2 || c.Wards[0].Call.WardCode != "w2" || c.Wards[0].P50 != 80 {
		t.Errorf("wards = %+v, want w2 by 80 s, then w1, and not the unchanged w3", c.Wards)
	}
	if got := measureByKey("p50").changeMeasure().classOf(c.Changes.Cells[1].Answer); got != 4 {
		t.Errorf("class of +80 s = %d, want 4", got)
	}
	if m := measureByKey("p6").changeMeasure(); m.classOf(ml.Answer{Within6: -0.5}) != len(m.Steps) || m.classOf(ml.Answer{}) != 0 || m.unit(-0.05) != "-5\u00a0points" {
		t.Errorf("changes of a chance: worst %d, none %d, %q", m.classOf(ml.Answer{Within6: -0.5}), m.classOf(ml.Answer{}), m.unit(-0.05))
	}
}
