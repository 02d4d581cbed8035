package canned

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lfb/internal/auth"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// newDirectory is who may sign in, with one key that works and one that is over.
func newDirectory(note string) (accounts []registry.Account, keys []registry.APIKey) {
	for _, role := range []registry.Role{registry.RoleAdmin, registry.RoleAnalyst, registry.RoleOperator} {
		accounts = append(accounts, registry.Account{Name: string(role), Role: role, CreatedAt: atHour(0)})
	}
	return accounts, []registry.APIKey{
		{
			ID: "6c1f2f9e-0000-4000-8000-000000000001", Account: "operator", Scope: registry.RoleOperator,
			Note: "mobilising system" + note, CreatedAt: atHour(0), UsedAt: atHour(7),
		},
		{
			ID: "6c1f2f9e-0000-4000-8000-000000000002", Account: "analyst", Scope: registry.RoleAnalyst, Note: "old dashboard",
			CreatedAt: atHour(0), RevokedAt: atHour(5),
		},
	}
}

// Account returns one; lfb.ErrNotFound.
func (s *Store) Account(_ context.Context, name string) (registry.Account, error) {
	defer s.lock()()
	if i := slices.IndexFunc(s.accounts, func(a registry.Account) bool { return a.Name == name }); i >= 0 {
		return s.accounts[i], nil
	}
	return registry.Account{}, fmt.Errorf("account %s: %w", name, lfb.ErrNotFound)
}

// Accounts returns all.
func (s *Store) Accounts(context.Context) ([]registry.Account, error) {
	defer s.lock()()
	return slices.Clone(s.accounts), nil
}

// SaveAccount keeps one.
func (s *Store) SaveAccount(_ context.Context, a registry.Account) error {
	defer s.lock()()
	s.accounts = append(slices.DeleteFunc(s.accounts, func(b registry.Account) bool { return b.Name == a.Name }), a)
	return nil
}

// SwapAccount keeps next in the place of was; lfb.ErrConflict where another stands.
func (s *Store) SwapAccount(_ context.Context, was, next registry.Account) error {
	defer s.lock()()
	i := slices.IndexFunc(s.accounts, func(a registry.Account) bool { return a.Name == next.Name })
	switch {
	case i < 0 && was == registry.Account{}:
		s.accounts = append(s.accounts, next)
	case i < 0 || s.accounts[i] != was:
		return fmt.Errorf("account %s: %w", next.Name, lfb.ErrConflict)
	default:
		s.accounts[i] = next
	}
	return nil
}

// EndSessions ends none.
func (s *Store) EndSessions(context.Context, string) (int64, error) { return 0, nil }

// APIKeys returns all.
func (s *Store) APIKeys(context.Context) ([]registry.APIKey, error) {
	defer s.lock()()
	return slices.Clone(s.keys), nil
}

// SaveAPIKey keeps one.
func (s *Store) SaveAPIKey(_ context.Context, k registry.APIKey) error {
	defer s.lock()()
	s.keys = append(s.keys, k)
	return nil
}

// RotateAPIKey gives a key another hash; lfb.ErrNotFound.
func (s *Store) RotateAPIKey(_ context.Context, id, hash string) (registry.APIKey, error) {
	return s.changeKey(id, func(k *registry.APIKey) { k.Hash = hash })
}

// RevokeAPIKey ends a key; lfb.ErrNotFound.
func (s *Store) RevokeAPIKey(_ context.Context, id string, at time.Time) error {
	_, err := s.changeKey(id, func(k *registry.APIKey) { k.RevokedAt = at })
	return err
}

func (s *Store) changeKey(id string, change func(*registry.APIKey)) (registry.APIKey, error) {
	defer s.lock()()
	i := slices.IndexFunc(s.keys, func(k registry.APIKey) bool { return k.ID == id })
	if i < 0 {
		return registry.APIKey{}, fmt.Errorf("API key %s: %w", id, lfb.ErrNotFound)
	}
	change(&s.keys[i])
	return s.keys[i], nil
}

// AppendAudit writes a change down.
func (s *Store) AppendAudit(_ context.Context, e registry.AuditEntry) error {
	defer s.lock()()
	e.ID = int64(len(s.audit) + 1)
	s.audit = append(s.audit, e)
	return nil
}

// Audit returns the changes of an account, newest first.
func (s *Store) Audit(_ context.Context, q registry.AuditQuery) (found []registry.AuditEntry, err error) {
	defer s.lock()()
	for _, e := range slices.Backward(s.audit) {
		if (q.Who == "" || e.Who == q.Who) && strings.Contains(e.Action+e.Target+e.Detail, q.Text) {
			found = append(found, e)
		}
	}
	return found, nil
}

// replayed is a replay of two months.
func (s *Store) replayed() registry.Backfill {
	ref := lfb.Ref{Key: "report/backfill/x", SHA256: strings.Repeat("a", 64), Bytes: 10}
	return registry.Backfill{
		ID: "20170402-220000-1a2b3c4d", Origin: lfb.Synthetic, State: registry.Succeeded,
		Reason: "2 months decided, 1 promoted" + s.note, DataSet: dataSet,
		From: "2017-01", To: "2017-02", LagDays: 30, Report: ref, Plot: ref, Who: "admin", StartedAt: atHour(0),
		EndedAt: atHour(0.4),
	}
}

// Backfills returns the one replay.
func (s *Store) Backfills(context.Context, int) ([]registry.Backfill, error) {
	return []registry.Backfill{s.replayed()}, nil
}

// Backfill returns it with its months.
func (s *Store) Backfill(_ context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error) {
	b := s.replayed()
	if id != b.ID {
		return registry.Backfill{}, nil, fmt.Errorf("replay %s: %w", id, lfb.ErrNotFound)
	}
	scores := []registry.RealisedScore{{
		Role: registry.RoleChampion, Version: previous, Candidate: "gbdt",
		Metrics: makeReport(98.2, s.note).First,
	}}
	return b, []registry.BackfillMonth{
		{Month: "2017-01", KnownTo: "2016-11", State: registry.MonthDecided, Reason: "passed: there is no champion yet" +
			s.note, Passed: true, Realised: scores},
		{Month: "2017-02", KnownTo: "2016-12", State: registry.MonthSkipped, Reason: "too little was published"},
	}, nil
}

// OpenAccounts is one account of each role, whose name is the role, all with one
// password, and their sessions in memory.
func OpenAccounts(password string) (*httpx.Auth, *httpx.Sessions, error) {
	hash, err := auth.HashPassword(password)
	if err != nil {
		return nil, nil, err
	}
	a, s := OpenDoor(accounts{hash: hash})
	return a, s, nil
}

// OpenDoor lets in whoever has an account, with their sessions in memory.
func OpenDoor(a httpx.Accounts) (*httpx.Auth, *httpx.Sessions) {
	auth := httpx.NewAuth(a)
	return auth, httpx.NewSessions(auth, httpx.SessionOptions{Store: &sessions{}, Idle: time.Hour, Max: time.Hour})
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
