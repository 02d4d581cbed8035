package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"lfb/internal/lfb"
)

// mergeJoin merges the two streams and gives visit each incident with its own
// mobilisations, ordered by ResourceMobilisationID and without copies. Both
// arguments of visit are good for the call only.
func mergeJoin(ctx context.Context, in Input, origin lfb.Origin, t *tally,
	visit func(*lfb.Incident, []lfb.Mobilisation) error,
) error {
	next, stop := iter.Pull2(in.Mobilisations(ctx, origin))
	defer stop()
	mobs := &mobilisationReader{next: next, tally: t}
	if err := mobs.advance(); err != nil {
		return err
	}
	last, n := "", 0
	for inc, err := range in.Incidents(ctx, origin) {
		if err != nil {
			return fmt.Errorf("incidents after %q: %w", last, err)
		}
		if n > 0 && inc.IncidentNumber <= last {
			return fmt.Errorf("incident %q after %q: not in key order: %w", inc.IncidentNumber, last, lfb.ErrInvalid)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		group, err := mobs.readGroup(inc.IncidentNumber)
		if err != nil {
			return err
		}
		if err := visit(inc, group); err != nil {
			return fmt.Errorf("incident %q: %w", inc.IncidentNumber, err)
		}
		last, n = inc.IncidentNumber, n+1
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return mobs.skipRest()
}

func checkNumber(number string) error {
	if n := len(number); n == 0 || n > math.MaxUint8 {
		return fmt.Errorf("incident number of %d characters: %w", n, lfb.ErrInvalid)
	}
	return nil
}

// mobilisationReader collects mobilisations by incident.
type mobilisationReader struct {
	next  func() (*lfb.Mobilisation, error, bool)
	tally *tally
	head  *lfb.Mobilisation // read ahead; nil after the last
	last  string            // incident number of head, or of the row before the end
	group []lfb.Mobilisation
}

// advance moves head to the next mobilisation and checks the order.
func (r *mobilisationReader) advance() error {
	m, err, ok := r.next()
	r.head = nil
	if !ok {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mobilisations after incident %q: %w", r.last, err)
	}
	if m.IncidentNumber < r.last {
		return fmt.Errorf("mobilisation %d of incident %q after %q: not in key order: %w",
			m.ResourceMobilisationID, m.IncidentNumber, r.last, lfb.ErrInvalid)
	}
	if err := checkNumber(m.IncidentNumber); err != nil {
		return fmt.Errorf("mobilisation %d: %w", m.ResourceMobilisationID, err)
	}
	r.head, r.last = m, m.IncidentNumber
	return nil
}

// readGroup returns the mobilisations of one incident; those of incidents before it
// belong to none and are counted.
func (r *mobilisationReader) readGroup(incident string) ([]lfb.Mobilisation, error) {
	r.group = r.group[:0]
	for r.head != nil && r.head.IncidentNumber <= incident {
		if r.head.IncidentNumber < incident {
			r.tally[orphan]++
		} else {
			r.group = append(r.group, *r.head)
		}
		if err := r.advance(); err != nil {
			return nil, err
		}
	}
	if len(r.group) > 1 {
		slices.SortFunc(r.group, compareMobilisations)
		rows := len(r.group)
		r.group = slices.CompactFunc(r.group, func(a, b lfb.Mobilisation) bool {
			return a.ResourceMobilisationID == b.ResourceMobilisationID
		})
		r.tally[duplicate] += int64(rows - len(r.group))
	}
	return r.group, nil
}

// skipRest counts what is left: mobilisations of incidents after the last one.
func (r *mobilisationReader) skipRest() error {
	for r.head != nil {
		r.tally[orphan]++
		if err := r.advance(); err != nil {
			return err
		}
	}
	return nil
}

// compareMobilisations orders by id. Copies with one id may differ (the same
// engine listed under two boroughs): what a row is made of breaks the tie, so
// that the order in which they came cannot matter.
func compareMobilisations(a, b lfb.Mobilisation) int {
	return cmp.Or(
		cmp.Compare(a.ResourceMobilisationID, b.ResourceMobilisationID),
		cmp.Compare(a.PerformanceReporting, b.PerformanceReporting),
		cmp.Compare(toInt32(a.PumpOrder), toInt32(b.PumpOrder)),
		cmp.Compare(toInt32(a.AttendanceTimeSeconds), toInt32(b.AttendanceTimeSeconds)),
		a.MobilisedAt.V.Compare(b.MobilisedAt.V),
		a.ArrivedAt.V.Compare(b.ArrivedAt.V),
		cmp.Compare(toInt32(a.DelayCodeID), toInt32(b.DelayCodeID)),
		cmp.Compare(a.DeployedFromStationName, b.DeployedFromStationName),
		compareTrueFirst(a.MobilisedHasSeconds, b.MobilisedHasSeconds),
	)
}

func compareTrueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
