package httpx

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"lfb/internal/auth"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Accounts is where accounts are looked up.
type Accounts interface {
	Account(ctx context.Context, name string) (registry.Account, error)
}

// Identity is who a request is from.
type Identity struct {
	Name string
	Role registry.Role
}

type identityKey struct{}

// Who returns the identity of the request; the zero Identity on open paths.
func Who(ctx context.Context) Identity {
	id, _ := ctx.Value(identityKey{}).(Identity)
	return id
}

// How long a verified password is believed without asking again, and how long
// while the database is away.
const (
	fresh = time.Minute
	stale = 24 * time.Hour
)

// Auth verifies who requests are from: HTTP Basic against accounts. A password
// costs an argon2id hash once a minute; in between, and while the database is
// away, the cache answers.
type Auth struct {
	accounts Accounts
	realm    string
	salt     [16]byte
	flight   singleflight.Group

	mu    sync.RWMutex
	known map[[32]byte]verified
}

type verified struct {
	id Identity
	at time.Time
}

// NewAuth makes an Auth over accounts; seed is random bytes that keep the
// cache's keys from being precomputed.
func NewAuth(accounts Accounts, realm string, seed [16]byte) *Auth {
	return &Auth{accounts: accounts, realm: realm, salt: seed, known: map[[32]byte]verified{}}
}

// Require lets requests through whose account has at least the role; open says
// which requests need none. 401 without an account, 403 with a lesser one.
func (a *Auth) Require(role registry.Role, open func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open != nil && open(r) {
			next.ServeHTTP(w, r)
			return
		}
		id, err := a.identify(r)
		switch {
		case errors.Is(err, errWho):
			w.Header().Set("WWW-Authenticate", `Basic realm="`+a.realm+`", charset="UTF-8"`)
			WriteProblem(w, Problem{Status: http.StatusUnauthorized, Detail: "name and password are needed, by HTTP Basic"})
		case err != nil:
			Fail(w, err)
		case !id.Role.Covers(role):
			WriteProblem(w, Problem{Status: http.StatusForbidden, Detail: "account " + id.Name + " has the role " + string(id.Role) + "; this needs " + string(role)})
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), identityKey{}, id)))
		}
	})
}

var errWho = errors.New("no or wrong credentials")

func (a *Auth) identify(r *http.Request) (Identity, error) {
	name, password, ok := r.BasicAuth()
	if !ok || name == "" || password == "" {
		return Identity{}, errWho
	}
	key := a.key(name, password)
	a.mu.RLock()
	v, ok := a.known[key]
	a.mu.RUnlock()
	if ok && time.Since(v.at) < fresh {
		return v.id, nil
	}
	got, err, _ := a.flight.Do(string(key[:]), func() (any, error) { return a.verify(r.Context(), name, password) })
	if err == nil {
		id := got.(Identity)
		a.remember(key, id)
		return id, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if errors.Is(err, errWho) {
		delete(a.known, key)
		return Identity{}, err
	}
	if ok && time.Since(v.at) < stale {
		return v.id, nil // the database is away: believe what was verified before
	}
	return Identity{}, err
}

func (a *Auth) verify(ctx context.Context, name, password string) (Identity, error) {
	acc, err := a.accounts.Account(ctx, name)
	if errors.Is(err, lfb.ErrNotFound) {
		return Identity{}, errWho
	}
	if err != nil {
		return Identity{}, err
	}
	ok, err := auth.PasswordMatches(acc.PasswordHash, password)
	if err != nil {
		return Identity{}, err
	}
	if !ok || acc.Disabled {
		return Identity{}, errWho
	}
	return Identity{Name: acc.Name, Role: acc.Role}, nil
}

func (a *Auth) remember(key [32]byte, id Identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) > 10_000 {
		clear(a.known)
	}
	a.known[key] = verified{id: id, at: time.Now()}
}

func (a *Auth) key(name, password string) [32]byte {
	h := sha256.New()
	h.Write(a.salt[:])
	h.Write([]byte(name))
	h.Write([]byte{0})
	h.Write([]byte(password))
	return [32]byte(h.Sum(nil))
}
