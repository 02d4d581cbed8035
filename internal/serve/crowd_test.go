package serve

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// echo answers each question by its number, unless it is told to fail or panic.
func echo(batches *atomic.Int64) func(context.Context, []Question) ([]Reply, error) {
	return func(_ context.Context, qs []Question) ([]Reply, error) {
		batches.Add(1)
		out := make([]Reply, len(qs))
		for i, q := range qs {
			switch q.Account {
			case "bad":
				return nil, fmt.Errorf("question %s", q.IncidentNumber)
			case "panic":
				panic("told to")
			}
			out[i].ID = q.IncidentNumber
		}
		return out, nil
	}
}

func TestCrowdAnswersEachItsOwn(t *testing.T) {
	t.Parallel()
	var c crowd
	var batches atomic.Int64
	f := echo(&batches)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for k := range 500 {
				id := strconv.Itoa(g*1000 + k)
				q := Question{IncidentNumber: id}
				if k%50 == 7 {
					q.Account = "bad"
				}
				got, err := c.ask(t.Context(), &q, f)
				if bad := q.Account == "bad"; bad != (err != nil) || err == nil && (len(got) != 1 || got[0].ID != id) {
					t.Errorf("question %s = %v, %v", id, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if c.atWork != 0 || len(c.waiting) != 0 {
		t.Errorf("%d at work, %d waiting after all were answered", c.atWork, len(c.waiting))
	}
}

func TestCrowdWaitsTogether(t *testing.T) {
	t.Parallel()
	var c crowd
	var batches atomic.Int64
	f := echo(&batches)
	held, entered := make(chan struct{}), make(chan struct{}, 100)
	var wg sync.WaitGroup
	slow := func(ctx context.Context, qs []Question) ([]Reply, error) {
		entered <- struct{}{}
		<-held
		return f(ctx, qs)
	}
	wg.Go(func() { _, _ = c.ask(t.Context(), &Question{}, slow) }) // its answer is of no interest
	<-entered
	c.mu.Lock()
	c.atWork = 1 << 20 // no room beside it, however many cores there are
	c.mu.Unlock()
	for k := range 10 {
		wg.Go(func() {
			if got, err := c.ask(t.Context(), &Question{IncidentNumber: strconv.Itoa(k)}, f); err != nil || got[0].ID != strconv.Itoa(k) {
				t.Errorf("question %d = %v, %v", k, got, err)
			}
		})
	}
	for { // until all ten wait
		c.mu.Lock()
		n := len(c.waiting)
		c.mu.Unlock()
		if n == 10 {
			break
		}
	}
	close(held)
	wg.Wait()
	if n := batches.Load(); n != 2 {
		t.Errorf("%d batches for one and the ten that waited, want 2", n)
	}
}

func TestCrowdSurvivesAPanic(t *testing.T) {
	t.Parallel()
	var c crowd
	var batches atomic.Int64
	f := echo(&batches)
	var wg sync.WaitGroup
	var lost atomic.Int64
	for g := range 8 {
		wg.Go(func() {
			for k := range 200 {
				func() {
					defer func() { _ = recover() }() // as the handlers' wrapper does
					q := Question{IncidentNumber: "x"}
					if g == 0 && k%10 == 0 {
						q.Account = "panic"
					}
					if _, err := c.ask(t.Context(), &q, f); errors.Is(err, errAbandoned) {
						lost.Add(1)
					}
				}()
			}
		})
	}
	wg.Wait()
	if c.atWork != 0 || len(c.waiting) != 0 {
		t.Errorf("%d at work, %d waiting after the panics", c.atWork, len(c.waiting))
	}
}
