package clean

import (
	"strconv"
	"strings"
	"time"
)

// incidentNumber brings the key to the one form that both tables are joined by.
//
//	235138081.0      → 235138081         a float of a spreadsheet
//	000001-01012016  → the same          leading zeros are kept
//	20324029112024   → 203240-29112024   the hyphen of 2016 and later was lost
//
// mended reports that the number itself had to be changed, more than its form.
func incidentNumber(s string) (number string, mended, ok bool) {
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
	v, ok := whole(s) // 235138081.0, 2.35138081E8
	if !ok || v <= 0 {
		return "", false, false
	}
	return incidentNumber(strconv.FormatInt(v, 10))
}

// withHyphen reads ten and more digits as sequence and day; the old numbers have nine at most.
func withHyphen(s string) (number string, mended, ok bool) {
	if len(s) > 14 {
		return "", false, false
	}
	sequence, day := s[:len(s)-8], s[len(s)-8:]
	if _, ok := numberDay("-" + day); !ok {
		return "", false, false
	}
	return strings.Repeat("0", 6-len(sequence)) + sequence + "-" + day, true, true
}

// numberDay is the day of the call that numbers since 2016 end with.
func numberDay(number string) (date, bool) {
	i := strings.IndexByte(number, '-')
	if i < 0 || len(number) != i+9 {
		return date{}, false
	}
	v, err := strconv.Atoi(number[i+1:])
	if err != nil {
		return date{}, false
	}
	d := date{day: v / 1_000_000, month: v / 10_000 % 100, year: v % 10_000}
	return d, d.valid()
}

// swapped corrects a date that was written month first: the incident's number
// says so, as far from it the date as read is.
func swapped(d date, number string) (date, bool) {
	if !d.numeric || d.day > 12 || d.day == d.month {
		return d, false
	}
	day, ok := numberDay(number)
	if !ok || (d.day == day.day && d.month == day.month && d.year == day.year) || daysApart(d, day) <= 2 { // a call near midnight may have yesterday's number
		return d, false
	}
	other := date{year: d.year, month: d.day, day: d.month, numeric: true}
	if !other.valid() || daysApart(other, day) > 2 {
		return d, false
	}
	return other, true
}

func daysApart(a, b date) int {
	days := a.at(clock{}, time.UTC).Sub(b.at(clock{}, time.UTC)) / (24 * time.Hour)
	return max(int(days), -int(days))
}

func (d date) at(c clock, loc *time.Location) time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, c.hour, c.minute, c.second, 0, loc)
}

func leadingDigits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
