package serve

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

// Whoever comes while one core is at work waits, and all are answered together: by a
// second core as soon as enough wait, or by the first to wait when the one is free.
func TestCrowdWaitsTogether(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cores, waiting, after int // questions that wait at last, batches that answered while the first was at work
	}{{1, 10, 0}, {2, 10 - 2*worthOneMore, 2}} {
		t.Run(fmt.Sprintf("%d cores", tt.cores), func(t *testing.T) {
			t.Parallel()
			c := crowd{cores: tt.cores}
			var batches atomic.Int64
			f := echo(&batches)
			held, entered := make(chan struct{}), make(chan struct{})
			slow := func(ctx context.Context, qs []Question) ([]Reply, error) {
				close(entered)
				<-held
				return f(ctx, qs)
			}
			var wg sync.WaitGroup
			wg.Go(func() { _, _ = c.ask(t.Context(), &Question{}, slow) }) // its answer is of no interest
			<-entered
			var answered atomic.Int64
			for k := range 10 { // one after the other, so that it is known who waits with whom
				wg.Go(func() {
					if got, err := c.ask(t.Context(), &Question{IncidentNumber: strconv.Itoa(k)}, f); err != nil || got[0].ID != strconv.Itoa(k) {
						t.Errorf("question %d = %v, %v", k, got, err)
					}
					answered.Add(1)
				})
				settle(t, func() bool {
					c.mu.Lock()
					defer c.mu.Unlock()
					return len(c.waiting)+int(answered.Load()) == k+1
				})
			}
			if n := len(c.waiting); n != tt.waiting || batches.Load() != int64(tt.after) {
				t.Errorf("%d wait, %d batches answered, want %d and %d", n, batches.Load(), tt.waiting, tt.after)
			}
			close(held)
			wg.Wait()
			if n := batches.Load(); n != int64(tt.after)+2 {
				t.Errorf("%d batches in all, want %d: one for those that waited", n, tt.after+2)
			}
		})
	}
}

// settle waits until ok.
func settle(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not so within a minute")
		}
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
