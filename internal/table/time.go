package table

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the calendar as a cell writes it.
type Date struct {
	Year, Month, Day int
	DayFirst         bool // day and month are both numbers, the day first: they may have been swapped
}

// Clock is a time of day as a cell writes it.
type Clock struct {
	Hour, Minute, Second, Nanosecond int
	HasSeconds                       bool // the cell gives seconds
	HasZone                          bool // the cell says how far from GMT the clock is
	Offset                           int  // seconds east of GMT
}

// At is the instant at which the clocks of loc show d and c, whatever zone c names. Of an
// hour that they show twice it is the first; one that they skip they show an hour later.
func (d Date) At(c Clock, loc *time.Location) time.Time {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, c.Hour, c.Minute, c.Second, c.Nanosecond, loc)
	if early := t.Add(-time.Hour); early.Hour() == t.Hour() {
		return early
	}
	return t
}

// IsRepeated reports whether the clocks of t's location show its hour once more.
func IsRepeated(t time.Time) bool { return t.Add(time.Hour).Hour() == t.Hour() }

// Exists reports whether the calendar has the day.
func (d Date) Exists() bool {
	t := d.At(Clock{}, time.UTC)
	return d.Year > 0 && t.Year() == d.Year && int(t.Month()) == d.Month && t.Day() == d.Day
}

// What ParseTime says of a cell that it cannot read.
var (
	errNotTime = errors.New("is no time like 2017-03-08T14:25:00Z")
	errSkipped = errors.New("is within the hour that the clocks skip: give the time with its zone")
)

// ParseTime reads an instant: any form of ParseDate, alone for midnight or with any form
// of ParseClock behind it. Without a zone of its own it is what the clocks of loc show: of an
// hour that comes twice (IsRepeated) the first; one that does not come is an error.
func ParseTime(s string, loc *time.Location) (time.Time, error) {
	d, rest, ok := ParseDate(strings.TrimSpace(s))
	var c Clock
	if ok && rest != "" {
		c, ok = ParseClock(rest)
	}
	switch {
	case !ok:
		return time.Time{}, fmt.Errorf("%.40q %w", s, errNotTime)
	case c.HasZone && c.Offset == 0:
		loc = time.UTC
	case c.HasZone:
		loc = time.FixedZone("", c.Offset)
	}
	t := d.At(c, loc)
	if t.Hour() != c.Hour {
		return time.Time{}, fmt.Errorf("%.40q %w", s, errSkipped)
	}
	return t, nil
}

// Spreadsheets count days from here: 1 is 1 January 1900, and the 29 February 1900 that
// never was has made 1899-12-30 day 0 for all later ones.
const (
	serialYear, serialMonth, serialDay = 1899, time.December, 30

	serialMin = 36526 // 2000-01-01
	serialMax = 73050 // 2099-12-31
)

// ParseDate reads the date at the front of s and returns what follows it; a day that does
// not exist is returned too, without ok. All forms seen are read: 2023-03-19, 01 Jan
// 2009, 01-Jan-09, 8-Feb-22, 1/1/2017, 01.01.2021, and the day numbers of spreadsheets
// from 2000 to 2099. A year in front is followed by the month; without one the day comes
// first, as in all of Britain: ISO dates must never be read day-first.
func ParseDate(s string) (d Date, rest string, ok bool) {
	year, n := leadingNumber(s, 4)
	if n == 4 && n < len(s) && (s[n] == '-' || s[n] == '/') {
		month, m := leadingNumber(s[5:], 2)
		if m == 0 || len(s) <= 5+m || s[5+m] != s[4] {
			return Date{}, s, false
		}
		day, k := leadingNumber(s[6+m:], 2)
		d = Date{Year: year, Month: month, Day: day}
		return d, s[6+m+k:], k > 0 && d.Exists()
	}
	d, rest, ok = parseDayFirst(s)
	if !ok {
		return parseSerialDate(s)
	}
	return d, rest, d.Exists()
}

// parseDayFirst reads a day, a month by number or name, and a year of two or four digits.
func parseDayFirst(s string) (d Date, rest string, ok bool) {
	day, n := leadingNumber(s, 2)
	rest = strings.TrimLeft(s[n:], "-/. ")
	month, m := leadingNumber(rest, 2)
	numeric := m > 0
	if !numeric {
		month, m = leadingMonth(rest)
	}
	if n == 0 || m == 0 || (numeric && len(rest) == len(s)-n) {
		return Date{}, s, false
	}
	behind := strings.TrimLeft(rest[m:], "-/. ")
	year, y := leadingNumber(behind, 4)
	if len(behind) == len(rest)-m || (y != 2 && y != 4) {
		return Date{}, s, false
	}
	if y == 2 {
		year += 2000
	}
	return Date{Year: year, Month: month, Day: day, DayFirst: numeric}, behind[y:], true
}

// parseSerialDate reads a spreadsheet's day number; its fraction is the rest.
func parseSerialDate(s string) (d Date, rest string, ok bool) {
	days, n := leadingNumber(s, 5)
	if n != 5 || days < serialMin || days > serialMax || (len(s) > n && s[n] != '.' && s[n] != ' ') {
		return Date{}, s, false
	}
	year, month, day := time.Date(serialYear, serialMonth, serialDay+days, 0, 0, 0, 0, time.UTC).Date()
	return Date{Year: year, Month: int(month), Day: day}, s[n:], true
}

// ParseClock reads 00:02:11, 9:55:49, 0:02, 00:02:11.000, 9:55:49 PM, 00:02:11Z,
// 00:02+01:00, a time behind any date (spreadsheets put one of 1899 or 1900 there), or a
// fraction of a day.
func ParseClock(s string) (Clock, bool) {
	s = strings.TrimSpace(strings.TrimLeft(s, "Tt "))
	if c, ok := parseDayFraction(s); ok {
		return c, true
	}
	var c Clock
	hour, n := leadingNumber(s, 2)
	if n == 0 || n == len(s) || s[n] != ':' {
		if _, rest, _ := ParseDate(s); rest != "" && len(rest) < len(s) {
			return ParseClock(rest)
		}
		return Clock{}, false
	}
	c.Hour = hour
	minute, m := leadingNumber(s[n+1:], 2)
	c.Minute, s = minute, s[n+1+m:]
	if m > 0 && strings.HasPrefix(s, ":") {
		c.Second, m = leadingNumber(s[1:], 2)
		c.HasSeconds, s = true, s[1+m:]
		if strings.HasPrefix(s, ".") {
			tail := strings.TrimLeft(s[1:], "0123456789")
			c.Nanosecond, _ = strconv.Atoi((s[1:len(s)-len(tail)] + "000000000")[:9])
			s = tail
		}
	}
	ok := m > 0 && c.readSuffix(strings.TrimSpace(s))
	return c, ok && c.Hour < 24 && c.Minute < 60 && c.Second < 60
}

// readSuffix applies what may follow a clock: AM or PM, or a zone.
func (c *Clock) readSuffix(s string) bool {
	switch strings.ToLower(s) {
	case "":
		return true
	case "am", "pm":
		ok := c.Hour >= 1 && c.Hour <= 12
		c.Hour %= 12
		if s[0]|0x20 == 'p' {
			c.Hour += 12
		}
		return ok
	case "z", "utc", "gmt":
		c.HasZone = true
		return true
	case "bst":
		c.HasZone, c.Offset = true, 3600
		return true
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, s); err == nil {
			_, c.Offset = t.Zone()
			c.HasZone = true
			return true
		}
	}
	return false
}

// parseDayFraction reads a part of a day, to the nearest second.
func parseDayFraction(s string) (Clock, bool) {
	if s != "0" && !strings.HasPrefix(s, "0.") && !strings.HasPrefix(s, ".") && !strings.Contains(s, "E-") {
		return Clock{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f < 1) {
		return Clock{}, false
	}
	sec := min(int(math.Round(f*86400)), 86399)
	return Clock{Hour: sec / 3600, Minute: sec / 60 % 60, Second: sec % 60, HasSeconds: true}, true
}

// leadingNumber reads up to most digits at the front of s, and says how many there were.
// More digits than that are none: "2023" is no day.
func leadingNumber(s string, most int) (v, n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		if n == most {
			return 0, 0
		}
		v = v*10 + int(s[n]-'0')
		n++
	}
	return v, n
}

// leadingMonth reads an English month at the front of s, whole or its first letters.
func leadingMonth(s string) (month, n int) {
	for n < len(s) && s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' {
		n++
	}
	name := strings.ToLower(s[:n])
	for m := time.January; m <= time.December && n >= 3; m++ {
		if strings.HasPrefix(strings.ToLower(m.String()), name) || (m == time.September && name == "sept") {
			return int(m), n
		}
	}
	return 0, 0
}
