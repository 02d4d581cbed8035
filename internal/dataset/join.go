package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"lfb/internal/lfb"
)

// Input is where the two tables are read from. Both come in byte order of
// IncidentNumber; a pointer is good until the next row is asked for.
type Input interface {
	// Incidents streams each incident once.
	Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error]
	// Mobilisations streams every mobilisation; there may be none at all.
	Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error]
}

// join merges the two streams and gives visit each incident with its own
// mobilisations, ordered by ResourceMobilisationID and without copies. Both
// arguments of visit are good for the call only.
func join(ctx context.Context, in Input, origin lfb.Origin, t *tally, visit func(*lfb.Incident, []lfb.Mobilisation) error) error {
	next, stop := iter.Pull2(in.Mobilisations(ctx, origin))
	defer stop()
	g := &grouper{next: next, tally: t}
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
		mobs, err := g.group(inc.IncidentNumber)
		if err != nil {
			return err
		}
		if err := visit(inc, mobs); err != nil {
			return fmt.Errorf("incident %q: %w", inc.IncidentNumber, err)
		}
		last, n = inc.IncidentNumber, n+1
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return g.drain()
}

// grouper collects mobilisations by incident.
type grouper struct {
	next  func() (*lfb.Mobilisation, error, bool)
	tally *tally

	head  *lfb.Mobilisation // read ahead; nil before the first and after the last
	last  string            // incident number of the row before head
	begun bool
	buf   []lfb.Mobilisation
	rows  int64
}

// advance moves head to the next mobilisation and checks the order.
func (g *grouper) advance() error {
	if g.head != nil {
		g.last = g.head.IncidentNumber
	}
	m, err, ok := g.next()
	g.head, g.begun = nil, true
	if !ok {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mobilisations after incident %q: %w", g.last, err)
	}
	if m.IncidentNumber < g.last {
		return fmt.Errorf("mobilisation %d of incident %q after %q: not in key order: %w",
			m.ResourceMobilisationID, m.IncidentNumber, g.last, lfb.ErrInvalid)
	}
	g.head = m
	g.rows++
	return nil
}

// group returns the mobilisations of one incident; those of incidents before it
// belong to none and are counted.
func (g *grouper) group(incident string) ([]lfb.Mobilisation, error) {
	g.buf = g.buf[:0]
	if !g.begun {
		if err := g.advance(); err != nil {
			return nil, err
		}
	}
	for g.head != nil && g.head.IncidentNumber <= incident {
		if g.head.IncidentNumber < incident {
			g.tally[orphan]++
		} else {
			g.buf = append(g.buf, *g.head)
		}
		if err := g.advance(); err != nil {
			return nil, err
		}
	}
	if len(g.buf) > 1 {
		slices.SortFunc(g.buf, compareMobilisations)
		rows := len(g.buf)
		g.buf = slices.CompactFunc(g.buf, func(a, b lfb.Mobilisation) bool {
			return a.ResourceMobilisationID == b.ResourceMobilisationID
		})
		g.tally[duplicate] += int64(rows - len(g.buf))
	}
	return g.buf, nil
}

// drain reads what is left: mobilisations of incidents after the last one.
func (g *grouper) drain() error {
	if !g.begun {
		if err := g.advance(); err != nil {
			return err
		}
	}
	for g.head != nil {
		g.tally[orphan]++
		if err := g.advance(); err != nil {
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
		cmp.Compare(whole(a.PumpOrder), whole(b.PumpOrder)),
		cmp.Compare(whole(a.AttendanceTimeSeconds), whole(b.AttendanceTimeSeconds)),
		a.MobilisedAt.V.Compare(b.MobilisedAt.V),
		a.ArrivedAt.V.Compare(b.ArrivedAt.V),
		cmp.Compare(whole(a.DelayCodeID), whole(b.DelayCodeID)),
		cmp.Compare(a.DeployedFromStationName, b.DeployedFromStationName),
		boolOrder(a.MobilisedHasSeconds, b.MobilisedHasSeconds),
	)
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
