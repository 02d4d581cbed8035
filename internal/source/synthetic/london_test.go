package synthetic

import (
	"encoding/csv"
	"os"
	"testing"
	"time"

	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

func TestLondon(t *testing.T) {
	t.Parallel()
	l := newLondon()
	within(t, "area in km²", float64(len(l.inside))*landM*landM/1e6, 1560, 1610)
	if len(l.stations) != 103 || len(l.boroughs) != 33 {
		t.Errorf("%d stations and %d boroughs, want 103 and 33", len(l.stations), len(l.boroughs))
	}
	within(t, "wards", float64(len(l.wards)), 600, 720)
	names, codes := map[string]bool{}, map[string]bool{}
	for _, s := range l.stations {
		names[s.name], codes[s.code] = true, true
		if c := cellAt(s.e, s.n); c < 0 || l.wardOf[c] < 0 {
			t.Errorf("station %s is not in London", s.name)
		}
	}
	if len(names) != 103 || len(codes) != 103 {
		t.Errorf("%d names and %d call signs of 103 stations", len(names), len(codes))
	}
	for i, b := range l.boroughs {
		if want := "E090000" + string(byte('0'+(i+1)/10)) + string(byte('0'+(i+1)%10)); b.code != want {
			t.Errorf("borough %d has code %s, want %s", i, b.code, want)
		}
	}
	perBorough := map[int]int{}
	for _, c := range l.inside {
		perBorough[l.boroughAt(c)]++
	}
	if len(perBorough) != 33 {
		t.Errorf("%d boroughs have land, want 33", len(perBorough))
	}
	unique := map[[2]string]bool{}
	for _, w := range l.wards {
		unique[[2]string{l.boroughs[w.borough].name, w.name}] = true
	}
	if len(unique) != len(l.wards) {
		t.Errorf("%d ward names in %d wards", len(unique), len(l.wards))
	}
	for _, d := range l.districts {
		if got, err := geo.ParseDistrict(d); got != d || err != nil {
			t.Errorf("ParseDistrict(%q) = %q, %v", d, got, err)
		}
	}
}

// Nobody may mistake a made-up station for a real one.
func TestStationsAreMadeUp(t *testing.T) {
	t.Parallel()
	f, err := os.Open(testdata.Path(t, "stations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	real := map[string]bool{}
	for _, r := range rows[1:] {
		real[r[0]] = true
	}
	for _, s := range stationSites() {
		if real[s.name] {
			t.Errorf("the brigade has a station named %q", s.name)
		}
	}
}

func TestRiverAndDistance(t *testing.T) {
	t.Parallel()
	r := newLondon().roads
	g := newRoadGrid()
	across := g.secondsFrom(549500, 182500)[int((180000-south)/roadM)*roadNX+int((549500-west)/roadM)]
	if along := g.secondsFrom(549500, 182500)[int((185000-south)/roadM)*roadNX+int((549500-west)/roadM)]; across < 2*along {
		t.Errorf("2.5 km over the river without a bridge take %v s, 2.5 km on land %v", across, along)
	}
	var ways [legs]routeLeg
	for e := 505000.0; e < 560000; e += 1700 {
		r.fillRoutes(&ways, e, 179000)
		seen := map[uint8]bool{}
		for i, w := range ways {
			if seen[w.station] || i > 0 && w.seconds < ways[i-1].seconds || !(w.seconds >= 0) {
				t.Fatalf("ways to %v: %v", e, ways)
			}
			seen[w.station] = true
		}
	}
}

// Every wall-clock second that a day can show maps to an instant that shows it.
func TestElapsed(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"2024-01-15", "2024-03-31", "2024-07-01", "2024-10-27", "1996-10-27", "2037-03-29"} {
		midnight, err := time.ParseInLocation("2006-01-02", date, lfb.London)
		if err != nil {
			t.Fatal(err)
		}
		d := daySpan{date: midnight, seconds: int32(midnight.AddDate(0, 0, 1).Sub(midnight) / time.Second)}
		for wall := int32(0); wall < 86400; wall += 61 {
			for _, again := range []bool{false, true} {
				elapsed, shown := d.elapsedSeconds(wall, again)
				at := midnight.Add(time.Duration(elapsed) * time.Second)
				if got := int32(at.Hour()*3600 + at.Minute()*60 + at.Second()); got != shown || elapsed >= d.seconds || at.Format("2006-01-02") != date {
					t.Fatalf("%s: elapsed(%d, %v) = %d, %d, which is %v", date, wall, again, elapsed, shown, at)
				}
			}
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		counts []int
		rows   int
	}{
		{"nothing to do", []int{1, 2, 0}, 3},
		{"add a third", []int{1, 2, 0}, 4},
		{"nobody has two", []int{1, 1, 0}, 4},
		{"nobody has any", []int{0, 0}, 3},
		{"take a third", []int{1, 4, 2}, 5},
		{"take all", []int{1, 4, 2}, 0},
		{"none", nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			balanceCounts(tc.counts, tc.rows, newRand(1))
			sum := 0
			for _, n := range tc.counts {
				sum += n
				if n < 0 {
					t.Errorf("counts %v", tc.counts)
				}
			}
			if sum != tc.rows {
				t.Errorf("settle = %v, sum %d, want %d", tc.counts, sum, tc.rows)
			}
		})
	}
}

func TestPicker(t *testing.T) {
	t.Parallel()
	weights := []float64{1, 0, 3, 6}
	p, r := newPicker(weights), newRand(1)
	var n [4]float64
	for range 100000 {
		n[p.drawIndex(r)]++
	}
	for i, w := range weights {
		within(t, "share", n[i]/1e5, w/10-.006, w/10+.006)
	}
}
