package clean

import (
	"errors"
	"fmt"
	"time"

	"lfb/internal/lfb"
)

// Expect is what must hold of a file before its rows may be used. It is checked
// on every fetch, as the publication changes without notice.
type Expect struct {
	MaxRejects float64 // share of rows rejected at most; 0 allows none
	MaxMissing float64 // share of rows without attendance time at most, over the last year in the file; 0 means 0.30
}

// earliest is when the publication begins, and some days: it lists calls that came in the old year.
var earliest = time.Date(2008, time.December, 1, 0, 0, 0, 0, time.UTC)

const (
	recentMonths = 12  // the span of MaxMissing: of years gone by nothing can be mended
	recentRows   = 100 // fewer say nothing about a share
)

// Check returns nil, or lfb.ErrInvalid naming the file and every expectation that
// does not hold, with the numbers.
func (e Expect) Check(name string, t *Tally) error {
	var errs []error
	miss := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format+": %w", append(append([]any{name}, args...), lfb.ErrInvalid)...))
	}
	if t.Accepted == 0 {
		miss("none of %d rows accepted%s", t.Rows, t.describeCommonest())
	}
	if share := float64(t.Rejected) / float64(max(t.Rows, 1)); share > e.MaxRejects {
		miss("%d of %d rows rejected (%.1f %%), expected %.1f %% at most%s",
			t.Rejected, t.Rows, 100*share, 100*e.MaxRejects, t.describeCommonest())
	}
	if !t.From.IsZero() && t.From.Before(earliest) {
		miss("earliest row of %s, expected %s or later", t.From.Format(time.DateOnly), earliest.Format(time.DateOnly))
	}
	most := e.MaxMissing
	if most == 0 {
		most = 0.30
	}
	if rows, missing := t.countRecent(); rows >= recentRows && float64(missing) > most*float64(rows) {
		miss("%d of %d rows of the last %d months have no attendance time (%.1f %%), expected %.1f %% at most",
			missing, rows, recentMonths, 100*float64(missing)/float64(rows), 100*most)
	}
	return errors.Join(errs...)
}

// countRecent counts rows and missing targets over the last months that the file has.
func (t *Tally) countRecent() (rows, missing int64) {
	for key, m := range t.months {
		if key > monthKey(t.To)-recentMonths {
			rows, missing = rows+m.rows, missing+m.missing
		}
	}
	return rows, missing
}

// describeCommonest is the commonest reject, for a message.
func (t *Tally) describeCommonest() string {
	rejects := t.Rejects()
	if len(rejects) == 0 {
		return ""
	}
	c := rejects[0]
	return fmt.Sprintf("; %d times %s: %s, first in line %d: %q", c.N, c.Column, c.Reason, c.First.Line, c.First.Value)
}
