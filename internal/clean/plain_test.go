package clean

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// The plain forms, which are read by themselves because nearly all values have
// them, must be read as everything else is.

func FuzzPlainDecimal(f *testing.F) {
	for _, s := range []string{"", "0", "-0", "1.", ".5", "-.", "510950", "51.5030795345", "-0.1234567891", "999999999999999", "1234567890123456", "1..2", "+1", "1e5", "00012.50", "0.000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := plainDecimal(s)
		if !ok {
			return
		}
		want, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(want) || !numeric(s) {
			t.Errorf("plainDecimal(%q) = %v, want %v, %v", s, got, want, err)
		}
	})
}

func TestPlainDecimal(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		s := strconv.FormatFloat((rng.Float64()-0.5)*math.Pow10(rng.IntN(8)), 'f', rng.IntN(12), 64)
		got, ok := plainDecimal(s)
		want, _ := strconv.ParseFloat(s, 64)
		if ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("plainDecimal(%q) = %v, want %v", s, got, want)
		}
		if !ok && len(s) <= exactDigits {
			t.Fatalf("plainDecimal(%q) is none", s)
		}
	}
}

func FuzzPlainDate(f *testing.F) {
	for _, s := range []string{"01/01/2009 00:05:35", "31/02/2010", "1/1/2017", "00/13/2020x", "01/01/20245", "12-03-2018 1:2", "99/99/9999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, rest, ok := parseDate(s)
		want, wantRest, wantOK := anyDate(s)
		if ok != wantOK || (ok && (d != want || rest != wantRest)) {
			t.Errorf("parseDate(%q) = %v %q %v, want %v %q %v", s, d, rest, ok, want, wantRest, wantOK)
		}
	})
}

func FuzzPlainClock(f *testing.F) {
	for _, s := range []string{"00:00:00", " 23:59:59", "24:00:00", "12:60:00", "12:00:60", "1:02:03", "12-34:56", "::::::::", "12:34:5:", "\xff0:00:00", "0\xf0:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := plainClock(s)
		want, wantOK := anyClock(s)
		if ok && (c != want || !wantOK) {
			t.Errorf("plainClock(%q) = %v, want %v %v", s, c, want, wantOK)
		}
		if !ok && wantOK && clockForm.MatchString(s) {
			t.Errorf("plainClock(%q) is none, want %v", s, want)
		}
	})
}

var clockForm = regexp.MustCompile(`^ ?[0-2][0-9]:[0-5][0-9]:[0-5][0-9]$`)

// TestInstantsShareADate reads rows one after the other, and each by itself: what one
// row's date was must not reach another's.
func TestInstantsShareADate(t *testing.T) {
	t.Parallel()
	header := []string{"IncidentNumber", "ResourceMobilisationId", "DateAndTimeMobilised", "DateAndTimeMobile", "DateAndTimeArrived", "DateAndTimeLeft"}
	fresh := func() *Mobilisations {
		p, err := NewMobilisations(header)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	rng := rand.New(rand.NewPCG(1, 4))
	at := func(day, month int) string {
		form := []string{"%02d/%02d/2017 %02d:%02d:%02d", "%02d/%02d/2017 %d:%02d:%02d", "%02d/%02d/2017 %02d:%02d:%02d ", "%02d-%02d-2017 %02d:%02d:%02d"}[max(rng.IntN(40)-36, 0)]
		return fmt.Sprintf(form, day, month, rng.IntN(25), rng.IntN(60), rng.IntN(60))
	}
	warm, cold := fresh(), fresh()
	read := 0
	for line := range int64(20_000) {
		day, month := 1+rng.IntN(3), 1+rng.IntN(3)
		number := []string{"%06d-%02d%02d2017", "%06d%d%d"}[max(rng.IntN(20)-18, 0)]
		fields := []string{fmt.Sprintf(number, rng.IntN(3), day, month), "7", at(day, month), at(day, month), at(month, day), ""}
		var got, want lfb.Mobilisation
		cold.dated = midnight{}
		bad, wantBad := warm.Parse(line, fields, &got), cold.Parse(line, fields, &want)
		if (bad == nil) != (wantBad == nil) || got != want {
			t.Fatalf("%q: %+v %v, by itself %+v %v", fields, got, bad, want, wantBad)
		}
		if bad == nil {
			read++
		}
	}
	repairs := warm.Tally().Repairs()
	turned := slices.ContainsFunc(repairs, func(c Count) bool { return c.Reason == monthFirst && c.N > 1000 })
	if read < 10_000 || !turned || !slices.Equal(repairs, cold.Tally().Repairs()) {
		t.Errorf("%d rows read, repairs %+v, by themselves %+v", read, repairs, cold.Tally().Repairs())
	}
}

// TestWordsCollide asks for more words than there are slots, and for texts that are
// alike at both ends.
func TestWordsCollide(t *testing.T) {
	t.Parallel()
	w := newWords(capital)
	rng := rand.New(rand.NewPCG(1, 5))
	for range 100_000 {
		s := fmt.Sprintf("ward %d", rng.IntN(2*recentWords))
		if rng.IntN(2) == 0 {
			s = fmt.Sprintf("the first %03d of the last", rng.IntN(100))
		}
		if got, want := w.of(s), capital(s); got != want {
			t.Fatalf("%q is %q, want %q", s, got, want)
		}
	}
}

// TestDays goes through every day of a century, the odd ones of London's clock among
// them, in order and in none.
func TestDays(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	here, gmt := days{loc: lfb.London}, days{loc: time.UTC}
	var all []date
	for year := 2000; year < 2100; year++ {
		for month := 1; month <= 12; month++ {
			for day := 1; day <= monthDays(year, month); day++ {
				all = append(all, date{year: year, month: month, day: day})
			}
		}
	}
	for round := range 2 {
		odd := 0
		for _, d := range all {
			for _, hour := range []int{0, 1, 2, rng.IntN(24)} {
				c := clock{hour: hour, minute: rng.IntN(60), second: rng.IntN(60)}
				at, even := here.at(d, c)
				if at != d.at(c, lfb.London) || (even && (at != london(d, c) || at.Hour() != hour)) {
					t.Fatalf("%v %v = %v (even %v), want %v", d, c, at, even, london(d, c))
				}
				if !even && hour == 0 {
					odd++
				}
				if at, _ := gmt.at(d, c); at != d.at(c, time.UTC) {
					t.Fatalf("%v %v = %v, want %v", d, c, at, d.at(c, time.UTC))
				}
			}
		}
		if odd < 200 { // two a year, and what was drawn
			t.Errorf("round %d: %d odd days, want 200 at least", round, odd)
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
}

func TestTallyMonths(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 3))
	var tally Tally
	want := map[[2]int]int64{}
	at := time.Date(2016, 12, 31, 22, 0, 0, 0, lfb.London)
	for range 20_000 {
		at = at.Add(time.Duration(rng.IntN(7200)-1800) * time.Second)
		tally.accept(at, false)
		want[[2]int{at.Year(), int(at.Month())}]++
	}
	for _, m := range tally.Months() {
		if got := want[[2]int{m.Year, int(m.Month)}]; got != m.Rows {
			t.Errorf("%d-%02d: %d rows, want %d", m.Year, m.Month, m.Rows, got)
		}
		delete(want, [2]int{m.Year, int(m.Month)})
	}
	if len(want) > 0 {
		t.Errorf("months are missing: %v", want)
	}
}
