package control

import (
	"testing"

	"go.temporal.io/sdk/client"
)

// TestCronOf writes what a server makes of cron expressions as they were.
func TestCronOf(t *testing.T) {
	t.Parallel()
	at := func(n ...int) []client.ScheduleRange {
		var out []client.ScheduleRange
		for _, v := range n {
			out = append(out, client.ScheduleRange{Start: v})
		}
		return out
	}
	from := func(lo, hi, step int) []client.ScheduleRange {
		return []client.ScheduleRange{{Start: lo, End: hi, Step: step}}
	}
	days, months, week := from(1, 31, 1), from(1, 12, 1), from(0, 6, 1)
	for want, c := range map[string]client.ScheduleCalendarSpec{
		"0 6 5 * *": {Second: at(0), Minute: at(0), Hour: at(6), DayOfMonth: at(5), Month: months, DayOfWeek: week},
		"30 7 * * 1-5": {
			Second: at(0), Minute: at(30), Hour: at(7), DayOfMonth: days, Month: months,
			DayOfWeek: from(1, 5, 1),
		},
		"0,30 */2 * * *": {
			Second: at(0), Minute: at(0, 30), Hour: from(0, 23, 2), DayOfMonth: days, Month: months,
			DayOfWeek: week,
		},
		"*/15 * * * * * *": {
			Second: from(0, 59, 15), Minute: from(0, 59, 1), Hour: from(0, 23, 1), DayOfMonth: days,
			Month: months, DayOfWeek: week,
		},
	} {
		if got := cronOf(c); got != want {
			t.Errorf("cronOf(%+v) = %q, want %q", c, got, want)
		}
	}
}
