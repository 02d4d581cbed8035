package tree

import (
	"runtime"
	"sync/atomic"
	"time"
)

// WorkerPool is a fixed set of goroutines that share out small tasks. It lives as long
// as a fit, so that a task costs an atomic addition and not a goroutine. A helper
// that has nothing to do spins before it sleeps, and so does the caller while the
// last task of a helper runs: a fit hands out work every few microseconds,
// and waking one that sleeps takes as long. A WorkerPool serves one caller at a time.
type WorkerPool struct {
	job     atomic.Pointer[taskBatch] // the newest
	helpers []conditionWaiter         // the caller is worker 0
	caller  conditionWaiter
}

// taskBatch is a number of tasks. A helper that comes late finds no task left in it.
type taskBatch struct {
	fn         func(worker, task int)
	n          int64
	next, done atomic.Int64
}

// closed is the batch that ends the helpers.
var closed = &taskBatch{}

// NewPool starts a pool of threads workers, the caller among them; 0 or less is
// GOMAXPROCS. Close ends it.
func NewPool(threads int) *WorkerPool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &WorkerPool{helpers: make([]conditionWaiter, threads-1), caller: newSleeper()}
	for k := range p.helpers {
		p.helpers[k] = newSleeper()
		go p.serveBatches(k)
	}
	return p
}

// WorkerCount is the number of workers: worker numbers are below it.
func (p *WorkerPool) WorkerCount() int { return len(p.helpers) + 1 }

// Close ends the helpers. The pool may not be used afterwards.
func (p *WorkerPool) Close() { p.publishBatch(closed) }

// RunTasks calls fn for every task 0 … tasks-1 and returns when all are done. Tasks go
// to whichever worker is free: fn must not depend on which.
func (p *WorkerPool) RunTasks(tasks int, fn func(worker, task int)) {
	if tasks <= 1 || len(p.helpers) == 0 {
		runInline(tasks, fn)
		return
	}
	j := &taskBatch{fn: fn, n: int64(tasks)}
	p.publishBatch(j)
	p.drainBatch(0, j)
	p.caller.waitFor(func() bool { return j.done.Load() == j.n })
}

// runInline is WorkerPool.RunTasks on the caller's core alone.
func runInline(tasks int, fn func(worker, task int)) {
	for t := range tasks {
		fn(0, t)
	}
}

// RunChunks splits n items in runs of size and calls fn(worker, lo, hi) for each.
func (p *WorkerPool) RunChunks(n, size int, fn func(worker, lo, hi int)) {
	p.RunTasks((n+size-1)/size, func(worker, task int) {
		lo := task * size
		fn(worker, lo, min(lo+size, n))
	})
}

func (p *WorkerPool) publishBatch(j *taskBatch) {
	p.job.Store(j)
	for k := range p.helpers {
		p.helpers[k].wakeUp()
	}
}

func (p *WorkerPool) serveBatches(k int) {
	var last *taskBatch
	for {
		p.helpers[k].waitFor(func() bool { return p.job.Load() != last })
		if last = p.job.Load(); last == closed {
			return
		}
		p.drainBatch(k+1, last)
	}
}

func (p *WorkerPool) drainBatch(worker int, j *taskBatch) {
	for {
		t := j.next.Add(1) - 1
		if t >= j.n {
			return
		}
		j.fn(worker, int(t))
		if j.done.Add(1) == j.n {
			p.caller.wakeUp()
		}
	}
}

// conditionWaiter is a goroutine that waits for a condition that another makes true.
type conditionWaiter struct {
	asleep atomic.Bool
	wake   chan struct{}
}

func newSleeper() conditionWaiter { return conditionWaiter{wake: make(chan struct{}, 1)} }

// How long a waiter spins, and after how many spinsPerYield it lets others have the core.
const (
	spinTime      = 50 * time.Microsecond
	spinsPerYield = 1000
)

// waitFor returns once ready is true: it spins for a while, then sleeps. Whoever makes it
// true calls wakeUp afterwards.
func (s *conditionWaiter) waitFor(ready func() bool) {
	for {
		begin := time.Now()
		for time.Since(begin) < spinTime {
			for range spinsPerYield {
				if ready() {
					return
				}
			}
			runtime.Gosched()
		}
		s.asleep.Store(true)
		if ready() && s.asleep.CompareAndSwap(true, false) {
			return
		}
		<-s.wake
	}
}

// wakeUp wakes s where it sleeps.
func (s *conditionWaiter) wakeUp() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
