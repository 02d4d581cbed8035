package clean

import (
	"strconv"
	"strings"
	"time"

	"lfb/internal/table"
)

// parseIncidentNumber brings the key to the one form that both tables are joined by.
//
//	235138081.0      → 235138081         a float of a spreadsheet
//	000001-01012016  → the same          leading zeros are kept
//	20324029112024   → 203240-29112024   the hyphen of 2016 and later was lost
//
// mended reports that the number itself had to be changed, more than its form.
func parseIncidentNumber(s string) (number string, mended, ok bool) {
	s = strings.TrimPrefix(s, "'") // a spreadsheet's mark of text
	digits := leadingDigits(s)
	switch {
	case digits == 0:
		return "", false, false
	case digits == len(s):
		if digits >= 10 {
			return withHyphen(s)
		}
		return s, false, strings.Trim(s, "0") != ""
	case s[digits] == '-':
		return s, false, digits <= 9 && len(s) == digits+9 && leadingDigits(s[digits+1:]) == 8
	}
	v, ok := table.ParseWhole(s) // 235138081.0, 2.35138081E8
	if !ok || v <= 0 {
		return "", false, false
	}
	return parseIncidentNumber(strconv.FormatInt(v, 10))
}

// withHyphen reads ten and more digits as sequence and day; the old numbers have nine at most.
func withHyphen(s string) (number string, mended, ok bool) {
	if len(s) > 14 {
		return "", false, false
	}
	sequence, day := s[:len(s)-8], s[len(s)-8:]
	if _, ok := dayOfNumber("-" + day); !ok {
		return "", false, false
	}
	return strings.Repeat("0", 6-len(sequence)) + sequence + "-" + day, true, true
}

// dayOfNumber is the day of the call that numbers since 2016 end with.
func dayOfNumber(number string) (table.Date, bool) {
	i := strings.IndexByte(number, '-')
	if i < 0 || len(number) != i+9 {
		return table.Date{}, false
	}
	v, err := strconv.Atoi(number[i+1:])
	if err != nil {
		return table.Date{}, false
	}
	d := table.Date{Day: v / 1_000_000, Month: v / 10_000 % 100, Year: v % 10_000}
	return d, inCentury(d)
}

// inCentury reports whether the day exists, in the years that the publication can have.
func inCentury(d table.Date) bool { return d.Year >= 2000 && d.Year < 2100 && d.Exists() }

// parseDay reads the date at the front of a field of the incident of that number, and
// puts right one that was written month first: the number says so, as far from it as
// the date is when it is read day first.
func parseDay(s, number string) (d table.Date, rest string, swapped, ok bool) {
	d, rest, ok = table.ParseDate(s)
	ok = ok && inCentury(d)
	if !d.DayFirst || d.Day > 12 || d.Day == d.Month {
		return d, rest, false, ok
	}
	told, known := dayOfNumber(number)
	if !known || daysApart(d, told) <= 2 { // a call near midnight may have yesterday's number
		return d, rest, false, ok
	}
	other := table.Date{Year: d.Year, Month: d.Day, Day: d.Month, DayFirst: true}
	if !inCentury(other) || daysApart(other, told) > 2 {
		return d, rest, false, ok
	}
	return other, rest, true, true
}

func daysApart(a, b table.Date) int {
	days := a.At(table.Clock{}, time.UTC).Sub(b.At(table.Clock{}, time.UTC)) / (24 * time.Hour)
	return max(int(days), -int(days))
}

// parseClock reads a time of day. The publication's clocks are London's or GMT's by their
// column, so that one which names another zone is none.
func parseClock(s string) (table.Clock, bool) {
	c, ok := table.ParseClock(s)
	c.Nanosecond = 0
	return c, ok && c.Offset == 0
}

func leadingDigits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
