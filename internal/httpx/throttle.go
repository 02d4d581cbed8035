package httpx

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Wrong guesses in a row: some are free, then the wait before the next doubles
// from a second on, up to the lock. An address may hold many people, an account
// is one.
const (
	freeAccount = 5
	freeAddress = 20
	lockFor     = 15 * time.Minute
)

// maxThrottled bounds how many accounts and addresses are watched.
const maxThrottled = 50_000

// loginThrottle counts wrong credentials by account and by address.
type loginThrottle struct {
	now func() time.Time

	mu       sync.Mutex
	failures map[string]failures
}

type failures struct {
	count int
	last  time.Time
}

func newLoginThrottle(now func() time.Time) *loginThrottle {
	return &loginThrottle{now: now, failures: map[string]failures{}}
}

// lockedError says for how long no credentials are looked at.
type lockedError struct {
	who  string
	wait time.Duration
}

// Error does not say whether the account exists.
func (e *lockedError) Error() string {
	return fmt.Sprintf("too many wrong credentials for this %s: try again in %s", e.who, e.wait.Round(time.Second))
}

// locked is an error while any of who must wait.
func (t *loginThrottle) locked(who ...string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, w := range who {
		s := t.failures[w]
		if left := pauseAfter(w, s.count) - now.Sub(s.last); s.count > 0 && left > 0 {
			kind, _, _ := strings.Cut(w, " ")
			return &lockedError{who: kind, wait: left}
		}
	}
	return nil
}

// pauseAfter is the wait after the nth wrong guess in a row.
func pauseAfter(who string, n int) time.Duration {
	free := freeAddress
	if strings.HasPrefix(who, "account ") {
		free = freeAccount
	}
	if n < free {
		return 0
	}
	return min(lockFor, time.Second<<min(n-free, 20))
}

// recordFailure counts one wrong guess against each of who.
func (t *loginThrottle) recordFailure(who ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if len(t.failures) > maxThrottled {
		t.sweep(now)
	}
	for _, w := range who {
		s := t.failures[w]
		if now.Sub(s.last) > lockFor {
			s.count = 0
		}
		t.failures[w] = failures{count: s.count + 1, last: now}
	}
}

// reset forgets the wrong guesses against who.
func (t *loginThrottle) reset(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, who)
}

// sweep drops what is over, and all where that is not enough: memory must not
// grow with the names that somebody makes up.
func (t *loginThrottle) sweep(now time.Time) {
	for w, s := range t.failures {
		if now.Sub(s.last) > lockFor {
			delete(t.failures, w)
		}
	}
	if len(t.failures) > maxThrottled {
		clear(t.failures)
	}
}
