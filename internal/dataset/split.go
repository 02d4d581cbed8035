package dataset

import (
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/lfb"
)

// SplitSpec says how a table is cut by time, in days that have rows, counted back from
// the last. A length of 0 is chosen by Split.
type SplitSpec struct {
	ValidDays   int `json:"valid_days"`
	CalibDays   int `json:"calib_days"`
	HoldoutDays int `json:"holdout_days"`
	MaxMonths   int `json:"max_months"` // most months to train on; 0 = all
}

// Span is consecutive rows of a table, whole days in London.
type Span struct {
	Lo    int    `json:"lo"`    // first row
	Hi    int    `json:"hi"`    // row after the last
	First string `json:"first"` // first day, 2017-01-01
	Last  string `json:"last"`  // last day, inclusive
}

// Rows is the number of rows.
func (s Span) Rows() int { return s.Hi - s.Lo }

// Slice is the span's view of the table that was split.
func (s Span) Slice(t *Table) *Table { return t.Slice(s.Lo, s.Hi) }

// Spans are four consecutive spans of a table: what is learned from, what stops
// and ranks, what calibrates, and what judges.
type Spans struct {
	Train   Span `json:"train"`
	Valid   Span `json:"valid"`
	Calib   Span `json:"calib"`
	Holdout Span `json:"holdout"`
}

const (
	minDays     = 14  // with rows, that can be split at all
	quarterDays = 85  // from here on the last month is the hold-out
	yearDays    = 360 // from here on every span is a month
	wholeMonth  = 20  // days with rows from which on a month that is not over counts as one
)

// Split cuts a table at London's midnights. Only days that have rows count: one old row
// beside three months makes no years of them. The lengths that spec leaves at 0 follow
// from the number L of such days:
//
//	L ≥ 360 days   the last three calendar months: validation, calibration, hold-out
//	L ≥ 85 days    hold-out is the last calendar month; the second half of the month
//	               before is halved into validation and calibration
//	less           the same shares: a third hold-out, 7 in 90 days each for the others
//
// A last month of fewer than 20 days joins the month before it. An incident's two
// rows have one time of call, so that no cut comes between them. Fewer than 14
// days, and lengths that leave nothing to train on, are lfb.ErrInvalid.
func Split(t *Table, spec SplitSpec) (Spans, error) {
	if spec.ValidDays < 0 || spec.CalibDays < 0 || spec.HoldoutDays < 0 || spec.MaxMonths < 0 {
		return Spans{}, fmt.Errorf("split: %+v: a length is negative: %w", spec, lfb.ErrInvalid)
	}
	if t.Len() == 0 {
		return Spans{}, fmt.Errorf("split: no rows; at least %d days are needed: %w", minDays, lfb.ErrInvalid)
	}
	days := t.distinctDays()
	if len(days) < minDays {
		return Spans{}, fmt.Errorf("split: %d days of data, at least %d are needed: %w", len(days), minDays, lfb.ErrInvalid)
	}
	l := chooseSpanDays(days).overriddenBy(spec)
	train := len(days) - l.valid - l.calib - l.holdout
	if train < 1 {
		return Spans{},
			fmt.Errorf("split: %d days of data; validation %d, calibration %d, hold-out %d and a day to train on need %d: %w",
				len(days), l.valid, l.calib, l.holdout, l.valid+l.calib+l.holdout+1, lfb.ErrInvalid)
	}
	first, end := days[0], days[len(days)-1]+1
	valid, calib, holdout := days[train], days[train+l.valid], days[len(days)-l.holdout]
	if spec.MaxMonths > 0 {
		first = max(first, londonDay(midnight(valid).AddDate(0, -spec.MaxMonths, 0)))
	}
	s := Spans{
		Train:   t.spanBetween(first, valid),
		Valid:   t.spanBetween(valid, calib),
		Calib:   t.spanBetween(calib, holdout),
		Holdout: t.spanBetween(holdout, end),
	}
	if s.Train.Rows() == 0 {
		return s, fmt.Errorf("split: train, %s to %s, has no rows; at least 1 is needed: %w", s.Train.First, s.Train.Last,
			lfb.ErrInvalid)
	}
	return s, nil
}

// distinctDays are the days that have rows, in order.
func (t *Table) distinctDays() []int32 {
	var days []int32
	for i := range t.rows {
		if n := len(days); n == 0 || days[n-1] != t.rows[i].day {
			days = append(days, t.rows[i].day)
		}
	}
	return days
}

// spanBetween is the rows from day from to before day to.
func (t *Table) spanBetween(from, to int32) Span {
	return Span{
		Lo: t.FirstRowOn(from), Hi: t.FirstRowOn(to),
		First: midnight(from).Format(time.DateOnly), Last: midnight(to - 1).Format(time.DateOnly),
	}
}

// spanDays are lengths of the last three spans, in days.
type spanDays struct{ valid, calib, holdout int }

func (l spanDays) overriddenBy(spec SplitSpec) spanDays {
	for _, p := range []struct {
		to    *int
		given int
	}{{&l.valid, spec.ValidDays}, {&l.calib, spec.CalibDays}, {&l.holdout, spec.HoldoutDays}} {
		if p.given > 0 {
			*p.to = p.given
		}
	}
	return l
}

// chooseSpanDays chooses by the days that have rows.
func chooseSpanDays(days []int32) spanDays {
	n := len(days)
	if n < quarterDays {
		share := func(of90 float64) int { return max(1, int(math.Round(float64(n)*of90/90))) }
		return spanDays{valid: share(7), calib: share(7), holdout: share(30)}
	}
	holdout := lastMonth(days)
	if holdout < wholeMonth {
		holdout += lastMonth(days[:n-holdout])
	}
	before := lastMonth(days[:n-holdout])
	if n >= yearDays {
		return spanDays{holdout: holdout, calib: before, valid: lastMonth(days[:n-holdout-before])}
	}
	half := before / 2
	return spanDays{holdout: holdout, calib: half / 2, valid: half - half/2}
}

// lastMonth is how many of the days are in the month of the last.
func lastMonth(days []int32) int {
	last := days[len(days)-1]
	first, _ := slices.BinarySearch(days, last-int32(midnight(last).Day())+1)
	return len(days) - first
}
