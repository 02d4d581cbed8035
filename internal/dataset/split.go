package dataset

import (
	"fmt"
	"math"
	"time"

	"lfb/internal/lfb"
)

// SplitSpec says how a table is cut by time, counted back from the last day that
// has a row. A length of 0 is chosen by Split.
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
	minDays     = 14  // of data that can be split at all
	quarterDays = 85  // from here on the last month is the hold-out
	yearDays    = 360 // from here on every span is a month
	wholeMonth  = 20  // days from which on a month that is not over counts as one
)

// Split cuts a table at London's midnights. The lengths that spec leaves at 0
// follow from the length L of the data, first to last day:
//
//	L ≥ 360 days   the last three calendar months: validation, calibration, hold-out
//	L ≥ 85 days    hold-out is the last calendar month; the second half of the month
//	               before is halved into validation and calibration
//	less           the same shares: a third hold-out, 7 in 90 days each for the others
//
// A last month of fewer than 20 days joins the month before it. An incident's two
// rows have one time of call, so that no cut comes between them. Fewer than 14
// days, lengths that leave nothing to train on, and a span without a row are
// lfb.ErrInvalid.
func Split(t *Table, spec SplitSpec) (Spans, error) {
	if spec.ValidDays < 0 || spec.CalibDays < 0 || spec.HoldoutDays < 0 || spec.MaxMonths < 0 {
		return Spans{}, fmt.Errorf("split: %+v: a length is negative: %w", spec, lfb.ErrInvalid)
	}
	if t.Len() == 0 {
		return Spans{}, fmt.Errorf("split: no rows; at least %d days are needed: %w", minDays, lfb.ErrInvalid)
	}
	first, end := t.Day(0), t.Day(t.Len()-1)+1
	days := int(end - first)
	if days < minDays {
		return Spans{}, fmt.Errorf("split: %d days of data, at least %d are needed: %w", days, minDays, lfb.ErrInvalid)
	}
	l := chooseSpanDays(first, end).overriddenBy(spec)
	if need := l.valid + l.calib + l.holdout + 1; days < need {
		return Spans{}, fmt.Errorf("split: %d days of data; validation %d, calibration %d, hold-out %d and a day to train on need %d: %w",
			days, l.valid, l.calib, l.holdout, need, lfb.ErrInvalid)
	}
	holdout := end - int32(l.holdout)
	calib := holdout - int32(l.calib)
	valid := calib - int32(l.valid)
	if spec.MaxMonths > 0 {
		first = max(first, londonDay(midnight(valid).AddDate(0, -spec.MaxMonths, 0)))
	}
	s := Spans{
		Train:   t.spanBetween(first, valid),
		Valid:   t.spanBetween(valid, calib),
		Calib:   t.spanBetween(calib, holdout),
		Holdout: t.spanBetween(holdout, end),
	}
	return s, s.validate()
}

// spanBetween is the rows from day from to before day to.
func (t *Table) spanBetween(from, to int32) Span {
	return Span{
		Lo: t.FirstRowOn(from), Hi: t.FirstRowOn(to),
		First: midnight(from).Format(time.DateOnly), Last: midnight(to - 1).Format(time.DateOnly),
	}
}

func (s *Spans) validate() error {
	for _, p := range []struct {
		name string
		span Span
	}{{"train", s.Train}, {"validation", s.Valid}, {"calibration", s.Calib}, {"hold-out", s.Holdout}} {
		if p.span.Rows() == 0 {
			return fmt.Errorf("split: %s, %s to %s, has no rows; at least 1 is needed: %w",
				p.name, p.span.First, p.span.Last, lfb.ErrInvalid)
		}
	}
	return nil
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

// chooseSpanDays chooses by the length of the data, first day to before day end.
func chooseSpanDays(first, end int32) spanDays {
	days := int(end - first)
	if days < quarterDays {
		share := func(of90 float64) int { return max(1, int(math.Round(float64(days)*of90/90))) }
		return spanDays{valid: share(7), calib: share(7), holdout: share(30)}
	}
	holdout := monthStart(end - 1)
	if end-holdout < wholeMonth {
		holdout = monthStart(holdout - 1)
	}
	before := monthStart(holdout - 1)
	if days >= yearDays {
		return spanDays{
			holdout: int(end - holdout),
			calib:   int(holdout - before),
			valid:   int(before - monthStart(before-1)),
		}
	}
	half := int(holdout-before) / 2
	return spanDays{holdout: int(end - holdout), calib: half / 2, valid: half - half/2}
}

// monthStart is the first day of the day's month.
func monthStart(day int32) int32 { return day - int32(midnight(day).Day()) + 1 }
