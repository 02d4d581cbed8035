package serve

import (
	"encoding/json"
	"sync"

	"lfb/internal/registry"
)

// recentAnswers is how many of the last answers are kept in memory, about a
// kilobyte each: an answer can be looked up before the log has it.
const recentAnswers = 4096

// recent is the last answers as they were spooled.
type recent struct {
	mu    sync.Mutex
	ids   [recentAnswers]string
	lines [recentAnswers][]byte
	next  int
}

func (r *recent) add(id string, line []byte) {
	r.mu.Lock()
	r.ids[r.next], r.lines[r.next] = id, line
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
