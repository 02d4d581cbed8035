package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/cover"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Cover plans with the model that serves. Its planner is made when somebody asks first, all stations ranked, and kept
// until another version serves.
type Cover struct {
	Champion interface{ Now() *Loaded }
	Sets     interface {
		DataSet(ctx context.Context, id string) (registry.DataSet, error)
	}
	Blobs bundle.Blobs

	mu   sync.Mutex
	last *coverMaking
}

// coverMaking is a planner as it is made.
type coverMaking struct {
	model       *Loaded
	done, total atomic.Int64
	ready       chan struct{} // closed once planner or err is there
	planner     *cover.Planner
	err         error
	turn        chan struct{} // holds one: a planner is for one at a time
}

// PreparingError says how far a planner is that is still being made. It is lfb.ErrUnavailable.
type PreparingError struct{ Done, Total int64 }

// Error says it for people.
func (e *PreparingError) Error() string {
	return fmt.Sprintf("the planner is being made: %d %%", 100*e.Done/max(1, e.Total))
}

// Unwrap is lfb.ErrUnavailable.
func (e *PreparingError) Unwrap() error { return lfb.ErrUnavailable }

// makeCoverWithin bounds the making.
const makeCoverWithin = 2 * time.Minute

// Plan has a planner of the model that serves used, by one at a time. A *PreparingError where it is not there before
// ctx ends; ErrNoModel without a model, lfb.ErrConflict with one that cannot say who comes.
func (c *Cover) Plan(ctx context.Context, use func(*Loaded, *cover.Planner) error) error {
	model := c.Champion.Now()
	if model == nil {
		return ErrNoModel
	}
	m := c.startMaking(ctx, model)
	select {
	case <-m.ready:
	case <-ctx.Done():
		return &PreparingError{m.done.Load(), m.total.Load()}
	}
	if m.err != nil {
		return m.err
	}
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("others plan too: %w", lfb.ErrUnavailable)
	}
	defer func() { <-m.turn }()
	return use(m.model, m.planner)
}

// CheckScenario refuses, by lfb.ErrInvalid, what cannot be planned with the model that serves; nil too where that
// cannot be told within a second.
func (c *Cover) CheckScenario(ctx context.Context, s cover.Scenario) error {
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := c.Plan(ctx, func(_ *Loaded, p *cover.Planner) error { return p.Check(s) })
	if errors.Is(err, lfb.ErrInvalid) {
		return err
	}
	return nil
}

// startMaking returns the making of a model's planner, begun where it is not, or failed by what may be over.
func (c *Cover) startMaking(ctx context.Context, model *Loaded) *coverMaking {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.model.Version.ID == model.Version.ID {
		select {
		case <-c.last.ready:
			if c.last.err == nil || errors.Is(c.last.err, lfb.ErrConflict) {
				return c.last
			}
		default:
			return c.last
		}
	}
	m := &coverMaking{model: model, ready: make(chan struct{}), turn: make(chan struct{}, 1)}
	c.last = m
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeCoverWithin)
	go func() {
		defer cancel()
		defer close(m.ready)
		m.planner, m.err = c.makePlanner(within, m)
	}()
	return m
}

func (c *Cover) makePlanner(ctx context.Context, m *coverMaking) (*cover.Planner, error) {
	set, err := c.Sets.DataSet(ctx, m.model.Version.DataSet)
	if err != nil {
		return nil, err
	}
	if set.Summary.IsZero() {
		return nil, fmt.Errorf("data set %s has no summary, which says where calls come from: %w", set.ID, lfb.ErrConflict)
	}
	summary, err := dataset.OpenSummary(ctx, c.Blobs, set.Summary)
	if err != nil {
		return nil, err
	}
	p, err := cover.NewPlanner(ctx, m.model.Bundle, summary)
	if errors.Is(err, lfb.ErrUnavailable) { // another will do, this never
		return nil, fmt.Errorf("nothing can be planned with %s: %w", lfb.Plain(err), lfb.ErrConflict)
	}
	if err != nil {
		return nil, err
	}
	_, err = p.RankClosures(ctx, func(done, total int) {
		m.done.Store(int64(done))
		m.total.Store(int64(total))
	})
	return p, err
}
