package backfill

import (
	"fmt"
	"time"

	"lfb/internal/lfb"
)

// layout is how months are written.
const layout = "2006-01"

// maxMonths is the longest backfill: since 2009 there are not half as many.
const maxMonths = 600

// Months lists the months from first to last, both included.
func Months(first, last string) ([]string, error) {
	from, err := parseMonth(first)
	if err != nil {
		return nil, err
	}
	to, err := parseMonth(last)
	if err != nil {
		return nil, err
	}
	var out []string
	for m := from; !m.After(to) && len(out) <= maxMonths; m = m.AddDate(0, 1, 0) {
		out = append(out, m.Format(layout))
	}
	if len(out) == 0 || len(out) > maxMonths {
		return nil, fmt.Errorf("months %s to %s: want 1 to %d of them: %w", first, last, maxMonths, lfb.ErrInvalid)
	}
	return out, nil
}

// KnownTo is the last month that had been published when month began: the last
// that had ended at least lagDays days before.
func KnownTo(month string, lagDays int) (string, error) {
	start, err := parseMonth(month)
	if err != nil {
		return "", err
	}
	if lagDays < 0 {
		return "", fmt.Errorf("publication lag of %d days: %w", lagDays, lfb.ErrInvalid)
	}
	published := start.AddDate(0, 0, -lagDays) // months that ended by then are known
	return time.Date(published.Year(), published.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0).Format(layout), nil
}

func parseMonth(month string) (time.Time, error) {
	t, err := time.Parse(layout, month)
	if err != nil {
		return t, fmt.Errorf("month %q, want one like 2016-01: %w", month, lfb.ErrInvalid)
	}
	return t, nil
}
