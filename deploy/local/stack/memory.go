package stack

import (
	"math"
	"runtime/debug"
	"time"
)

const (
	// memoryLimit is the size from which the garbage collector works harder. A
	// large load into the embedded database would take all it can get otherwise.
	memoryLimit = 2 << 30
	// giveBackEvery is how often memory goes back to the system: a collection of this
	// process's heap takes a tenth of a second.
	giveBackEvery = time.Minute
)

// limitMemory leaves a limit alone that GOMEMLIMIT has set.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// giveBackMemory returns memory to the system until stop is closed: the runtime itself
// collects only when it has allocated as much again, so an idle process would keep what
// its last load took.
func giveBackMemory(stop <-chan struct{}) {
	tick := time.NewTicker(giveBackEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			debug.FreeOSMemory()
		}
	}
}
