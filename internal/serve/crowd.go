package serve

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
)

// maxCrowd is how many questions are answered together at most.
const maxCrowd = 64

// worthOneMore is how many questions must wait for the second half of the cores to go
// to work on them.
const worthOneMore = 4

// crowd gathers questions that come one at a time while others are answered: they
// go through the model's trees together, which stay in the cache from row to row,
// and into the log by one write. A question that comes alone does not wait.
//
//	ask ─▶ few at work, or many wait: answer all ─▶ hand over to the first that
//	   └─▶ else wait ◀───────────────────────────── waits, who answers all that wait
type crowd struct {
	cores   int // 0: as many as the process may use
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
	if c.enough(1) {
		c.atWork++
		batch = c.take(batch)
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

// handOver makes the first that waits answer all that wait, or leaves them to whoever
// else is at work.
func (c *crowd) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.atWork--
	if len(c.waiting) == 0 || !c.enough(0) {
		return
	}
	c.atWork++
	batch := c.take(nil)
	batch[0].turn <- batch
}

// enough says whether one more should go to work, with so many more that would wait.
// Half of the cores are for whoever comes; the rest also read and write requests, and
// are worth it only for several questions at once.
func (c *crowd) enough(more int) bool {
	cores := cmp.Or(c.cores, runtime.GOMAXPROCS(0))
	return c.atWork < max(1, cores/2) || c.atWork < cores && len(c.waiting)+more >= worthOneMore
}

// take moves those that wait into a batch, as many as it may have.
func (c *crowd) take(batch []*ticket) []*ticket {
	n := min(len(c.waiting), maxCrowd-len(batch))
	batch = append(batch, c.waiting[:n]...)
	c.waiting = append(c.waiting[:0], c.waiting[n:]...)
	return batch
}
