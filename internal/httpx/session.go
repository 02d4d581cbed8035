package httpx

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// SessionStore is where sessions are kept; mysql.DB is one.
type SessionStore interface {
	SaveSession(ctx context.Context, s registry.Session) error
	// Session returns one by the hash of its token; lfb.ErrNotFound.
	Session(ctx context.Context, hash string) (registry.Session, error)
	TouchSession(ctx context.Context, hash string, at time.Time) error
	EndSession(ctx context.Context, hash string) error
}

// SessionOptions are how sessions behave.
type SessionOptions struct {
	Store  SessionStore
	Idle   time.Duration // without use for so long it is over
	Max    time.Duration // it is over then whatever its use
	Secure bool          // cookies for TLS only though this process speaks none: a proxy does
	// Landing is the page for a person who signs in and wanted none; nil: the first page.
	Landing func(registry.Role) string
}

// Sessions are browsers that signed in with a form. doc.go says how a page uses
// them.
type Sessions struct {
	SessionOptions
	auth *Auth
}

// NewSessions makes sessions for the accounts of auth.
func NewSessions(auth *Auth, o SessionOptions) *Sessions {
	return &Sessions{o, auth}
}

// signInPath is that of the sign-in page.
const signInPath = "/sign-in"

// seenPrecision is how exact a session's last use is.
const seenPrecision = time.Minute

// tokenBytes is the length of a session's token.
const tokenBytes = 32

// Require is Auth.Require for pages: a session's cookie will do too, and a
// browser without one is sent to the sign-in page. It stands inside of Wrap, which
// refuses what a page of another site makes a browser send with its cookie.
func (s *Sessions) Require(role registry.Role, open func(*http.Request) bool, next http.Handler) http.Handler {
	plain := s.auth.Require(role, open, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := s.token(r)
		if r.Header.Get("Authorization") != "" || open != nil && open(r) {
			plain.ServeHTTP(w, r)
			return
		}
		var id Identity
		err := errWho
		if ok {
			id, err = s.identify(r, token)
		}
		switch {
		case errors.Is(err, errWho):
			if ok {
				s.setCookie(w, r, "", -1)
			}
			s.askWho(w, r)
		case err != nil:
			Fail(w, err)
		default:
			id.Session = true
			serveAs(w, r, id, role, next)
		}
	})
}

// askWho asks who it is: a person by the sign-in page, a program by a 401. A
// browser's script gets a 401 that makes the browser ask for no password.
func (s *Sessions) askWho(w http.ResponseWriter, r *http.Request) {
	html := strings.Contains(r.Header.Get("Accept"), "text/html")
	switch {
	case html && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		http.Redirect(w, r, signInPath+"?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	case html:
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	case r.Header.Get("Sec-Fetch-Mode") != "":
		WriteProblem(w, Problem{Status: http.StatusUnauthorized, Detail: "sign in first"})
	default:
		s.auth.refuse(w, errWho)
	}
}

// identify finds out whose session it is, as Auth does with a key: asked once,
// then answered from the cache.
func (s *Sessions) identify(r *http.Request, token []byte) (Identity, error) {
	key := tokenHash(token)
	find := func(ctx context.Context, _ string) (verified, error) {
		return s.lookup(ctx, hex.EncodeToString(key[:]))
	}
	v, ok := s.auth.cache.fromMemory(key, find) //nolint:contextcheck // what it starts outlives the request
	if !ok {
		var err error
		if v, err = s.auth.cache.verify(r.Context(), key, find); err != nil {
			return Identity{}, err
		}
	}
	v.id.Address = Address(r)
	return v.id, nil
}

func (s *Sessions) lookup(ctx context.Context, hash string) (verified, error) {
	x, err := s.Store.Session(ctx, hash)
	if errors.Is(err, lfb.ErrNotFound) {
		return verified{}, errWho
	}
	if err != nil {
		return verified{}, err
	}
	now := s.auth.now()
	if !now.Before(x.ExpiresAt) || now.Sub(x.SeenAt) >= s.Idle {
		_ = s.Store.EndSession(ctx, hash) // it is over without that
		return verified{}, errWho
	}
	acc, err := s.auth.accounts.Account(ctx, x.Account)
	switch {
	case errors.Is(err, lfb.ErrNotFound), err == nil && (acc.Disabled || passwordProof(acc.PasswordHash) != x.Proof):
		return verified{}, errWho
	case err != nil:
		return verified{}, err
	}
	if now.Sub(x.SeenAt) >= seenPrecision {
		if err := s.Store.TouchSession(ctx, hash, now); err != nil {
			return verified{}, err
		}
	}
	return verified{id: Identity{Name: acc.Name, Role: acc.Role, OneTime: acc.OneTime}, until: x.ExpiresAt, stale: s.Max},
		nil
}

// signIn makes a new session for whoever has this name and password. While the
// store is away it lives in this process only, until the store is back.
func (s *Sessions) signIn(w http.ResponseWriter, r *http.Request, name, password string) (registry.Role, error) {
	v, err := s.auth.byPassword(r.Context(), name, password, Address(r))
	if err != nil {
		return "", err
	}
	_ = s.end(r) // a session never goes on under another person, nor under an old token
	token := make([]byte, tokenBytes)
	rand.Read(token) // never fails
	key, now := tokenHash(token), s.auth.now()
	err = s.Store.SaveSession(r.Context(), registry.Session{
		Hash: hex.EncodeToString(key[:]), Account: v.id.Name, Proof: passwordProof(v.hash), Address: Address(r),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.Max),
	})
	if err != nil && !errors.Is(err, lfb.ErrUnavailable) {
		return "", err
	}
	s.auth.cache.store(key, verified{id: v.id, until: now.Add(s.Max), at: now, stale: s.Max})
	s.setCookie(w, r, base64.RawURLEncoding.EncodeToString(token), int(s.Max/time.Second))
	return v.id.Role, nil
}

// end ends the request's session, if it has one.
func (s *Sessions) end(r *http.Request) error {
	token, ok := s.token(r)
	if !ok {
		return nil
	}
	key := tokenHash(token)
	err := s.Store.EndSession(r.Context(), hex.EncodeToString(key[:]))
	s.auth.cache.forget(key)
	return err
}

// secure says whether cookies are for TLS only.
func (s *Sessions) secure(r *http.Request) bool { return s.Secure || r.TLS != nil }

// cookieName has the prefix that keeps other hosts and plain HTTP from setting it.
func (s *Sessions) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-lfb-session"
	}
	return "lfb-session"
}

func (s *Sessions) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	})
}

func (s *Sessions) token(r *http.Request) ([]byte, bool) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return nil, false
	}
	token, err := base64.RawURLEncoding.DecodeString(c.Value)
	return token, err == nil && len(token) == tokenBytes
}

// tokenHash is what is kept of a token. The prefix keeps it from being an API
// key's.
func tokenHash(token []byte) [32]byte {
	return sha256.Sum256(append([]byte("lfb session\x00"), token...))
}

func passwordProof(passwordHash string) string {
	sum := sha256.Sum256([]byte(passwordHash))
	return hex.EncodeToString(sum[:])
}
