package feature

import (
	"fmt"
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"

	"lfb/internal/lfb"
)

// The years that a calendar knows. The last must outlive any model.
const (
	firstYear = 2009
	lastYear  = 2050
)

// Calendar is the days that differ from others of their weekday, as days since
// 1970-01-01. It is stored with the Spec, so that a later edition of the
// holiday library cannot change what a model was trained on.
type Calendar struct {
	Bank   []int32    `json:"bank"`   // bank holidays in England, ascending
	School [][2]int32 `json:"school"` // school holidays, first to last day, ascending
}

// newCalendar works out the holidays of the years that a calendar knows.
func newCalendar() Calendar {
	var c Calendar
	for year := firstYear; year <= lastYear; year++ {
		for _, h := range gb.Holidays {
			c.Bank = append(c.Bank, bankDays(h, year)...)
		}
		c.School = append(c.School, schoolHolidays(year)...)
	}
	c.Bank = append(c.Bank, onceOnly()...)
	moved := civilDay(2012, time.May, 28) // to 4 June, beside the jubilee
	c.Bank = slices.DeleteFunc(c.Bank, func(d int32) bool { return d == moved })
	slices.Sort(c.Bank)
	c.Bank = slices.Compact(c.Bank)
	return c
}

// onceOnly is the bank holidays of one year only that the library lacks: a
// wedding, a jubilee and a funeral.
func onceOnly() []int32 {
	return []int32{
		civilDay(2011, time.April, 29), civilDay(2012, time.June, 4), civilDay(2012, time.June, 5),
		civilDay(2022, time.September, 19),
	}
}

// bankDays is the days off for a holiday: the day itself and its substitute.
func bankDays(h *cal.Holiday, year int) []int32 {
	actual, observed := h.Calc(year)
	var days []int32
	for _, t := range []time.Time{actual, observed} {
		if !t.IsZero() {
			days = append(days, dayOf(t))
		}
	}
	return days
}

// schoolHolidays is the usual dates of London's schools by rule; boroughs differ
// by a few days. Two weeks around Easter, a week at each half-term, six weeks of
// summer, two of Christmas (to 3 January).
func schoolHolidays(year int) [][2]int32 {
	date := func(m time.Month, d int) time.Time { return time.Date(year, m, d, 0, 0, 0, 0, time.UTC) }
	// week is the Monday on or before a date, with its weekends on both sides.
	week := func(t time.Time, weeks int) [2]int32 {
		monday := dayOf(t) - int32((int(t.Weekday())+6)%7)
		return [2]int32{monday - 2, monday + int32(weeks)*7 - 1}
	}
	easter, _ := gb.GoodFriday.Calc(year)
	return [][2]int32{
		{dayOf(date(time.January, 1)), dayOf(date(time.January, 3))},
		week(date(time.February, 16), 1),
		week(easter.AddDate(0, 0, -2), 2),
		week(date(time.May, 31), 1),
		{dayOf(date(time.July, 23)), dayOf(date(time.September, 1))},
		week(date(time.October, 28), 1),
		{dayOf(date(time.December, 20)), dayOf(date(time.December, 31))},
	}
}

// dayOf is the date of t as days since 1970-01-01.
func dayOf(t time.Time) int32 { return civilDay(t.Date()) }

// civilDay is a date as days since 1970-01-01.
func civilDay(year int, month time.Month, day int) int32 {
	return int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (c *Calendar) checkDays() error {
	if !slices.IsSorted(c.Bank) {
		return fmt.Errorf("bank holidays out of order: %w", lfb.ErrInvalid)
	}
	for i, s := range c.School {
		if s[1] < s[0] || i > 0 && s[0] <= c.School[i-1][0] {
			return fmt.Errorf("school holiday %v: %w", s, lfb.ErrInvalid)
		}
	}
	return nil
}

// isBankHoliday reports whether day is a bank holiday.
func (c *Calendar) isBankHoliday(day int32) bool {
	_, ok := slices.BinarySearch(c.Bank, day)
	return ok
}

// isSchoolHoliday reports whether day is in the school holidays.
func (c *Calendar) isSchoolHoliday(day int32) bool {
	lo, hi := 0, len(c.School)
	for lo < hi {
		if mid := (lo + hi) / 2; c.School[mid][0] <= day {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo > 0 && day <= c.School[lo-1][1]
}
