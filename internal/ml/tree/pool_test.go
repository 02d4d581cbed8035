package tree

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Every task is done once before Do returns, by helpers that spin and by helpers that
// sleep, on fewer cores than workers too.
func TestPoolDoesEveryTaskOnce(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2, 7} {
		p := NewPool(workers)
		if p.WorkerCount() != workers {
			t.Errorf("Workers = %d, want %d", p.WorkerCount(), workers)
		}
		for round := range 300 {
			tasks := round % 9
			done := make([]atomic.Int32, tasks)
			var busy [7]atomic.Bool
			p.RunTasks(tasks, func(worker, task int) {
				if busy[worker].Swap(true) {
					t.Errorf("worker %d has two tasks at a time", worker)
				}
				if task%4 == 1 {
					runtime.Gosched()
				}
				done[task].Add(1)
				busy[worker].Store(false)
			})
			for k := range done {
				if n := done[k].Load(); n != 1 {
					t.Errorf("%d workers: task %d was done %d times", workers, k, n)
				}
			}
			if round%100 == 50 {
				for k := range p.helpers {
					waitUntilAsleep(&p.helpers[k])
				}
			}
		}
		p.Close()
	}
}

// waitUntilAsleep returns when s sleeps, however long the machine takes for it.
func waitUntilAsleep(s *conditionWaiter) {
	for !s.asleep.Load() {
		time.Sleep(spinTime)
	}
}

// A caller that sleeps is woken by the last task.
func TestPoolWakesItsCaller(t *testing.T) {
	t.Parallel()
	p := NewPool(2)
	defer p.Close()
	for range 3 {
		var begun atomic.Int32
		p.RunTasks(2, func(worker, _ int) {
			for begun.Add(1); begun.Load() < 2; { // both workers have one
				runtime.Gosched()
			}
			if worker != 0 {
				waitUntilAsleep(&p.caller)
			}
		})
	}
}
