package dataset

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lfb/internal/lfb"
)

var update = flag.Bool("update", false, "write testdata/ids.txt anew")

// TestBuildGolden holds data sets of rows with all that can be odd about them to the ids
// they always had. An id is the hash of the manifest, which has the hashes of all parts and
// the counts of everything dropped, kept with a doubt or repaired: where one changes, Version
// must too.
func TestBuildGolden(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "ids.txt")
	var got bytes.Buffer
	for seed := range uint64(12) {
		m, err := Build(t.Context(), anyRows(rand.New(rand.NewPCG(seed, 3)), 600), newMemory(), options())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&got, seed, m.Rows, m.Ref().SHA256)
	}
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(want))
	for line := range bytes.Lines(got.Bytes()) {
		if lines.Scan(); lines.Text() != string(bytes.TrimSpace(line)) {
			t.Errorf("seed, rows and manifest %s, want %s", bytes.TrimSpace(line), lines.Text())
		}
	}
}

// anyRows is n incidents and mobilisations with all that can be odd about them.
func anyRows(rng *rand.Rand, n int) rows {
	var in rows
	some := func(p float64) bool { return rng.Float64() < p }
	// Nights around the end of summer time, on days of two months.
	start := time.Date(2017, 10, 28, 21, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(rng.IntN(100*3600)) * time.Second)
		number := fmt.Sprintf("%d-%s", i, at.Format("02012006"))
		inc := incident(number, "2017-01-01 00:00:00", 1+rng.IntN(900))
		inc.CalledAt = at.In(lfb.London)
		inc.FirstPumpArrivingAttendanceTime = anyOpt(rng, 1300)
		inc.SecondPumpArrivingAttendanceTime = anyOpt(rng, 1300)
		inc.SecondPumpArrivingDeployedFromStation = anyOf(rng, "", "Lewisham", "Deptford")
		inc.IncidentStationGround = anyOf(rng, "", "Greenwich", "Over The Border", "otherwise")
		inc.FRS = anyOf(rng, "London", "OverTheBorder", "")
		inc.BoroughCode = anyOf(rng, "", "", "E09000011", "E09000012")
		inc.WardCode = anyOf(rng, "", "", "E05000214")
		inc.PostcodeDistrict = anyOf(rng, "", "SE10")
		inc.SpecialServiceType = anyOf(rng, "", "RTC", "Lift Release")
		inc.PumpCount = anyOpt(rng, 1<<40)
		if some(0.3) {
			inc.EastingRounded, inc.EastingM = lfb.Opt[float64]{}, lfb.Opt[float64]{V: rng.Float64() * 700_000, OK: some(0.7)}
		}
		if some(0.03) {
			inc.CalledAt = time.Time{}
		}
		in.incidents = append(in.incidents, inc)
		for range rng.IntN(5) {
			m := mobilisation(number, 1+rng.Int64N(int64(2*n)), anyOf(rng, "1", "2", "", "Not Used", "3"),
				"2017-01-01 00:00:00", 1)
			m.MobilisedAt = lfb.Opt[time.Time]{V: at.Add(time.Duration(rng.IntN(7300)-3600) * time.Second), OK: some(0.9)}
			if some(0.1) {
				m.MobilisedAt.V = at
			}
			m.ArrivedAt = lfb.Opt[time.Time]{V: at.Add(time.Duration(rng.IntN(600)) * time.Second), OK: some(0.8)}
			m.MobilisedHasSeconds = some(0.7)
			m.AttendanceTimeSeconds, m.PumpOrder, m.DelayCodeID = anyOpt(rng, 1300), anyOpt(rng, 4), anyOpt(rng, 12)
			m.DeployedFromStationName = anyOf(rng, "", "Lewisham", "Deptford", "Poplar")
			in.mobs = append(in.mobs, m)
			for some(0.2) { // copies, and the same id with something else in it
				if some(0.5) {
					m.ArrivedAt.V, m.DelayCodeID = m.ArrivedAt.V.Add(time.Second), anyOpt(rng, 12)
				}
				if some(0.3) {
					m.DeployedFromStationName, m.PerformanceReporting = "Soho", anyOf(rng, "1", "2", "")
				}
				in.mobs = append(in.mobs, m)
			}
		}
		if some(0.05) {
			in.mobs = append(in.mobs, mobilisation("9"+number, rng.Int64N(9999), "1", "2017-07-15 11:01:30", 300))
		}
	}
	for i := range in.mobs { // what is absent is zero, as the parser leaves it
		m := &in.mobs[i]
		for _, at := range []*lfb.Opt[time.Time]{&m.MobilisedAt, &m.ArrivedAt} {
			if !at.OK {
				at.V = time.Time{}
			}
		}
	}
	rng.Shuffle(len(in.mobs), func(i, j int) { in.mobs[i], in.mobs[j] = in.mobs[j], in.mobs[i] })
	in = in.sorted()
	in.incidents = slices.CompactFunc(in.incidents, func(a, b lfb.Incident) bool {
		return a.IncidentNumber == b.IncidentNumber
	})
	return in
}

func anyOf(rng *rand.Rand, words ...string) string { return words[rng.IntN(len(words))] }

// anyOpt is mostly below most, at times absent, negative or beyond.
func anyOpt(rng *rand.Rand, most int) lfb.Opt[int] {
	switch rng.IntN(12) {
	case 0:
		return lfb.Opt[int]{}
	case 1:
		return lfb.Some(-rng.IntN(3))
	case 2:
		return lfb.Some(most + rng.IntN(3))
	}
	return lfb.Some(rng.IntN(most))
}
