package tree

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Pool is a fixed set of goroutines that share out small tasks. It lives as long
// as a fit, so that a task costs an atomic addition and not a goroutine. A helper
// that has nothing to do looks out for more before it sleeps, and so does the
// caller for the last task of another: a fit hands out work every few microseconds,
// and waking a sleeper takes as long. A Pool serves one caller at a time.
type Pool struct {
	job     atomic.Pointer[job] // the newest
	helpers []sleeper           // the caller is worker 0
	caller  sleeper
}

// job is a number of tasks. One that is done is harmless to a helper that comes late.
type job struct {
	fn         func(worker, task int)
	n          int64
	next, done atomic.Int64
}

// closed is the job that ends the helpers.
var closed = &job{}

// NewPool starts a pool of threads workers, the caller among them; 0 or less is
// GOMAXPROCS. Close ends it.
func NewPool(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{helpers: make([]sleeper, threads-1), caller: newSleeper()}
	for k := range p.helpers {
		p.helpers[k] = newSleeper()
		go p.serve(k)
	}
	return p
}

// Workers is the number of workers: worker numbers are below it.
func (p *Pool) Workers() int { return len(p.helpers) + 1 }

// Close ends the helpers. The pool may not be used afterwards.
func (p *Pool) Close() { p.publish(closed) }

// Do calls fn for every task 0 … tasks-1 and returns when all are done. Tasks go
// to whichever worker is free: fn must not depend on which.
func (p *Pool) Do(tasks int, fn func(worker, task int)) {
	if tasks <= 1 || len(p.helpers) == 0 {
		inline(tasks, fn)
		return
	}
	j := &job{fn: fn, n: int64(tasks)}
	p.publish(j)
	p.work(0, j)
	p.caller.waitFor(func() bool { return j.done.Load() == j.n })
}

// inline is Pool.Do on the caller's core alone.
func inline(tasks int, fn func(worker, task int)) {
	for t := range tasks {
		fn(0, t)
	}
}

// Chunks splits n items in runs of size and calls fn(worker, lo, hi) for each.
func (p *Pool) Chunks(n, size int, fn func(worker, lo, hi int)) {
	p.Do((n+size-1)/size, func(worker, task int) {
		lo := task * size
		fn(worker, lo, min(lo+size, n))
	})
}

func (p *Pool) publish(j *job) {
	p.job.Store(j)
	for k := range p.helpers {
		p.helpers[k].wakeUp()
	}
}

func (p *Pool) serve(k int) {
	var last *job
	for {
		p.helpers[k].waitFor(func() bool { return p.job.Load() != last })
		if last = p.job.Load(); last == closed {
			return
		}
		p.work(k+1, last)
	}
}

func (p *Pool) work(worker int, j *job) {
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

// sleeper is a goroutine that waits for a condition that another makes true.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

func newSleeper() sleeper { return sleeper{wake: make(chan struct{}, 1)} }

// How long a sleeper looks out, and after how many spinsPerYield it lets others have the core.
const (
	spinTime      = 50 * time.Microsecond
	spinsPerYield = 1000
)

// waitFor returns when ready does so too: it looks for a while, then sleeps. Whoever
// makes it true calls wakeUp afterwards.
func (s *sleeper) waitFor(ready func() bool) {
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
func (s *sleeper) wakeUp() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
