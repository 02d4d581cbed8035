//go:build race

package interval

// raceEnabled: under the race detector sync.Pool forgets at random.
const raceEnabled = true
