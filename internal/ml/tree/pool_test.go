package tree

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Every task is done once before Do returns, by helpers that look out and by helpers
// that sleep, on fewer cores than workers too.
func TestPoolDoesEveryTaskOnce(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2, 7} {
		p := NewPool(workers)
		if p.Workers() != workers {
			t.Errorf("Workers = %d, want %d", p.Workers(), workers)
		}
		for round := range 300 {
			tasks := round % 9
			done := make([]atomic.Int32, tasks)
			var busy [7]atomic.Bool
			p.Do(tasks, func(worker, task int) {
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
				time.Sleep(4 * lookout) // until the helpers sleep
			}
		}
		p.Close()
	}
}

// A caller that waits longer than it looks out is woken by the last task.
func TestPoolWaitsForALongTask(t *testing.T) {
	t.Parallel()
	p := NewPool(2)
	defer p.Close()
	for range 3 {
		release, began := make(chan struct{}), make(chan struct{}, 2)
		go func() {
			<-began
			<-began
			time.Sleep(4 * lookout)
			close(release)
		}()
		p.Do(2, func(int, int) {
			began <- struct{}{} // both workers have one
			<-release
		})
	}
}
