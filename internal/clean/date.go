package clean

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"
)

// date is a day of the calendar as a file writes it.
type date struct {
	year, month, day int
	numeric          bool // day and month are both numbers in a form with the day first
}

// clock is a time of day.
type clock struct {
	hour, minute, second int
	seconds              bool // the file gives seconds
}

// ofDay is the seconds since midnight.
func (c clock) ofDay() int64 { return int64(c.hour*3600 + c.minute*60 + c.second) }

// Spreadsheets count days from here: 1 is 1 January 1900, and the 29 February
// 1900 that never was has made 1899-12-30 day 0 for all later ones.
const (
	serialMin = 36526 // 2000-01-01
	serialMax = 73050 // 2099-12-31
)

// valid reports whether the day exists, in the years that the publication can have.
func (d date) valid() bool {
	return d.year >= 2000 && d.year < 2100 && d.month >= 1 && d.month <= 12 &&
		d.day >= 1 && d.day <= monthDays(d.year, d.month)
}

func monthDays(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// parseDate reads the date at the front of s and returns what follows it. All
// forms seen are read: 2023-03-19, 01 Jan 2009, 01-Jan-09, 8-Feb-22, 1/1/2017,
// 01.01.2021, and the day numbers of spreadsheets. A year in front is
// followed by the month; without one the day comes first, as in all of Britain:
// ISO dates must never be read day-first.
func parseDate(s string) (d date, rest string, ok bool) {
	if d, ok = plainDate(s); ok {
		return d, s[len("01/01/2021"):], d.valid()
	}
	return anyDate(s)
}

func anyDate(s string) (d date, rest string, ok bool) {
	if d, rest, ok = parseISO(s); ok {
		return d, rest, d.valid()
	}
	day, n := number(s, 2)
	if n == 0 || n == len(s) {
		return parseSerialDate(s)
	}
	i := n + separators(s[n:])
	if i == n && !isLetter(s[n]) {
		return parseSerialDate(s)
	}
	month, n := number(s[i:], 2)
	numeric := n > 0
	if !numeric {
		month, n = monthName(s[i:])
	}
	if n == 0 {
		return date{}, s, false
	}
	i += n
	j := i + separators(s[i:])
	if j == i {
		return date{}, s, false
	}
	year, n := number(s[j:], 4)
	switch n {
	case 4:
	case 2:
		year += 2000
	default:
		return date{}, s, false
	}
	d = date{year: year, month: month, day: day, numeric: numeric}
	return d, s[j+n:], d.valid()
}

// plainDate reads 01/01/2021 at the front of s, as all mobilisations have it.
func plainDate(s string) (d date, ok bool) {
	const n = len("01/01/2021")
	if len(s) < n || s[2] != '/' || s[5] != '/' || (len(s) > n && s[n] >= '0' && s[n] <= '9') {
		return date{}, false
	}
	day, okD := twoDigits(s[0], s[1])
	month, okM := twoDigits(s[3], s[4])
	century, okC := twoDigits(s[6], s[7])
	year, okY := twoDigits(s[8], s[9])
	return date{year: 100*century + year, month: month, day: day, numeric: true}, okD && okM && okC && okY
}

// parseISO reads 2023-03-19, by far the commonest form, and 2023/3/9.
func parseISO(s string) (d date, rest string, ok bool) {
	year, n := number(s, 4)
	if n != 4 || len(s) < 8 || (s[4] != '-' && s[4] != '/') {
		return date{}, s, false
	}
	month, m := number(s[5:], 2)
	i := 5 + m
	if m == 0 || i >= len(s) || s[i] != s[4] {
		return date{}, s, false
	}
	day, n := number(s[i+1:], 2)
	if n == 0 {
		return date{}, s, false
	}
	return date{year: year, month: month, day: day}, s[i+1+n:], true
}

// parseSerialDate reads a spreadsheet's day number; its fraction is the rest.
func parseSerialDate(s string) (d date, rest string, ok bool) {
	days, n := number(s, 5)
	if n != 5 || days < serialMin || days > serialMax {
		return date{}, s, false
	}
	if rest = s[n:]; rest != "" && rest[0] != '.' {
		return date{}, s, false
	}
	year := 2000
	for days -= serialMin; ; year++ {
		length := 365
		if monthDays(year, 2) == 29 {
			length = 366
		}
		if days < length {
			break
		}
		days -= length
	}
	month := 1
	for ; days >= monthDays(year, month); month++ {
		days -= monthDays(year, month)
	}
	return date{year: year, month: month, day: days + 1}, rest, true
}

// parseClock reads 00:02:11, 9:55:49, 0:02, 00:02:11.000, 9:55:49 PM, 00:02:11Z,
// a time behind any date (spreadsheets put one of 1899 or 1900 there), or a
// fraction of a day.
func parseClock(s string) (c clock, ok bool) {
	if c, ok = plainClock(s); ok {
		return c, true
	}
	return anyClock(s)
}

func anyClock(s string) (c clock, ok bool) {
	s = strings.TrimLeft(s, "T ")
	if c, ok := parseFraction(s); ok {
		return c, true
	}
	h, n := number(s, 2)
	if n == 0 || n == len(s) || s[n] != ':' {
		return clockBehindDate(s)
	}
	c.hour, s = h, s[n:]
	c.minute, s, ok = colon(s)
	if !ok {
		return clock{}, false
	}
	if strings.HasPrefix(s, ":") {
		if c.second, s, ok = colon(s); !ok {
			return clock{}, false
		}
		c.seconds = true
		if strings.HasPrefix(s, ".") {
			_, n := number(s[1:], 9)
			s = s[1+n:]
		}
	}
	if c, ok = c.withHalf(strings.TrimSpace(s)); !ok {
		return clock{}, false
	}
	return c, c.hour < 24 && c.minute < 60 && c.second < 60
}

// plainClock reads 00:02:11, or that behind a blank, as nearly all rows have it.
func plainClock(s string) (c clock, ok bool) {
	if len(s) == 9 && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) != 8 {
		return clock{}, false
	}
	const colons, numbers = ':'<<16 | ':'<<40, 0x3030003030003030
	d := binary.LittleEndian.Uint64([]byte(s)) ^ (numbers | colons) // of a digit its worth, of a colon 0
	if (d|(d+0x06060f06060f0606))&0xf0f0f0f0f0f0f0f0 != 0 || d&0x0000ff0000ff0000 != 0 {
		return clock{}, false
	}
	d = d*10 + d>>8
	c = clock{hour: int(d & 0xff), minute: int(d >> 24 & 0xff), second: int(d >> 48 & 0xff), seconds: true}
	return c, c.hour < 24 && c.minute < 60 && c.second < 60
}

func twoDigits(a, b byte) (int, bool) {
	a, b = a-'0', b-'0'
	return 10*int(a) + int(b), a <= 9 && b <= 9
}

// withHalf applies what may follow a clock: AM, PM, or the mark of GMT.
func (c clock) withHalf(half string) (clock, bool) {
	switch strings.ToLower(half) {
	case "", "z", "+00:00":
		return c, true
	case "am", "pm":
		if c.hour < 1 || c.hour > 12 {
			return c, false
		}
		c.hour %= 12
		if half[0] == 'p' || half[0] == 'P' {
			c.hour += 12
		}
		return c, true
	}
	return c, false
}

func clockBehindDate(s string) (clock, bool) {
	i := strings.LastIndexAny(s[:min(len(s), 12)], "T ")
	if i < 6 || !strings.Contains(s[i:], ":") {
		return clock{}, false
	}
	return parseClock(s[i+1:])
}

// parseFraction reads a part of a day, to the nearest second.
func parseFraction(s string) (clock, bool) {
	if s != "0" && !strings.HasPrefix(s, "0.") && !strings.HasPrefix(s, ".") && !strings.Contains(s, "E-") {
		return clock{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f < 1) {
		return clock{}, false
	}
	sec := min(int(math.Round(f*86400)), 86399)
	return clock{hour: sec / 3600, minute: sec / 60 % 60, second: sec % 60, seconds: true}, true
}

// colon reads ":59" and returns what follows.
func colon(s string) (v int, rest string, ok bool) {
	if !strings.HasPrefix(s, ":") {
		return 0, s, false
	}
	v, n := number(s[1:], 2)
	return v, s[1+n:], n > 0
}

// number reads up to most digits at the front of s, and says how many there were.
// More digits than that are none: "2023" is no day.
func number(s string, most int) (v, n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		if n == most {
			return 0, 0
		}
		v = v*10 + int(s[n]-'0')
		n++
	}
	return v, n
}

func separators(s string) (n int) {
	for n < len(s) && (s[n] == '-' || s[n] == '/' || s[n] == '.' || s[n] == ' ') {
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// monthName reads an English month, whole or its first letters.
func monthName(s string) (month, n int) {
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	if n < 3 {
		return 0, 0
	}
	name := strings.ToLower(s[:n])
	for m, full := range [...]string{
		"january", "february", "march", "april", "may", "june", "july",
		"august", "september", "october", "november", "december",
	} {
		if strings.HasPrefix(full, name) || (full == "september" && name == "sept") {
			return m + 1, n
		}
	}
	return 0, 0
}

// days turns dates into instants of one zone. Rows come by day, more or less, so
// that it works out few.
type days struct {
	loc   *time.Location
	last  date
	start int64 // of last, Unix seconds
	even  bool  // last has 24 hours, none of them twice
}

// at is d.at, and whether the day is an even one.
func (z *days) at(d date, c clock) (at time.Time, even bool) {
	d.numeric = false
	if d != z.last {
		start := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, z.loc)
		end := time.Date(d.year, time.Month(d.month), d.day+1, 0, 0, 0, 0, z.loc)
		z.last, z.start, z.even = d, start.Unix(), end.Sub(start) == 24*time.Hour
	}
	if !z.even {
		return d.at(c, z.loc), false
	}
	return time.Unix(z.start+c.ofDay(), 0).In(z.loc), true
}
