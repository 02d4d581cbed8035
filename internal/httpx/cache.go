package httpx

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"lfb/internal/auth"
	"lfb/internal/lfb"
)

// How long credentials that were verified are believed, in the words of HTTP's
// caching (RFC 5861).
const (
	freshFor             = 30 * time.Second // without asking
	staleWhileRevalidate = time.Minute      // while asking in the background: a revocation holds by then
	staleIfError         = time.Hour        // while accounts cannot be asked, not even those remembered on disk
	knownGoodFor         = 24 * time.Hour   // the guesses of others lock nobody out who was let in within it
	retryAfter           = 5 * time.Second  // between two attempts to ask a database that is away
	lookupTimeout        = 3 * time.Second  // for one answer of the database
)

// maxKnown bounds the cache: credentials, not accounts.
const maxKnown = 10_000

// verified is what was found out of some credentials.
type verified struct {
	id    Identity
	hash  string    // of the password that was verified
	until time.Time // not valid from then on; zero: no end
	at    time.Time
	stale time.Duration // for how long it is believed while the database is away; less than staleIfError is that
}

func (v *verified) staleIfError() time.Duration { return max(staleIfError, v.stale) }

// lookup finds out whose credentials these are: errWho for nobody's. known is the
// hash that they were verified against before.
type lookup func(ctx context.Context, known string) (verified, error)

// credentialCache is credentials that were verified, by a hash of them.
type credentialCache struct {
	now        func() time.Time
	flight     singleflight.Group
	background sync.WaitGroup // questions that no request waits for

	mu      sync.RWMutex
	entries map[[32]byte]verified
	away    bool      // the database did not answer the last question
	asked   time.Time // when that was
}

func newCredentialCache(now func() time.Time) *credentialCache {
	return &credentialCache{now: now, entries: map[[32]byte]verified{}}
}

func (c *credentialCache) entry(key [32]byte) (verified, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.entries[key]
	return v, ok
}

// knownGood says whether whoever has these credentials was let in before.
func (c *credentialCache) knownGood(key [32]byte) bool {
	v, ok := c.entry(key)
	return ok && c.now().Sub(v.at) < knownGoodFor
}

// fromMemory answers what needs no waiting.
func (c *credentialCache) fromMemory(key [32]byte, find lookup) (verified, bool) {
	v, ok := c.entry(key)
	now := c.now()
	if !ok || !v.until.IsZero() && !now.Before(v.until) {
		return v, false
	}
	switch age := now.Sub(v.at); {
	case age < freshFor:
		return v, true
	case age < staleWhileRevalidate, age < v.staleIfError() && c.isAway():
		if c.mayAsk(now) {
			c.background.Go(func() { _, _ = c.verify(context.Background(), key, find) }) // remembered there, or forgotten
		}
		return v, true
	}
	return v, false
}

func (c *credentialCache) isAway() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.away
}

// mayAsk says whether the database may be asked in the background: always while it
// answers, and now and then while it does not, as each question then waits.
func (c *credentialCache) mayAsk(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away && now.Sub(c.asked) < retryAfter {
		return false
	}
	c.asked = now
	return true
}

// noteAnswer remembers whether the database answered.
func (c *credentialCache) noteAnswer(err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away, c.asked = err != nil && Status(err) == http.StatusServiceUnavailable, now
}

// verify asks, one question at a time for the same credentials.
func (c *credentialCache) verify(ctx context.Context, key [32]byte, find lookup) (verified, error) {
	old, had := c.entry(key)
	if over := old.until; had && !over.IsZero() && !c.now().Before(over) {
		c.forget(key)
		return verified{}, errWho
	}
	got, err, _ := c.flight.Do(string(key[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout) // others wait for this one too
		defer cancel()
		return find(ctx, old.hash)
	})
	now := c.now()
	c.noteAnswer(err, now)
	if err == nil {
		v := got.(verified)
		v.at = now
		c.store(key, v)
		return v, nil
	}
	if errors.Is(err, errWho) {
		c.forget(key)
		return verified{}, err
	}
	if had && now.Sub(old.at) < old.staleIfError() {
		return old, nil // the database is away: believe what was verified before
	}
	return verified{}, err
}

func (c *credentialCache) store(key [32]byte, v verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxKnown {
		clear(c.entries)
	}
	c.entries[key] = v
}

func (c *credentialCache) forget(key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// nobodysHash is the hash of a password that nobody has, at the cost of others.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$bm9ib2R5bm9ib2R5bm9ib2R5bm9ib2R5bm9ib2R5bm8"

// matches compares, where there is room for another hash.
func (a *Auth) matches(ctx context.Context, hash, password string) (bool, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return false, errors.Join(ctx.Err(), lfb.ErrUnavailable)
	}
	return auth.PasswordMatches(hash, password)
}
