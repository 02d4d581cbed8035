package clean

import (
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// Quirks 1 to 3: dates, times and the two clocks.

func TestQuirk01DateForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, number, date string
		want               string // empty: rejected
	}{
		{"long month", "1091", "01 Jan 2009", "2009-01-01"},
		{"dashes, two digits", "2091", "01-Jan-09", "2009-01-01"},
		{"2020", "000001-01012020", "01-Jan-20", "2020-01-01"},
		{"2023", "043453-28032023", "28-Mar-23", "2023-03-28"},
		{"one digit", "1091", "8-Feb-22", "2022-02-08"},
		{"slashes", "000001-01012017", "1/1/2017", "2017-01-01"},
		{"slashes, day first", "1091", "02/03/2018", "2018-03-02"},
		{"ISO is never day-first", "1091", "2023-03-09", "2023-03-09"},
		{"workbook", "1091", "2018-01-01 00:00:00", "2018-01-01"},
		{"workbook, T", "1091", "2018-01-01T00:00:00Z", "2018-01-01"},
		{"day number", "1091", "43101", "2018-01-01"},
		{"day number as a float", "1091", "43101.0", "2018-01-01"},
		{"leap day number", "1091", "43890", "2020-02-29"},
		{"dots", "1091", "01.02.2021", "2021-02-01"},
		{"whole month", "1091", "5 September 2016", "2016-09-05"},
		{"Sept", "1091", "5-Sept-16", "2016-09-05"},
		{"blanks around", "1091", "  01 Jan 2009 ", "2009-01-01"},
		{"month first, by the number", "000001-12032018", "03/12/2018", "2018-03-12"},
		{"month first, no such day-first date", "000001-13032018", "03/13/2018", "2018-03-13"},
		{"day first, number of the day before", "000001-02032018", "03/03/2018", "2018-03-03"},
		{"month first without a number to tell", "1091", "03/13/2018", ""},
		{"no such day", "1091", "2023-02-29", ""},
		{"year 1900", "1091", "01/01/1900", ""},
		{"words", "1091", "yesterday", ""},
		{"number too small", "1091", "431", ""},
		{"missing", "1091", "NULL", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, reject, _ := parseIncident(t, "IncidentNumber="+tt.number, "DateOfCall="+tt.date)
			got := ""
			if reject == nil {
				got = in.CalledAt.Format(time.DateOnly)
			} else if reject.Column != "DateOfCall" {
				t.Errorf("rejected for %v, want DateOfCall", reject)
			}
			if got != tt.want {
				t.Errorf("Parse(DateOfCall %q) = %q (%v), want %q", tt.date, got, reject, tt.want)
			}
		})
	}
}

func TestQuirk02TimeForms(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, time, hour, want string }{
		{"plain", "00:02:11", "0", "00:02:11"},
		{"one digit", "9:55:49", "9", "09:55:49"},
		{"time object", "1900-01-01 09:55:49", "9", "09:55:49"},
		{"time object of day 0", "1899-12-30T09:55:49", "9", "09:55:49"},
		{"fraction of a day", "0.41376157407407407", "9", "09:55:49"},
		{"small fraction", "1.5162037037037036E-3", "0", "00:02:11"},
		{"midnight", "0", "0", "00:00:00"},
		{"rounds up to midnight", "0.999999", "23", "23:59:59"},
		{"no seconds", "0:02", "0", "00:02:00"},
		{"microseconds", "00:02:11.000000", "0", "00:02:11"},
		{"PM", "9:55:49 PM", "21", "21:55:49"},
		{"AM", "12:05:00 AM", "0", "00:05:00"},
		{"12 hours without PM", "9:55:49", "21", "21:55:49"},
		{"12 hours without AM", "12:05:00", "0", "00:05:00"},
		{"no hour", "09:55:49", "", "09:55:49"},
		{"hour that is no number", "09:55:49", "nine", "09:55:49"},
		{"hour as a float", "09:55:49", "9.0", "09:55:49"},
		{"hour of another time", "09:55:49", "8", ""},
		{"25 o'clock", "25:00:00", "", ""},
		{"words", "noon", "", ""},
		{"cut off", "09:", "", ""},
		{"missing", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, reject, _ := parseIncident(t, "TimeOfCall="+tt.time, "HourOfCall="+tt.hour)
			got := ""
			if reject == nil {
				got = in.CalledAt.Format(time.TimeOnly)
				if in.HourOfCall != in.CalledAt.Hour() {
					t.Errorf("HourOfCall = %d, want %d", in.HourOfCall, in.CalledAt.Hour())
				}
			}
			if got != tt.want {
				t.Errorf("Parse(TimeOfCall %q) = %q (%v), want %q", tt.time, got, reject, tt.want)
			}
		})
	}
}

func TestQuirk02TimeWithinTheDate(t *testing.T) {
	t.Parallel()
	in, reject, tally := parseIncident(t, "DateOfCall=2018-01-01 00:05:38", "TimeOfCall=")
	if reject != nil || in.CalledAt.Format(time.DateTime) != "2018-01-01 00:05:38" {
		t.Errorf("CalledAt = %v (%v), want 2018-01-01 00:05:38", in.CalledAt, reject)
	}
	if got := repairsOf(tally); len(got) != 1 || got[0] != "TimeOfCall: "+fromDate {
		t.Errorf("repairs = %v, want the time taken from the date", got)
	}
}

func TestQuirk02MobilisationTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, at, want string
		seconds        bool
	}{
		{"2020", "01/01/2020 00:06:30", "2020-01-01 00:06:30", true},
		{"no seconds", "01/01/2024 00:01", "2024-01-01 00:01:00", false},
		{"no seconds, one digit", "1/1/2025 0:02", "2025-01-01 00:02:00", false},
		{"metadata's", "2018-01-01 00:22:45", "2018-01-01 00:22:45", true},
		{"edited by hand", "01.01.2021 00:06", "2021-01-01 00:06:00", false},
		{"day number", "43831.004513888889", "2020-01-01 00:06:30", true},
		{"day number at midnight", "43831", "2020-01-01 00:00:00", false},
		{"workbook date at midnight", "2020-01-01", "2020-01-01 00:00:00", false},
		{"words", "at once", "", false},
		{"no such time", "01/01/2020 24:06:30", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, reject, _ := parseMobilisation(t, "IncidentNumber=1091", "DateAndTimeMobilised="+tt.at)
			got := ""
			if reject == nil {
				got = m.MobilisedAt.V.Format(time.DateTime)
			}
			if got != tt.want || m.MobilisedHasSeconds != tt.seconds {
				t.Errorf("Parse(DateAndTimeMobilised %q) = %q, seconds %v (%v), want %q, %v",
					tt.at, got, m.MobilisedHasSeconds, reject, tt.want, tt.seconds)
			}
		})
	}
}

// Files passed on by others have :00 for all seconds, which is no exact time.
func TestQuirk02SecondsCutOff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mobilised, arrived, attendance string
		want                                 bool
	}{
		{"cut off", "2009-01-01 00:02:00", "2009-01-01 00:07:00", "319", false},
		{"on the minute by chance", "2009-01-01 00:02:00", "2009-01-01 00:07:00", "300", true},
		{"seconds elsewhere", "2009-01-01 00:02:00", "2009-01-01 00:07:19", "319", true},
		{"nothing to tell by", "2009-01-01 00:02:00", "", "319", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, reject, _ := parseMobilisation(t, "IncidentNumber=1091", "DateAndTimeMobilised="+tt.mobilised,
				"DateAndTimeArrived="+tt.arrived, "AttendanceTimeSeconds="+tt.attendance)
			if reject != nil || m.MobilisedHasSeconds != tt.want {
				t.Errorf("MobilisedHasSeconds = %v (%v), want %v", m.MobilisedHasSeconds, reject, tt.want)
			}
		})
	}
}

func TestQuirk03ClocksDiffer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, number, date, time, mobilised string }{
		{"past midnight in summer time", "045041-01042023", "01 Apr 2023", "00:08:54", "31/03/2023 23:08:54"},
		{"summer", "082055-22062017", "2017-06-22", "16:25:22", "22/06/2017 15:25:22"},
		{"winter", "000001-01012020", "01-Jan-20", "00:06:30", "01/01/2020 00:06:30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, bad, _ := parseIncident(t, "IncidentNumber="+tt.number, "DateOfCall="+tt.date, "TimeOfCall="+tt.time)
			m, worse, _ := parseMobilisation(t, "IncidentNumber="+tt.number, "DateAndTimeMobilised="+tt.mobilised)
			if bad != nil || worse != nil {
				t.Fatal(bad, worse)
			}
			if !in.CalledAt.Equal(m.MobilisedAt.V) {
				t.Errorf("called %v, mobilised %v, want the same instant", in.CalledAt, m.MobilisedAt.V)
			}
			if in.CalledAt.Location() != lfb.London || m.MobilisedAt.V.Location() != time.UTC {
				t.Errorf("locations %v and %v, want London and UTC", in.CalledAt.Location(), m.MobilisedAt.V.Location())
			}
		})
	}
}

func TestQuirk03ClockChanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, date, time, want, repair string }{
		{"the hour that comes twice: the first", "2023-10-29", "01:30:00", "2023-10-29T00:30:00Z", ""},
		{"after it", "2023-10-29", "02:30:00", "2023-10-29T02:30:00Z", ""},
		{"the hour that never was", "2023-03-26", "01:30:00", "2023-03-26T01:30:00Z", skippedHour},
		{"after that", "2023-03-26", "02:30:00", "2023-03-26T01:30:00Z", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, reject, tally := parseIncident(t, "IncidentNumber=1091", "DateOfCall="+tt.date, "TimeOfCall="+tt.time)
			if reject != nil {
				t.Fatal(reject)
			}
			if got := in.CalledAt.UTC().Format(time.RFC3339); got != tt.want {
				t.Errorf("CalledAt = %v, want %v", got, tt.want)
			}
			if got := strings.Join(repairsOf(tally), ""); !strings.HasSuffix(got, tt.repair) {
				t.Errorf("repairs = %q, want %q", got, tt.repair)
			}
		})
	}
}
