package canned

import (
	"context"
	"sync"
	"time"

	"lfb/internal/auth"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// OpenAccounts is one account of each role, whose name is the role, all with one
// password, and their sessions in memory.
func OpenAccounts(password string) (*httpx.Auth, *httpx.Sessions, error) {
	hash, err := auth.HashPassword(password)
	if err != nil {
		return nil, nil, err
	}
	a := httpx.NewAuth(accounts{hash: hash})
	return a, httpx.NewSessions(a, httpx.SessionOptions{Store: &sessions{}, Idle: time.Hour, Max: time.Hour}), nil
}

type accounts struct {
	httpx.Accounts
	hash string
}

// Account is the one whose name is a role.
func (a accounts) Account(_ context.Context, name string) (registry.Account, error) {
	role := registry.Role(name)
	if !role.Covers(registry.RoleOperator) {
		return registry.Account{}, lfb.ErrNotFound
	}
	return registry.Account{Name: name, PasswordHash: a.hash, Role: role}, nil
}

// sessions are by their hash.
type sessions struct{ byHash sync.Map }

// SaveSession keeps it.
func (d *sessions) SaveSession(_ context.Context, s registry.Session) error {
	d.byHash.Store(s.Hash, s)
	return nil
}

// Session finds it by its hash.
func (d *sessions) Session(_ context.Context, hash string) (registry.Session, error) {
	if s, ok := d.byHash.Load(hash); ok {
		return s.(registry.Session), nil
	}
	return registry.Session{}, lfb.ErrNotFound
}

// TouchSession changes nothing: the canned clock stands.
func (d *sessions) TouchSession(context.Context, string, time.Time) error { return nil }

// EndSession forgets it.
func (d *sessions) EndSession(_ context.Context, hash string) error {
	d.byHash.Delete(hash)
	return nil
}
