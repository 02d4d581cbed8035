package phrase

import (
	"slices"
	"testing"
	"time"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/places"
)

// monday is Monday 30 November 2026, five past eight in the evening.
var monday = time.Date(2026, 11, 30, 20, 5, 0, 0, lfb.London)

func TestReadFacts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text         string
		reported, category string
		engine             int
	}{
		{"kitchen fire", "kitchen fire in a flat, SE10 9NF", clean.ReportedFire, "Dwelling", 0},
		{"car crash", "car crash on the A40", clean.ReportedRTC, "Road Vehicle", 0},
		{"smell of gas", "smell of gas, Acacia Road", clean.ReportedHazard, "", 0},
		{"bonfire", "bonfire out of hand, E17", clean.ReportedFire, "", 0},
		{"cat in a tree", "cat in a tree", clean.ReportedAnimal, "Outdoor", 0},
		{"bin fire", "bin fire outside", clean.ReportedFire, "Outdoor", 0},
		{"alarm at a school", "fire alarm at a school", clean.ReportedAlarm, "Non Residential", 0},
		{"smoke alarm", "smoke alarm in a hotel", clean.ReportedAlarm, "Other Residential", 0},
		{"lift", "person stuck in lift", clean.ReportedLift, "", 0},
		{"threatening to jump", "man threatening to jump from the bridge", clean.ReportedRescue, "", 0},
		{"second engine", "fire, second engine, N17", clean.ReportedFire, "", 2},
		{"second pump", "fire N17 2nd pump", clean.ReportedFire, "", 2},
		{"engine 2", "fire in N17, engine 2", clean.ReportedFire, "", 2},
		{"first engine", "first fire engine to N17", "", "", 1},
		{"nothing", "N17", "", "", 0},
	} {
		said := Read(test.text, monday, nil)
		if said.Reported != test.reported || said.Category != test.category || said.Engine != test.engine {
			t.Errorf("%s: Read(%q) = %q, %q, %d; want %q, %q, %d", test.name, test.text,
				said.Reported, said.Category, said.Engine, test.reported, test.category, test.engine)
		}
		if (said.Engine > 0) != slices.Contains(said.Told, FactEngine) || (said.Reported != "") != slices.Contains(said.Told,
			FactReported) {
			t.Errorf("%s: Read(%q) told %v", test.name, test.text, said.Told)
		}
	}
}

// TestHospitalOfArea says a hospital of an area by its sort alone: the area is answered for, and the word is told as
// unused.
func TestHospitalOfArea(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	for text, want := range map[string]bool{
		"fire at the hospital, E17": true, "fire in E17": false,
		"Lewisham hospital": false,
	} {
		if said := Read(text, monday, s); !said.Place.Clear || slices.Contains(said.Unused, "hospital") != want {
			t.Errorf("%q is %+v without %q, want the hospital unused %v", text, said.Place.Matches, said.Unused, want)
		}
	}
}

func TestReadTime(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, lfb.London) }
	for _, test := range []struct {
		text string
		want time.Time // zero: none is said
		rest string
	}{
		{"Brixton", time.Time{}, "Brixton"},
		{"Brixton at 3 am tomorrow", at(31, 3, 0), "Brixton"},
		{"Brixton at 3am", at(31, 3, 0), "Brixton"},
		{"at 3 a.m. tomorrow, Brixton", at(31, 3, 0), "Brixton"},
		{"Brixton 11pm", at(30, 23, 0), "Brixton"},
		{"Brixton at 21:30", at(30, 21, 30), "Brixton"},
		{"Brixton at 18.30", at(31, 18, 30), "Brixton"},
		{"Brixton 0215 hrs", at(31, 2, 15), "Brixton"},
		{"Brixton tonight", at(30, 22, 0), "Brixton"},
		{"Brixton at 11 tonight", at(30, 23, 0), "Brixton"},
		{"Brixton tomorrow", at(31, 20, 5), "Brixton"},
		{"Brixton tomorrow morning", at(31, 9, 0), "Brixton"},
		{"Brixton at 7 in the morning", at(31, 7, 0), "Brixton"},
		{"Brixton at 8 tomorrow", at(31, 8, 0), "Brixton"},
		{"Brixton in 30 minutes", at(30, 20, 35), "Brixton"},
		{"in half an hour in Brixton", at(30, 20, 35), "in Brixton"},
		{"Brixton in an hour", at(30, 21, 5), "Brixton"},
		{"Brixton in 2 hours", at(30, 22, 5), "Brixton"},
		{"Brixton at noon tomorrow", at(31, 12, 0), "Brixton"},
		{"Brixton at midnight", at(31, 0, 0), "Brixton"},
		{"Brixton on Friday at 5 pm", at(34, 17, 0), "Brixton"},
		{"Brixton on 25 December at 18:00", at(55, 18, 0), "Brixton"},
		{"Brixton yesterday at 3pm", at(29, 15, 0), "Brixton"},
		{"Brixton now", time.Time{}, "Brixton"},
		{"10 Downing Street", time.Time{}, "10 Downing Street"},
		{"12 May Road", time.Time{}, "12 May Road"},
		{"Friday Hill, E4", time.Time{}, "Friday Hill, E4"},
		{"M25 junction 28", time.Time{}, "M25 junction 28"},
		{"51.5080, -0.1281", time.Time{}, "51.5080, -0.1281"},
		{"TQ 299 804", time.Time{}, "TQ 299 804"},
		{"530000 180400", time.Time{}, "530000 180400"},
	} {
		got, rest, ok := readTime(test.text, monday)
		if !got.Equal(test.want) || rest != test.rest || ok == test.want.IsZero() {
			t.Errorf("readTime(%q) = %v, %q, %v; want %v, %q", test.text, got, rest, ok, test.want, test.rest)
		}
	}
}

// TestReadTimeInSpring asks for an hour that the clock skips on 29 March 2026.
func TestReadTimeInSpring(t *testing.T) {
	t.Parallel()
	eve := time.Date(2026, 3, 28, 23, 0, 0, 0, lfb.London)
	if got, _, _ := readTime("at 1:30 am tomorrow", eve); got.Hour() != 2 || got.Minute() != 30 {
		t.Errorf("readTime = %v, want 02:30, as 01:30 is skipped", got)
	}
	if got, _, _ := readTime("at 4 am", eve); got.Sub(eve) != 4*time.Hour {
		t.Errorf("readTime = %v: %v later, want 4h", got, got.Sub(eve))
	}
}

func TestReadUnused(t *testing.T) {
	t.Parallel()
	said := Read("kitchen fire behind Tesco, second engine, at 3 am tomorrow", monday, nil)
	if want := []string{"behind", "tesco"}; !slices.Equal(said.Unused, want) {
		t.Errorf("Unused = %q, want %q", said.Unused, want)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"kitchen fire at 3 am tomorrow", "in 30 minutes", "second engine", "on 31 feb",
		"at 24:00", "\xff at 3pm", "tonight tonight",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := Read(text, monday, nil)
		if said.Engine < 0 || said.Engine > 2 || !said.At.IsZero() && said.At.Location() != lfb.London {
			t.Errorf("Read(%q) = %+v", text, said)
		}
	})
}

// TestDenied says what is not so: it is not taken for what is reported.
func TestDenied(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"N17 no fire, cat in a tree": clean.ReportedAnimal, "N17 no fire cat in a tree": clean.ReportedAnimal,
		"it isn't a fire, gas leak": clean.ReportedFlooding, "not a house fire": "", "no smoke alarm": "",
		"car not on fire, crash": clean.ReportedRTC,
		"no flames but smoke":    clean.ReportedFire, "no 10 fire": clean.ReportedFire, "no smoke or flames": "",
		"alarm, no fire": clean.ReportedAlarm,
	} {
		if said := Read(text, monday, nil); said.Reported != want {
			t.Errorf("Read(%q) reports %q, want %q", text, said.Reported, want)
		}
	}
	if said := Read("not a house fire, shop", monday, nil); said.Category != "Non Residential" ||
		slices.Contains(said.Unused, "not") {
		t.Errorf("Read = %+v, want a shop", said)
	}
}

// TestYears says a day with its year, which may be over, and one without, which comes.
func TestYears(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 20, 5, 0, 0, lfb.London)
	for text, want := range map[string]string{
		"on 5 March 2019 at 3 am": "2019-03-05 03:00", "on the 5th of March at 3 am": "2027-03-05 03:00",
		"on 24 Dec 2026 at noon": "2026-12-24 12:00",
	} {
		said := Read("SE10, "+text, now, nil)
		if got := said.At.Format("2006-01-02 15:04"); got != want || slices.Contains(said.Unused, "2019") {
			t.Errorf("%q is %s, unused %q, want %s", text, got, said.Unused, want)
		}
	}
}

// TestReadRescues has what befalls people and vehicles otherwise than by fire.
func TestReadRescues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"person under a train": clean.ReportedRescue, "man hit by a train": clean.ReportedRescue,
		"jumper on the bridge": clean.ReportedRescue,
		"lorry overturned":     clean.ReportedRTC, "RTC person trapped": clean.ReportedRTC,
		"pedestrian hit by a car": clean.ReportedRTC,
		"stuck in a lift":         clean.ReportedLift, "carbon monoxide": clean.ReportedHazard,
		"child trapped":       clean.ReportedRescue,
		"fire under a bridge": clean.ReportedFire, "by the train station": "",
	} {
		if said := Read(text, monday, nil); said.Reported != want {
			t.Errorf("Read(%q) reports %q, want %q", text, said.Reported, want)
		}
	}
}

// TestReadTimesPast has times that are past, which never become ones to come, and hours as people say them.
func TestReadTimesPast(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"last night at 22:30 fire": "29 22:30", "last night at 2am": "30 02:00", "yesterday": "29 20:05",
		"last night":                "29 22:00",
		"last night about half ten": "29 22:30", "at 10 last night": "29 22:00", "yesterday at 22:30": "29 22:30",
		"last monday at 3pm": "23 15:00",
		"20 minutes ago":     "30 19:45", "an hour ago": "30 19:05", "half ten": "30 22:30", "quarter to nine": "30 20:45",
		"half past 8 pm": "30 20:30",
		"at 12 tonight":  "1 00:00", "at 12 last night": "30 00:00", "12:30 last night": "30 00:30",
		"half seven": "1 07:30", "tomorrow at half ten": "1 10:30", "quarter past 9 this morning": "30 09:15",
		"at 11 tomorrow night": "1 23:00",
	} {
		said := Read(text+", N17", monday, nil)
		if got := said.At.Format("2 15:04"); got != want {
			t.Errorf("Read(%q) is at %s, want %s", text, got, want)
		}
	}
}
