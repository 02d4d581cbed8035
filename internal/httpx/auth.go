package httpx

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Accounts is where accounts and API keys are looked up.
type Accounts interface {
	// Account returns one account; lfb.ErrNotFound.
	Account(ctx context.Context, name string) (registry.Account, error)
	// APIKeyByHash returns the key with that SHA-256, revoked and expired ones too;
	// lfb.ErrNotFound.
	APIKeyByHash(ctx context.Context, hash string) (registry.APIKey, error)
	// NoteKeyUse notes when a key was used.
	NoteKeyUse(ctx context.Context, id string, at time.Time) error
}

// Identity is who a request is from.
type Identity struct {
	Name    string
	Role    registry.Role
	Key     string // id of the API key; empty for a password
	Session bool   // signed in by a form, so that one can sign out
	OneTime bool   // by a password that is to be changed
	Address string // of the client
}

type identityKey struct{}

// Who returns the identity of the request; the zero Identity on open paths.
func Who(ctx context.Context) Identity {
	id, _ := ctx.Value(identityKey{}).(Identity)
	return id
}

// Auth verifies who requests are from: HTTP Basic against accounts, or a bearer
// API key. Both are verified once and then answered from a cache, also while the
// database is away. Guessing is slowed down and then locked out, by account and
// by address.
type Auth struct {
	accounts Accounts
	salt     [16]byte // keeps the cache's keys from being precomputed
	cache    *credentialCache
	throttle *loginThrottle
	hashing  chan struct{} // room for one password hash each
	now      func() time.Time
}

// maxHashing is how many passwords are hashed at once, at 19 MiB each.
const maxHashing = 2

// maxSecret is how many bytes of name and password are looked at.
const maxSecret = 1 << 10

// NewAuth makes an Auth over accounts.
func NewAuth(accounts Accounts) *Auth {
	a := &Auth{accounts: accounts, hashing: make(chan struct{}, maxHashing), now: time.Now}
	rand.Read(a.salt[:]) // never fails
	clock := func() time.Time { return a.now() }
	a.cache, a.throttle = newCredentialCache(clock), newLoginThrottle(clock)
	return a
}

// Require lets requests through whose account has at least the role; open says
// which requests need none. 401 without an account, 403 with a lesser one, 429
// after too many wrong guesses.
func (a *Auth) Require(role registry.Role, open func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open != nil && open(r) {
			next.ServeHTTP(w, r)
			return
		}
		id, err := a.identify(r)
		if err != nil {
			a.refuse(w, err)
			return
		}
		serveAs(w, r, id, role, next)
	})
}

// serveAs answers a request of somebody who is known, where they have the role.
func serveAs(w http.ResponseWriter, r *http.Request, id Identity, role registry.Role, next http.Handler) {
	if !id.Role.Covers(role) {
		text := "account " + id.Name + " has the role " + string(id.Role) + "; this needs " + string(role)
		WriteProblem(w, Problem{Status: http.StatusForbidden, Detail: text})
		return
	}
	a := answerOf(r.Context())
	a.account, a.request = id.Name, r.WithContext(context.WithValue(r.Context(), identityKey{}, id))
	next.ServeHTTP(w, a.request)
}

// RefuseOneTime refuses whoever came by a one-time password, on which nothing may be done but
// to change it. It stands inside of Require.
func RefuseOneTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Who(r.Context()).OneTime {
			WriteProblem(w, Problem{
				Status: http.StatusForbidden, Code: CodePasswordChange,
				Detail: "this is a one-time password: first change it, by POST /v1/password of the admin API or on the web pages",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *Auth) refuse(w http.ResponseWriter, err error) {
	var locked *lockedError
	switch {
	case errors.As(err, &locked):
		w.Header().Set("Retry-After", strconv.Itoa(int(locked.wait/time.Second)+1))
		WriteProblem(w, Problem{Status: http.StatusTooManyRequests, Detail: locked.Error()})
	case errors.Is(err, errWho):
		w.Header().Add("WWW-Authenticate", `Basic realm="lfb", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="lfb"`)
		if errors.Is(err, errOneTimeOver) {
			WriteProblem(w, Problem{Status: http.StatusUnauthorized, Detail: "this one-time password is over: have an " +
				"administrator make another"})
			return
		}
		WriteProblem(w, Problem{Status: http.StatusUnauthorized, Detail: "name and password by HTTP Basic, or an API key " +
			"by Bearer, are needed"})
	default:
		Fail(w, err)
	}
}

var errWho = errors.New("no or wrong credentials")

// errOneTimeOver is that a one-time password was right, and is past its end.
var errOneTimeOver = fmt.Errorf("this one-time password is over: have an administrator make another: %w", errWho)

func (a *Auth) identify(r *http.Request) (Identity, error) {
	address := Address(r)
	var v verified
	err := errWho
	if key, ok := bearerKey(r); ok {
		v, err = a.byKey(r.Context(), key, address)
	} else if name, password, ok := r.BasicAuth(); ok {
		v, err = a.byPassword(r.Context(), name, password, address)
	}
	v.id.Address = address
	return v.id, err
}

func bearerKey(r *http.Request) (key string, ok bool) {
	scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(key), ok && key != "" && strings.EqualFold(scheme, "Bearer")
}

func (a *Auth) byPassword(ctx context.Context, name, password, address string) (verified, error) {
	if name == "" || password == "" || isOdd(name, maxSecret) || len(password) > maxSecret {
		return verified{}, errWho
	}
	key := a.key(name, password)
	find := func(ctx context.Context, known string) (verified, error) {
		return a.password(ctx, name, password, known)
	}
	return a.guarded(ctx, key, find, "address "+address, "account "+name)
}

func (a *Auth) byKey(ctx context.Context, key, address string) (verified, error) {
	sum := sha256.Sum256([]byte(key))
	find := func(ctx context.Context, _ string) (verified, error) {
		return a.apiKey(ctx, hex.EncodeToString(sum[:]))
	}
	return a.guarded(ctx, sum, find, "address "+address)
}

// VerifyPassword says whether the password is the account's. Wrong guesses count as those of
// a sign-in do.
func (a *Auth) VerifyPassword(r *http.Request, name, password string) error {
	_, err := a.byPassword(r.Context(), name, password, Address(r))
	if errors.Is(err, errWho) {
		return fmt.Errorf("that is not your password: %w", lfb.ErrInvalid)
	}
	return err
}

// guarded answers from the cache where it can, and counts wrong guesses against
// each of who. Whoever was let in before with the same credentials is not locked
// out by the guesses of others.
func (a *Auth) guarded(ctx context.Context, key [32]byte, find lookup, who ...string) (verified, error) {
	if v, ok := a.cache.fromMemory(key, find); ok { //nolint:contextcheck // what it starts outlives the request
		return v, nil
	}
	if !a.cache.knownGood(key) {
		if err := a.throttle.locked(who...); err != nil {
			return verified{}, err
		}
	}
	v, err := a.cache.verify(ctx, key, find)
	switch {
	case errors.Is(err, errWho):
		a.throttle.recordFailure(who...)
	case err == nil && len(who) > 1:
		a.throttle.reset(who[1]) // an address is not cleared by one right account
	}
	return v, err
}

// password looks the account up. known is the hash that this password was
// verified against before: while it stands, nothing need be hashed.
func (a *Auth) password(ctx context.Context, name, password, known string) (verified, error) {
	acc, err := a.accounts.Account(ctx, name)
	missing := errors.Is(err, lfb.ErrNotFound)
	if err != nil && !missing {
		return verified{}, err
	}
	if missing {
		acc.PasswordHash = nobodysHash // so that it takes as long as for an account that is there
	}
	if acc.PasswordHash != known {
		ok, err := a.matches(ctx, acc.PasswordHash, password)
		if err != nil {
			return verified{}, err
		}
		if !ok {
			return verified{}, errWho
		}
	}
	if missing || acc.Disabled {
		return verified{}, errWho
	}
	if acc.OneTime && !acc.OneTimeUntil.IsZero() && !a.now().Before(acc.OneTimeUntil) {
		return verified{}, errOneTimeOver
	}
	return verified{
		id: Identity{Name: acc.Name, Role: acc.Role, OneTime: acc.OneTime}, hash: acc.PasswordHash,
		until: acc.OneTimeUntil,
	}, nil
}

// apiKey looks the key and its account up: it may do what both may.
func (a *Auth) apiKey(ctx context.Context, hash string) (verified, error) {
	k, err := a.accounts.APIKeyByHash(ctx, hash)
	if errors.Is(err, lfb.ErrNotFound) {
		return verified{}, errWho
	}
	if err != nil {
		return verified{}, err
	}
	now := a.now()
	if k.IsOver(now) {
		return verified{}, errWho
	}
	acc, err := a.accounts.Account(ctx, k.Account)
	if errors.Is(err, lfb.ErrNotFound) || err == nil && acc.Disabled {
		return verified{}, errWho
	}
	if err != nil {
		return verified{}, err
	}
	if now.Sub(k.UsedAt) >= seenPrecision {
		_ = a.accounts.NoteKeyUse(ctx, k.ID, now) // it is let in without that
	}
	role := k.Scope
	if !role.IsNarrow() && !acc.Role.Covers(role) {
		role = acc.Role
	}
	return verified{id: Identity{Name: acc.Name, Role: role, Key: k.ID}, until: k.ExpiresAt}, nil
}

func (a *Auth) key(name, password string) [32]byte {
	return sha256.Sum256(slices.Concat(a.salt[:], []byte(name), []byte{0}, []byte(password)))
}
