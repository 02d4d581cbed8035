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

// maxGuesses bounds how many accounts and addresses are watched.
const maxGuesses = 50_000

// guesses counts wrong credentials by account and by address.
type guesses struct {
	now func() time.Time

	mu sync.Mutex
	by map[string]strikes
}

type strikes struct {
	n    int
	last time.Time
}

func newGuesses(now func() time.Time) *guesses { return &guesses{now: now, by: map[string]strikes{}} }

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
func (g *guesses) locked(who ...string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for _, w := range who {
		s := g.by[w]
		if left := pauseOf(w, s.n) - now.Sub(s.last); s.n > 0 && left > 0 {
			kind, _, _ := strings.Cut(w, " ")
			return &lockedError{who: kind, wait: left}
		}
	}
	return nil
}

// pauseOf is the wait after the nth wrong guess in a row.
func pauseOf(who string, n int) time.Duration {
	free := freeAddress
	if strings.HasPrefix(who, "account ") {
		free = freeAccount
	}
	if n < free {
		return 0
	}
	return min(lockFor, time.Second<<min(n-free, 20))
}

// wrong counts one wrong guess against each of who.
func (g *guesses) wrong(who ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if len(g.by) > maxGuesses {
		g.sweep(now)
	}
	for _, w := range who {
		s := g.by[w]
		if now.Sub(s.last) > lockFor {
			s.n = 0
		}
		g.by[w] = strikes{n: s.n + 1, last: now}
	}
}

// right forgets the wrong guesses against who.
func (g *guesses) right(who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.by, who)
}

// sweep drops what is over, and all where that is not enough: memory must not
// grow with the names that somebody makes up.
func (g *guesses) sweep(now time.Time) {
	for w, s := range g.by {
		if now.Sub(s.last) > lockFor {
			delete(g.by, w)
		}
	}
	if len(g.by) > maxGuesses {
		clear(g.by)
	}
}
