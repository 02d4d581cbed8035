package feature

import (
	"testing"
	"time"
)

func TestCalendar(t *testing.T) {
	t.Parallel()
	c := newCalendar()
	for _, d := range []struct {
		name         string
		date         string
		bank, school bool
	}{
		{"New Year on a Sunday", "2017-01-01", true, true},
		{"its substitute", "2017-01-02", true, true},
		{"the day after", "2017-01-04", false, false},
		{"Good Friday", "2018-03-30", true, true},
		{"Easter Monday", "2018-04-02", true, true},
		{"an ordinary Wednesday", "2017-03-01", false, false},
		{"February half-term", "2017-02-15", false, true},
		{"after half-term", "2017-02-20", false, false},
		{"early May, moved for VE Day", "2020-05-04", false, false},
		{"VE Day", "2020-05-08", true, false},
		{"spring bank holiday", "2017-05-29", true, true},
		{"spring bank holiday, moved", "2012-05-28", false, true},
		{"the Diamond Jubilee", "2012-06-05", true, false},
		{"the state funeral", "2022-09-19", true, false},
		{"August", "2023-08-15", false, true},
		{"summer bank holiday", "2023-08-28", true, true},
		{"Christmas on a Sunday", "2016-12-25", true, true},
		{"Boxing Day", "2016-12-26", true, true},
		{"Christmas's substitute", "2016-12-27", true, true},
		{"before the calendar", "1999-12-25", false, false},
	} {
		t.Run(d.name, func(t *testing.T) {
			at, err := time.Parse("2006-01-02", d.date)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.isBankHoliday(dayOf(at)); got != d.bank {
				t.Errorf("bank(%s) = %v, want %v", d.date, got, d.bank)
			}
			if got := c.isSchoolHoliday(dayOf(at)); got != d.school {
				t.Errorf("school(%s) = %v, want %v", d.date, got, d.school)
			}
		})
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, utc string
		want      clockMoment
	}{
		{"winter", "2017-01-02T00:30:00Z", clockMoment{day: 17168, hour: 0, minute: 30, weekday: 0, month: 1}},
		{"summer: London is an hour ahead", "2017-06-30T23:30:00Z", clockMoment{
			day: 17348, hour: 0, minute: 30, weekday: 5,
			month: 7,
		}},
		// British Standard Time
		{"before 1970", "1969-12-31T12:00:00Z", clockMoment{day: -1, hour: 13, weekday: 2, month: 12}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.utc)
			if err != nil {
				t.Fatal(err)
			}
			if got := momentOf(at); got != c.want {
				t.Errorf("momentOf(%s) = %+v, want %+v", c.utc, got, c.want)
			}
		})
	}
}
