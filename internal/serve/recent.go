package serve

import (
	"encoding/json"
	"sync"

	"lfb/internal/registry"
)

// recentAnswers is how many of the last answers are kept in memory, about a
// kilobyte each: an answer can be looked up before the log has it. One whose
// record is longer than maxRecent is found in the log only.
const (
	recentAnswers = 4096
	maxRecent     = 8 << 10
)

// recent is the last answers as they were spooled.
type recent struct {
	mu    sync.Mutex
	ids   [recentAnswers]string
	lines [recentAnswers][]byte
	next  int
}

// add keeps a copy of line.
func (r *recent) add(id string, line []byte) {
	if len(line) > maxRecent {
		return
	}
	r.mu.Lock()
	r.ids[r.next], r.lines[r.next] = id, append(r.lines[r.next][:0], line...)
	r.next = (r.next + 1) % recentAnswers
	r.mu.Unlock()
}

// Recent finds one of the last answers that this process gave.
func (d *Desk) Recent(id string) (p registry.Prediction, ok bool) {
	if id == "" {
		return p, false
	}
	d.recent.mu.Lock()
	defer d.recent.mu.Unlock()
	for k := range d.recent.ids {
		if d.recent.ids[k] == id {
			return p, json.Unmarshal(d.recent.lines[k], &p) == nil
		}
	}
	return p, false
}
