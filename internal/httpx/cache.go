package httpx

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"lfb/internal/auth"
	"lfb/internal/lfb"
)

// How long credentials that were verified are believed.
const (
	fresh  = 30 * time.Second // without asking
	late   = time.Minute      // while asking in the background: a revocation holds by then
	alone  = time.Hour        // while accounts cannot be asked, not even those remembered on disk
	lately = 24 * time.Hour   // good within it: the guesses of others lock nobody out
	again  = 5 * time.Second  // between two attempts to ask a database that is away
	quick  = 3 * time.Second  // for one answer of the database
)

// maxKnown bounds the cache: credentials, not accounts.
const maxKnown = 10_000

// verified is what was found out of some credentials.
type verified struct {
	id    Identity
	hash  string    // of the password that was verified
	until time.Time // not valid from then on; zero: no end
	at    time.Time
	tried time.Time     // last time that the database was away
	alone time.Duration // for how long it is believed while the database is away, where not for alone
}

// trust is for how long v is believed while the database is away.
func (v *verified) trust() time.Duration { return max(alone, v.alone) }

// check finds out whose credentials these are: errWho for nobody's. known is the
// hash that they were verified against before.
type check func(ctx context.Context, known string) (verified, error)

// cache is credentials that were verified, by a hash of them.
type cache struct {
	now    func() time.Time
	flight singleflight.Group

	mu   sync.RWMutex
	have map[[32]byte]verified
}

func newCache(now func() time.Time) *cache { return &cache{now: now, have: map[[32]byte]verified{}} }

func (c *cache) get(key [32]byte) (verified, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.have[key]
	return v, ok
}

// knows says whether these credentials were good lately.
func (c *cache) knows(key [32]byte) bool {
	v, ok := c.get(key)
	return ok && c.now().Sub(v.at) < lately
}

// fresh answers what needs no waiting.
func (c *cache) fresh(key [32]byte, f check) (verified, bool) {
	v, ok := c.get(key)
	now := c.now()
	if !ok || !v.until.IsZero() && !now.Before(v.until) {
		return v, false
	}
	switch age := now.Sub(v.at); {
	case age < fresh:
		return v, true
	case age < late:
		go func() { _, _ = c.verify(context.Background(), key, f) }() // remembered there, or forgotten
		return v, true
	case age < v.trust() && now.Sub(v.tried) < again:
		return v, true
	}
	return v, false
}

// verify asks, one question at a time for the same credentials.
func (c *cache) verify(ctx context.Context, key [32]byte, f check) (verified, error) {
	old, had := c.get(key)
	if over := old.until; had && !over.IsZero() && !c.now().Before(over) {
		c.forget(key)
		return verified{}, errWho
	}
	got, err, _ := c.flight.Do(string(key[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quick) // others wait for this one too
		defer cancel()
		return f(ctx, old.hash)
	})
	now := c.now()
	if err == nil {
		v := got.(verified)
		v.at = now
		c.put(key, v)
		return v, nil
	}
	if errors.Is(err, errWho) {
		c.forget(key)
		return verified{}, err
	}
	if had && now.Sub(old.at) < old.trust() {
		old.tried = now
		c.put(key, old)
		return old, nil // the database is away: believe what was verified before
	}
	return verified{}, err
}

func (c *cache) put(key [32]byte, v verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.have) >= maxKnown {
		clear(c.have)
	}
	c.have[key] = v
}

func (c *cache) forget(key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.have, key)
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
