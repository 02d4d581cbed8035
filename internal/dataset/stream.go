package dataset

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

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

// stretch is some incidents that follow one another, whose mobilisations are next.
type stretch struct {
	file *FileRows
	last string // incident number
	end  bool   // no incident follows
}

// stream joins the rows as they come, a stretch at a time: incidents are read while
// the mobilisations of those before them are, and are joined.
func (b *builder) stream(ctx context.Context, in Input) error {
	full, free := make(chan stretch), make(chan *FileRows, 2)
	free <- b.rows.File()
	free <- b.rows.File()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(full)
		return b.readIncidents(ctx, in, free, full)
	})
	g.Go(func() error { return b.readMobilisations(ctx, in, free, full) })
	return g.Wait()
}

func (b *builder) readIncidents(ctx context.Context, in Input, free <-chan *FileRows, full chan<- stretch) error {
	s, n := stretch{file: <-free}, 0
	for inc, err := range in.Incidents(ctx, b.opts.Origin) {
		if err != nil {
			return fmt.Errorf("incidents after %q: %w", s.last, err)
		}
		if n > 0 && inc.IncidentNumber <= s.last {
			return fmt.Errorf("incident %q after %q: not in key order: %w", inc.IncidentNumber, s.last, lfb.ErrInvalid)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if n > 0 && n%b.stretch == 0 {
			if err := send(ctx, full, s); err != nil {
				return err
			}
			select {
			case s.file = <-free:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := s.file.Incident(inc); err != nil {
			return err
		}
		s.last, n = inc.IncidentNumber, n+1
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.end = true
	return send(ctx, full, s)
}

func send(ctx context.Context, full chan<- stretch, s stretch) error {
	select {
	case full <- s:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *builder) readMobilisations(ctx context.Context, in Input, free chan<- *FileRows, full <-chan stretch) error {
	next, stop := iter.Pull2(in.Mobilisations(ctx, b.opts.Origin))
	defer stop()
	file, last, n := b.rows.File(), "", 0
	m, err, more := next()
	for s := range full {
		for ; more && (err != nil || s.end || m.IncidentNumber <= s.last); m, err, more = next() {
			if err != nil {
				return fmt.Errorf("mobilisations after incident %q: %w", last, err)
			}
			if m.IncidentNumber < last {
				return fmt.Errorf("mobilisation %d of incident %q after %q: not in key order: %w",
					m.ResourceMobilisationID, m.IncidentNumber, last, lfb.ErrInvalid)
			}
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := file.Mobilisation(m); err != nil {
				return err
			}
			last, n = m.IncidentNumber, n+1
		}
		if err := b.join(ctx, s.file, file); err != nil {
			return err
		}
		free <- s.file
	}
	return nil
}
