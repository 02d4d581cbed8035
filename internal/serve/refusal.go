package serve

import (
	"fmt"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// Refusal is why a question has no answer. It is an lfb.ErrInvalid; package warning has
// the sentences.
type Refusal struct {
	Findings []feature.Finding // at least one
}

// Error names the codes.
func (r *Refusal) Error() string {
	f := r.Findings[0]
	return fmt.Sprintf("%s: %s %q, %s", f.Code, f.Fact, f.Value, f.Used)
}

// Unwrap is lfb.ErrInvalid: asking again does not help.
func (r *Refusal) Unwrap() error { return lfb.ErrInvalid }

// findRefusal is why a completed question is not answered, nil where it is: a number for
// another place is worse than none.
func findRefusal(r *Reply, q *Question) *Refusal {
	var bad []feature.Finding
	for _, f := range r.Findings {
		switch f.Code {
		case feature.FindingOutsideArea, feature.FindingContradiction:
		case feature.FindingDistrictsTogether, feature.FindingBoroughOnly, feature.FindingWidened:
			continue
		default:
			if !q.Strict {
				continue
			}
		}
		bad = append(bad, f)
	}
	if bad == nil {
		return nil
	}
	return &Refusal{Findings: bad}
}

// Unused are the findings that say of a given fact that it was not used.
func (r *Reply) Unused() []feature.Finding {
	var unused []feature.Finding
	for _, f := range r.Findings {
		switch f.Code {
		case feature.FindingUnknownValue, feature.FindingNotUsed, feature.FindingSuperseded,
			feature.FindingAreaElsewhere:
			unused = append(unused, f)
		}
	}
	return unused
}
