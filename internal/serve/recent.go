package serve

import (
	"encoding/json"
	"slices"
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
	records map[string]recentAnswer // by id
	ids     []string                // oldest first
}

type recentAnswer struct {
	account string
	said    bool // to a person
	record  []byte
}

func (r *recentAnswers) addRecord(p *registry.Prediction, record []byte) {
	if len(record) > maxRecentBytes {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.records == nil {
		r.records = map[string]recentAnswer{}
	}
	if len(r.ids) == maxRecent {
		delete(r.records, r.ids[0])
		r.ids = r.ids[1:]
	}
	r.records[p.ID], r.ids = recentAnswer{p.Account, len(p.Said) > 0, record}, append(r.ids, p.ID)
}

// Recent finds one of the last answers that this process gave.
func (p *Predictor) Recent(id string) (found registry.Prediction, ok bool) {
	p.recent.mu.Lock()
	kept, ok := p.recent.records[id]
	p.recent.mu.Unlock()
	if ok {
		ok = json.Unmarshal(kept.record, &found) == nil
	}
	return found, ok
}

// RecentTo are the last answers that this process said to an account, newest first.
func (p *Predictor) RecentTo(account string, limit int) (out []registry.Prediction) {
	for _, record := range p.recent.listSaid(account, limit) {
		var found registry.Prediction
		if json.Unmarshal(record, &found) == nil {
			out = append(out, found)
		}
	}
	return out
}

// listSaid are the last records of what was said to an account, newest first. They are read by
// the caller: whoever answers waits for the lock.
func (r *recentAnswers) listSaid(account string, limit int) (records [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range slices.Backward(r.ids) {
		if len(records) == limit {
			break
		}
		if kept := r.records[id]; kept.said && kept.account == account {
			records = append(records, kept.record)
		}
	}
	return records
}
