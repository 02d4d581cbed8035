package geo

import (
	"encoding/csv"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"lfb/internal/testdata"
)

func dms(d, m, s float64) float64 { return degreesToRadians(d + m/60 + s/3600) }

// The guide's worked example of annex C, of which it prints millimetres.
func TestProjectWorkedExample(t *testing.T) {
	t.Parallel()
	lat, lon := dms(52, 39, 27.2531), dms(1, 43, 4.5177)
	e, n := projectToGrid(lat, lon)
	if math.Abs(e-651409.903) > 0.001 || math.Abs(n-313177.270) > 0.001 {
		t.Errorf("project = %.3f, %.3f, want 651409.903, 313177.270", e, n)
	}
	gotLat, gotLon := unprojectFromGrid(651409.903, 313177.270)
	if math.Abs(gotLat-lat) > 1e-9 || math.Abs(gotLon-lon) > 1e-9 {
		t.Errorf("unproject = %.10f, %.10f, want %.10f, %.10f", gotLat, gotLon, lat, lon)
	}
}

// The guide's worked example of annex B: geodetic to cartesian on Airy 1830, at
// height 24.7 m there; at height 0 the vector is shorter by that share.
func TestCartesianWorkedExample(t *testing.T) {
	t.Parallel()
	lat, lon := dms(52, 39, 27.2531), dms(1, 43, 4.5177)
	x, y, z := toCartesian(lat, lon, airyA, airyB)
	const height = 24.7
	x += height * math.Cos(lat) * math.Cos(lon)
	y += height * math.Cos(lat) * math.Sin(lon)
	z += height * math.Sin(lat)
	want := [3]float64{3874938.849, 116218.624, 5047168.208}
	for i, got := range [3]float64{x, y, z} {
		if math.Abs(got-want[i]) > 0.01 {
			t.Errorf("cartesian[%d] = %.3f, want %.3f", i, got, want[i])
		}
	}
}

// The guide's other worked example: a point in ETRS89 (WGS84 to a decimetre) and
// what OSTN15, the exact transformation, gives for it.
func TestToGridWorkedExample(t *testing.T) {
	t.Parallel()
	e, n := ToGrid(radiansToDegrees(dms(52, 39, 28.8282)), radiansToDegrees(dms(1, 42, 57.8663)))
	if d := math.Hypot(e-651409.804, n-313177.450); !(d <= 5) {
		t.Errorf("ToGrid = %.1f, %.1f, %.2f m from 651409.804, 313177.450", e, n, d)
	}
}

// The brigade publishes both kinds of coordinates for places that are not
// dwellings: hundreds of points all over London.
func TestGridOfPublishedPairs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file           string
		e, n, lat, lon string
		minRows        int
	}{
		{"raw/incidents_2023_sample_iso.csv", "Easting_m", "Northing_m", "Latitude", "Longitude", 4000},
		{"stations.csv", "easting", "northing", "latitude", "longitude", 100},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			rows, within, worst := 0, 0, 0.0
			for row := range published(t, tc.file, tc.e, tc.n, tc.lat, tc.lon) {
				e, n := ToGrid(row[2], row[3])
				lat, lon := FromGrid(row[0], row[1])
				e2, n2 := ToGrid(lat, lon)
				d := math.Hypot(e-row[0], n-row[1])
				worst = max(worst, d)
				rows++
				if d <= 5 && math.Hypot(e2-row[0], n2-row[1]) < 0.01 {
					within++
				}
			}
			t.Logf("%d pairs, %d within 5 m, worst %.2f m", rows, within, worst)
			if rows < tc.minRows || within < rows {
				t.Errorf("%d pairs of which %d within 5 m, want all of at least %d", rows, within, tc.minRows)
			}
		})
	}
}

// published yields the file's rows in which the four columns hold numbers other
// than 0.
func published(t *testing.T, file string, columns ...string) iter.Seq[[4]float64] {
	t.Helper()
	f, err := os.Open(testdata.Path(t, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func([4]float64) bool) {
		for _, record := range records[1:] {
			var row [4]float64
			good := true
			for i, c := range columns {
				v, err := strconv.ParseFloat(record[slices.Index(records[0], c)], 64)
				row[i], good = v, good && err == nil && v != 0
			}
			if good && !yield(row) {
				return
			}
		}
	}
}

func TestGridOfNaN(t *testing.T) {
	t.Parallel()
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if e, n := ToGrid(bad, 0); !math.IsNaN(e) && !math.IsNaN(n) {
			t.Errorf("ToGrid(%v, 0) = %v, %v, want NaN", bad, e, n)
		}
		if lat, lon := FromGrid(bad, bad); !math.IsNaN(lat) && !math.IsNaN(lon) {
			t.Errorf("FromGrid(%v, %v) = %v, %v, want NaN", bad, bad, lat, lon)
		}
	}
}

func FuzzGridRoundTrip(f *testing.F) {
	f.Add(530000.0, 180000.0)
	f.Add(503000.0, 155000.0)
	f.Add(651409.903, 313177.270)
	f.Fuzz(func(t *testing.T, e, n float64) {
		lat, lon := FromGrid(e, n) // anything may come in; only Great Britain must come back
		if !(e >= 50000 && e <= 660000 && n >= 0 && n <= 1000000) {
			return
		}
		e2, n2 := ToGrid(lat, lon)
		if d := math.Hypot(e2-e, n2-n); !(d < 0.01) {
			t.Errorf("ToGrid(FromGrid(%v, %v)) = %v, %v: %v m off", e, n, e2, n2, d)
		}
	})
}

func BenchmarkFromGrid(b *testing.B) {
	for b.Loop() {
		FromGrid(530000, 180000)
	}
}
