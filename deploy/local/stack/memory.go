package stack

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// memoryLimit is the size from which the garbage collector works harder. A
	// large load into the embedded database would take all it can get otherwise.
	memoryLimit = 2 << 30
	// quietBytes allocated between two looks are nothing: the servers' own pulse.
	quietBytes = 64 << 20
	lookEvery  = 20 * time.Second
)

// limitMemory leaves a limit alone that GOMEMLIMIT has set.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// giveBack returns memory to the system once work has ended, until stop is
// closed: the runtime itself collects only when it has allocated as much again,
// so an idle process would keep what its last load took.
func giveBack(stop <-chan struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var given, last uint64
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		now := allocated()
		if now-last < quietBytes && now-given >= quietBytes {
			debug.FreeOSMemory()
			given = now
		}
		last = now
	}
}

// allocated is how many bytes were ever allocated on the heap.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
