package httpx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"lfb/internal/auth"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// people is accounts and keys in memory.
type people struct {
	mu       sync.Mutex
	down     bool
	asked    int
	accounts map[string]registry.Account
	keys     map[string]registry.APIKey
}

func (p *people) Account(_ context.Context, name string) (registry.Account, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	a, ok := p.accounts[name]
	return a, p.err(ok)
}

func (p *people) NoteKeyUse(_ context.Context, id string, at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for hash, k := range p.keys {
		if k.ID == id {
			k.UsedAt = at
			p.keys[hash] = k
		}
	}
	return p.err(true)
}

func (p *people) APIKeyByHash(_ context.Context, hash string) (registry.APIKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	k, ok := p.keys[hash]
	return k, p.err(ok)
}

func (p *people) err(ok bool) error {
	switch {
	case p.down:
		return fmt.Errorf("database: %w", lfb.ErrUnavailable)
	case !ok:
		return fmt.Errorf("database: %w", lfb.ErrNotFound)
	}
	return nil
}

// change changes the database.
func (p *people) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

var annsHash = sync.OnceValues(func() (string, error) { return auth.HashPassword("secret") })

// slowPeople is accounts in a database that hangs, once it is told to.
type slowPeople struct {
	*people
	hangs atomic.Bool
}

func (s *slowPeople) Account(ctx context.Context, name string) (registry.Account, error) {
	if s.hangs.Load() {
		<-ctx.Done()
		return registry.Account{}, ctx.Err()
	}
	return s.people.Account(ctx, name)
}

// TestOneTimePasswordEnds: it opens until its end and not from then on, also where it was
// let in before, and whoever has it is told.
func TestOneTimePasswordEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newDoor(t).people
		ann := store.accounts["ann"]
		ann.OneTime, ann.OneTimeUntil = true, time.Now().Add(time.Minute)
		store.accounts["ann"] = ann
		h := Wrap(NewAuth(store).Require(registry.RoleOperator, nil,
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), 1, zap.NewNop())
		ask := func() (int, string) {
			r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
			r.SetBasicAuth("ann", "secret")
			h.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		if status, body := ask(); status != 200 {
			t.Fatalf("before its end = %d %s", status, body)
		}
		time.Sleep(time.Minute)
		if status, _ := ask(); status != 401 {
			t.Errorf("at its end, let in before = %d, want 401", status)
		}
		if status, body := ask(); status != 401 || !strings.Contains(body, "one-time password is over") {
			t.Errorf("from its end on = %d %s", status, body)
		}
	})
}

// TestNobodyWaitsTwiceForADatabaseThatHangs: whoever was let in before waits for a
// database that hangs until one question to it has failed, and nobody after that; what
// is odd is asked of no database.
func TestNobodyWaitsTwiceForADatabaseThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slowPeople{people: newDoor(t).people}
		h := Wrap(NewAuth(store).Require(registry.RoleOperator, nil,
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), 1, zap.NewNop())
		ask := func(name, password string) (int, time.Duration) {
			began := time.Now()
			r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
			r.SetBasicAuth(name, password)
			h.ServeHTTP(w, r)
			return w.Code, time.Since(began)
		}
		if status, _ := ask("ann", "secret"); status != 200 {
			t.Fatalf("ann = %d, want 200", status)
		}
		store.hangs.Store(true)
		if status, took := ask("ann\xff", "secret"); status != 401 || took != 0 {
			t.Errorf("a name that is no text = %d after %v, want 401 at once", status, took)
		}
		time.Sleep(2 * staleWhileRevalidate)
		if status, took := ask("ann", "secret"); status != 200 || took > lookupTimeout {
			t.Errorf("the first = %d after %v, want 200 within %v", status, took, lookupTimeout)
		}
		for range 100 {
			time.Sleep(time.Second)
			if status, took := ask("ann", "secret"); status != 200 || took != 0 {
				t.Fatalf("one after it = %d after %v, want 200 at once", status, took)
			}
		}
		store.hangs.Store(false)
		time.Sleep(retryAfter)
		ask("ann", "secret") // asks in the background
		synctest.Wait()
		store.change(func() { delete(store.accounts, "ann") })
		time.Sleep(staleWhileRevalidate)
		if status, _ := ask("ann", "secret"); status != 401 {
			t.Errorf("an account that is gone, a minute after the database is back = %d, want 401", status)
		}
	})
}

// door is an Auth with a clock that tests turn.
type door struct {
	*people
	auth *Auth
	time atomic.Int64
}

// wait lets time pass, when what is asked in the background has its answer: one that
// is given later would be of another time than the test means.
func (d *door) wait(t time.Duration) {
	d.auth.cache.background.Wait()
	d.time.Add(int64(t))
}

func newDoor(t testing.TB) *door {
	t.Helper()
	hash, err := annsHash()
	if err != nil {
		t.Fatal(err)
	}
	key := func(k string) string {
		sum := sha256.Sum256([]byte(k))
		return hex.EncodeToString(sum[:])
	}
	d := &door{people: &people{accounts: map[string]registry.Account{}, keys: map[string]registry.APIKey{}}}
	d.time.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	for name, role := range map[string]registry.Role{
		"ann": registry.RoleOperator, "eve": registry.RoleOperator,
		"root": registry.RoleAdmin,
	} {
		d.accounts[name] = registry.Account{Name: name, PasswordHash: hash, Role: role}
	}
	d.keys[key("k-ann")] = registry.APIKey{ID: "1", Account: "ann", Scope: registry.RoleAdmin}
	d.keys[key("k-root")] = registry.APIKey{ID: "2", Account: "root", Scope: registry.RoleOperator}
	d.keys[key("k-short")] = registry.APIKey{
		ID: "3", Account: "root", Scope: registry.RoleAdmin,
		ExpiresAt: d.now().Add(20 * time.Second),
	}
	d.keys[key("k-gone")] = registry.APIKey{ID: "4", Account: "root", Scope: registry.RoleAdmin, RevokedAt: d.now()}
	d.keys[key("k-orphan")] = registry.APIKey{ID: "5", Account: "nobody", Scope: registry.RoleAdmin}
	d.auth = NewAuth(d)
	d.auth.now = d.now
	return d
}

func (d *door) now() time.Time { return time.Unix(0, d.time.Load()) }

// knock asks with name:password or with a key, from an address.
func (d *door) knock(role registry.Role, as, from string) *http.Response {
	r := httptest.NewRequest("GET", "/", nil)
	if name, password, ok := strings.Cut(as, ":"); ok {
		r.SetBasicAuth(name, password)
	} else if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	r.RemoteAddr = from + ":1234"
	w := httptest.NewRecorder()
	d.auth.Require(role, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%+v", Who(r.Context()))
	})).ServeHTTP(w, r)
	return w.Result()
}

func (d *door) expect(t *testing.T, as, from string, want int) {
	t.Helper()
	if got := d.knock(registry.RoleOperator, as, from); got.StatusCode != want {
		t.Fatalf("%q from %s = %d, want %d", as, from, got.StatusCode, want)
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		as   string
		role registry.Role
		want int
	}{
		{"ann:secret", registry.RoleOperator, 200},
		{"ann:secret", registry.RoleAdmin, 403},
		{"ann:wrong", registry.RoleOperator, 401},
		{"nobody:secret", registry.RoleOperator, 401},
		{"ann:", registry.RoleOperator, 401},
		{"", registry.RoleOperator, 401},
		{"root:secret", registry.RoleAdmin, 200},
		{"k-ann", registry.RoleOperator, 200},
		{"k-ann", registry.RoleAdmin, 403}, // no more than the account
		{"k-root", registry.RoleOperator, 200},
		{"k-root", registry.RoleAdmin, 403}, // no more than the scope
		{"k-short", registry.RoleAdmin, 200},
		{"k-gone", registry.RoleOperator, 401},
		{"k-orphan", registry.RoleOperator, 401},
		{"k-unknown", registry.RoleOperator, 401},
	}
	for _, tt := range tests {
		t.Run(tt.as+" as "+string(tt.role), func(t *testing.T) {
			t.Parallel()
			got := newDoor(t).knock(tt.role, tt.as, "10.0.0.1")
			if got.StatusCode != tt.want || (tt.want == 401) != (len(got.Header.Values("WWW-Authenticate")) == 2) {
				t.Errorf("%q = %d, %q, want %d", tt.as, got.StatusCode, got.Header, tt.want)
			}
		})
	}
}

func TestCacheAnswersWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for _, as := range []string{"ann:secret", "k-ann"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.expect(t, as, "10.0.0.1", 200)
			asked := d.asked
			for range 100 {
				d.expect(t, as, "10.0.0.1", 200)
			}
			if d.asked != asked {
				t.Errorf("the database was asked %d times more within the minute", d.asked-asked)
			}
			d.change(func() { d.down = true })
			for range 5 {
				d.wait(10 * time.Minute)
				d.expect(t, as, "10.0.0.1", 200)
			}
			d.expect(t, "root:secret", "10.0.0.1", 503) // never seen: nobody can tell
			d.wait(time.Hour)
			d.expect(t, as, "10.0.0.1", 503)
		})
	}
}

func TestRevocationHoldsWithinAMinute(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, as string
		revoke   func(d *door)
	}{
		{"a key", "k-ann", func(d *door) { clear(d.keys) }},
		{"the account of a key", "k-ann", func(d *door) { delete(d.accounts, "ann") }},
		{"an account", "ann:secret", func(d *door) {
			a := d.accounts["ann"]
			a.Disabled = true
			d.accounts["ann"] = a
		}},
		{"a password", "ann:secret", func(d *door) {
			a := d.accounts["ann"]
			a.PasswordHash = nobodysHash
			d.accounts["ann"] = a
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.expect(t, tt.as, "10.0.0.1", 200)
			d.change(func() { tt.revoke(d) })
			d.wait(time.Minute)
			d.expect(t, tt.as, "10.0.0.1", 401)
		})
	}
	d := newDoor(t)
	d.expect(t, "k-short", "10.0.0.1", 200)
	d.wait(20 * time.Second) // still fresh in the cache, but over
	d.expect(t, "k-short", "10.0.0.1", 401)
}

func TestGuessingSlowsDownAndLocks(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.expect(t, "eve:secret", "10.0.0.9", 200)
	for i := range freeAccount {
		d.expect(t, "ann:wrong", fmt.Sprintf("10.0.1.%d", i), 401)
	}
	d.expect(t, "ann:wrong", "10.0.2.1", 429)
	d.expect(t, "ann:secret", "10.0.2.1", 429) // not even the right one, or guessing goes on
	d.expect(t, "root:secret", "10.0.2.1", 200)
	d.wait(time.Second)
	d.expect(t, "ann:wrong", "10.0.2.1", 401)
	d.wait(time.Second)
	got := d.knock(registry.RoleOperator, "ann:secret", "10.0.2.1") // two seconds by now
	if got.StatusCode != 429 || got.Header.Get("Retry-After") == "" {
		t.Fatalf("the wait after a sixth guess = %d, Retry-After %q, want 429", got.StatusCode, got.Header.Get("Retry-After"))
	}
	d.wait(time.Second)
	d.expect(t, "ann:secret", "10.0.2.1", 200)
	for range freeAccount {
		d.expect(t, "ann:wrong", "10.0.3.1", 401) // a right one starts the count again
	}
	d.expect(t, "ann:wrong", "10.0.3.1", 429)
	d.expect(t, "ann:secret", "10.0.3.1", 200) // verified before: the guesses of others do not lock out
}

func TestGuessingLocksAnAddress(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for i := range freeAddress {
		d.expect(t, fmt.Sprintf("k-guess-%d", i), "10.0.0.1", 401)
	}
	d.expect(t, "k-root", "10.0.0.1", 429)
	d.expect(t, "ann:secret", "10.0.0.1", 429)
	d.expect(t, "ann:secret", "10.0.0.2", 200)
	d.wait(lockFor)
	d.expect(t, "k-root", "10.0.0.1", 200)
}

func TestPauseAfter(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{
		0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 10: 32 * time.Second,
		15: lockFor, 1000: lockFor,
	} {
		if got := pauseAfter("account x", n); got != want {
			t.Errorf("pauseAfter(account, %d) = %v, want %v", n, got, want)
		}
	}
}

func TestUnknownAccountCostsAHashToo(t *testing.T) {
	t.Parallel()
	if ok, err := auth.PasswordMatches(nobodysHash, "secret"); ok || err != nil {
		t.Errorf("PasswordMatches(nobody's hash) = %v, %v, want false: it must be computed", ok, err)
	}
}

func TestInternalTextStaysHere(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		fmt.Errorf("dial tcp 10.1.2.3:3306: %w", lfb.ErrUnavailable),
		fmt.Errorf("secret table 10.1.2.3"),
	} {
		w := httptest.NewRecorder()
		Fail(w, err)
		if got := w.Body.String() + Err(err).Error(); strings.Contains(got, "10.1.2.3") {
			t.Errorf("Fail(%v) = %s, want nothing of inside", err, got)
		}
	}
}

// TestNobodyCostsAsMuch keeps a name that is not there from being told by the time
// that it takes.
func TestNobodyCostsAsMuch(t *testing.T) {
	t.Parallel()
	real, err := annsHash()
	if err != nil {
		t.Fatal(err)
	}
	cost := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }
	if cost(nobodysHash) != cost(real) || len(nobodysHash) != len(real) {
		t.Errorf("nobody's hash costs %s, an account's %s", cost(nobodysHash), cost(real))
	}
	if ok, err := auth.PasswordMatches(nobodysHash, "secret"); ok || err != nil {
		t.Errorf("nobody's hash = %v, %v, want it to be compared and to match nothing", ok, err)
	}
}
