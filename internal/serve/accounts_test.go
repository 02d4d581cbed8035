package serve_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

func TestRememberedAccountsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	w, path := servetest.NewWorld(), filepath.Join(t.TempDir(), "accounts.json")
	now := time.Date(2017, 4, 1, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	ann := registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "hash", CreatedAt: now}
	key := registry.APIKey{
		ID: "k1", Hash: "cafe", Account: "ann", Scope: registry.RoleOperator,
		ExpiresAt: now.Add(time.Hour),
	}
	if err := errors.Join(w.SaveAccount(t.Context(), ann), w.SaveAPIKey(t.Context(), key)); err != nil {
		t.Fatal(err)
	}
	r := serve.Remember(w, path, clock, zap.NewNop())
	look := func(account, hash string) (registry.Account, registry.APIKey, error) {
		a, err := r.Account(t.Context(), account)
		k, err2 := r.APIKeyByHash(t.Context(), hash)
		return a, k, errors.Join(err, err2)
	}
	if _, _, err := look("ann", "cafe"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("file = %v, %v, want mode 0600", info, err)
	}
	w.SetDown(true)
	r = serve.Remember(w, path, clock, zap.NewNop()) // a new process
	if a, k, err := look("ann", "cafe"); err != nil || a != ann || k != key {
		t.Errorf("while the database is away = %+v, %+v, %v, want what it said", a, k, err)
	}
	if _, _, err := look("bob", "beef"); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("who was not seen before = %v, want unavailable", err)
	}
	now = now.Add(11 * time.Hour)
	if _, _, err := look("ann", "cafe"); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("half a day later = %v, want unavailable", err)
	}
	now = now.Add(-10 * time.Hour)
	gone := serve.Remember(servetest.NewWorld(), path, clock, zap.NewNop())
	if _, err := gone.Account(t.Context(), "ann"); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("a deleted account = %v, want not found", err)
	}
	r = serve.Remember(w, path, clock, zap.NewNop())
	if _, err := r.Account(t.Context(), "ann"); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("a deleted account after a restart = %v, want it forgotten", err)
	}
}

func TestRememberedSurvivesATornFile(t *testing.T) {
	t.Parallel()
	w, path := servetest.NewWorld(), filepath.Join(t.TempDir(), "accounts.json")
	if err := os.WriteFile(path, []byte(`{"accounts":{"ann"`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serve.Remember(w, path, time.Now, zap.NewNop())
	if _, err := r.Account(t.Context(), "ann"); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Account = %v, want what the database says", err)
	}
}
