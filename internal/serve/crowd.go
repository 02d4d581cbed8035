package serve

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// maxCrowd is how many questions are answered together at most.
const maxCrowd = 64

// crowd gathers questions that come one at a time while others are answered: they
// go through the model's trees together, which stay in the cache from row to row,
// and into the log by one write. A question that comes alone does not wait.
//
//	ask ─▶ nobody at work: answer it ─▶ hand over to the first that waits,
//	   └─▶ else wait ◀────────────────── who answers all that wait
type crowd struct {
	mu      sync.Mutex
	atWork  int
	waiting []*ticket
}

// ticket is a question that waits for its answer, or for its turn to answer.
type ticket struct {
	question *Question
	replies  []Reply
	err      error
	turn     chan []*ticket // those to answer; nil: this one is answered
}

// errAbandoned is the error of those whose answer was lost with a panic.
var errAbandoned = errors.New("serve: the answer was lost")

// ask answers one question by f, alone or with others.
func (c *crowd) ask(ctx context.Context, q *Question, f func(context.Context, []Question) ([]Reply, error)) ([]Reply, error) {
	t := &ticket{question: q, turn: make(chan []*ticket, 1), err: errAbandoned}
	batch := []*ticket{t}
	c.mu.Lock()
	if c.atWork < max(1, runtime.GOMAXPROCS(0)/2) {
		c.atWork++
		c.mu.Unlock()
	} else {
		c.waiting = append(c.waiting, t)
		c.mu.Unlock()
		batch = <-t.turn
	}
	if batch != nil {
		c.lead(context.WithoutCancel(ctx), batch, f) // one client's leaving is not the others'
	}
	return t.replies, t.err
}

// lead answers a batch, whose first ticket is the caller's own, and hands over.
func (c *crowd) lead(ctx context.Context, batch []*ticket, f func(context.Context, []Question) ([]Reply, error)) {
	defer func() { // after a panic too: the others wait
		c.handOver()
		for _, t := range batch[1:] {
			t.turn <- nil
		}
	}()
	questions := make([]Question, len(batch))
	for i, t := range batch {
		questions[i] = *t.question
	}
	replies, err := f(ctx, questions)
	for i, t := range batch {
		switch {
		case err == nil:
			t.replies, t.err = replies[i:i+1:i+1], nil
		case len(batch) == 1:
			t.err = err
		default: // one of them may spoil it for all
			t.replies, t.err = f(ctx, questions[i:i+1])
		}
	}
}

// handOver makes the first that waits answer all that wait.
func (c *crowd) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.atWork--
		return
	}
	n := min(len(c.waiting), maxCrowd)
	batch := append([]*ticket(nil), c.waiting[:n]...)
	c.waiting = append(c.waiting[:0], c.waiting[n:]...)
	batch[0].turn <- batch
}
