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
