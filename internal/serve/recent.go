package serve

import (
	"encoding/json"
	"sync"

	"lfb/internal/registry"
)

// maxRecent is how many of the last answers are kept in memory, about a kilobyte
// each: an answer can be looked up before the log has it. One whose record is longer
// than maxRecentBytes is found in the log only.
const (
	maxRecent      = 4096
	maxRecentBytes = 8 << 10
)

// recentAnswers is the last answers as they were spooled.
type recentAnswers struct {
	mu      sync.Mutex
	records map[string][]byte // by id
	ids     []string          // oldest first
}

func (r *recentAnswers) addRecord(id string, record []byte) {
	if len(record) > maxRecentBytes {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.records == nil {
		r.records = map[string][]byte{}
	}
	if len(r.ids) == maxRecent {
		delete(r.records, r.ids[0])
		r.ids = r.ids[1:]
	}
	r.records[id], r.ids = record, append(r.ids, id)
}

// Recent finds one of the last answers that this process gave.
func (p *Predictor) Recent(id string) (found registry.Prediction, ok bool) {
	p.recent.mu.Lock()
	record, ok := p.recent.records[id]
	p.recent.mu.Unlock()
	if ok {
		ok = json.Unmarshal(record, &found) == nil
	}
	return found, ok
}
