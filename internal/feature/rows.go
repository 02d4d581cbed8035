package feature

import "lfb/internal/lfb"

// Calls is rows as the operator knew them.
type Calls interface {
	Len() int
	// Call writes what was known of row i into dst. It is called from several
	// goroutines.
	Call(i int, dst *lfb.Call)
}

// Rows is calls and how they turned out: what Fit learns from.
type Rows interface {
	Calls
	// Outcome writes how row i turned out into dst.
	Outcome(i int, dst *lfb.Outcome)
}

// AssumeSent is rows with SentFrom set to the station that arrived. The
// publication does not say which station was ordered, so what a model of
// variant Sent scores on such rows is an upper bound, to be labelled so.
func AssumeSent(rows Rows) Rows { return sentRows{rows} }

type sentRows struct{ Rows }

func (s sentRows) Call(i int, dst *lfb.Call) {
	var o lfb.Outcome
	s.Rows.Call(i, dst)
	s.Rows.Outcome(i, &o)
	dst.SentFrom = o.ArrivedFrom
}
