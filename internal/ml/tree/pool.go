package tree

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool is a fixed set of goroutines that share out small tasks. It lives as long
// as a fit, so that a task costs an atomic addition and not a goroutine. A Pool
// serves one caller at a time.
type Pool struct {
	wake []chan struct{} // one per helper; the caller is worker 0
	done sync.WaitGroup
	fn   func(worker, task int)
	next atomic.Int64
	n    int64
}

// NewPool starts a pool of threads workers, the caller among them; 0 or less is
// GOMAXPROCS. Close ends it.
func NewPool(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{wake: make([]chan struct{}, threads-1)}
	for k := range p.wake {
		p.wake[k] = make(chan struct{}, 1)
		go p.serve(k)
	}
	return p
}

// Workers is the number of workers: worker numbers are below it.
func (p *Pool) Workers() int { return len(p.wake) + 1 }

// Close ends the helpers. The pool may not be used afterwards.
func (p *Pool) Close() {
	for _, c := range p.wake {
		close(c)
	}
}

// Do calls fn for every task 0 … tasks-1 and returns when all are done. Tasks go
// to whichever worker is free: fn must not depend on which.
func (p *Pool) Do(tasks int, fn func(worker, task int)) {
	if tasks <= 1 || len(p.wake) == 0 {
		for t := range tasks {
			fn(0, t)
		}
		return
	}
	p.fn, p.n = fn, int64(tasks)
	p.next.Store(0)
	helpers := p.wake[:min(len(p.wake), tasks-1)]
	p.done.Add(len(helpers))
	for _, c := range helpers {
		c <- struct{}{}
	}
	p.work(0)
	p.done.Wait()
	p.fn = nil
}

// Chunks splits n items in runs of size and calls fn(worker, lo, hi) for each.
func (p *Pool) Chunks(n, size int, fn func(worker, lo, hi int)) {
	p.Do((n+size-1)/size, func(worker, task int) {
		lo := task * size
		fn(worker, lo, min(lo+size, n))
	})
}

func (p *Pool) serve(k int) {
	for range p.wake[k] {
		p.work(k + 1)
		p.done.Done()
	}
}

func (p *Pool) work(worker int) {
	for {
		t := p.next.Add(1) - 1
		if t >= p.n {
			return
		}
		p.fn(worker, int(t))
	}
}
