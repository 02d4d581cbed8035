package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"sync"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Accounts is where accounts and API keys are looked up.
type Accounts interface {
	Account(ctx context.Context, name string) (registry.Account, error)
	APIKeyByHash(ctx context.Context, hash string) (registry.APIKey, error)
	NoteKeyUse(ctx context.Context, id string, at time.Time) error
}

// How long a remembered account or key stands in for a database that is away, and
// how many are remembered. With the hour for which httpx believes what it was told
// last, that is half a day: an outage over a whole shift locks no operator out, and
// whoever was revoked just before it, or on the far side of it, has half a day at
// most, of nothing but asking: all else needs the database.
const (
	believed      = 11 * time.Hour
	renewed       = 10 * time.Minute // how stale a remembered time may get before it is written anew
	maxRemembered = 1000
)

// Remembered is Accounts whose answers are kept on local disk, so that a process
// that starts while the database is away can still tell who asks. The file holds
// what the database holds, hashes and no secrets, for its owner's eyes only. A
// record that the database says is gone, or that is older than believed, is not used.
type Remembered struct {
	accounts Accounts
	path     string
	now      func() time.Time
	log      *zap.Logger

	mu        sync.Mutex
	kept      remembered
	awayUntil time.Time // the database did not answer a moment ago: until then it is not waited for again
}

type remembered struct {
	Accounts map[string]keptAccount `json:"accounts"` // by name
	Keys     map[string]keptKey     `json:"keys"`     // by hash
}

type keptAccount struct {
	Seen     time.Time        `json:"seen"`
	Account  registry.Account `json:"account"`
	Password string           `json:"password_hash"` // registry.Account does not show it
}

type keptKey struct {
	Seen time.Time       `json:"seen"`
	Key  registry.APIKey `json:"key"`
	Hash string          `json:"hash"`
}

// Remember puts a memory at path before accounts.
func Remember(accounts Accounts, path string, now func() time.Time, log *zap.Logger) *Remembered {
	r := &Remembered{accounts: accounts, path: path, now: now, log: log}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r.kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.kept = remembered{}
		log.Warn("remembered accounts unusable", zap.Error(err))
	}
	if r.kept.Accounts == nil {
		r.kept.Accounts = map[string]keptAccount{}
	}
	if r.kept.Keys == nil {
		r.kept.Keys = map[string]keptKey{}
	}
	return r
}

// Account asks, and falls back on what was answered before.
func (r *Remembered) Account(ctx context.Context, name string) (registry.Account, error) {
	got, err := askDatabase(ctx, r, r.accounts.Account, name)
	return recall(r, r.kept.Accounts, name, keptAccount{Account: got, Password: got.PasswordHash, Seen: r.now()}, err)
}

// APIKeyByHash asks, and falls back on what was answered before.
func (r *Remembered) APIKeyByHash(ctx context.Context, hash string) (registry.APIKey, error) {
	got, err := askDatabase(ctx, r, r.accounts.APIKeyByHash, hash)
	return recall(r, r.kept.Keys, hash, keptKey{Key: got, Hash: got.Hash, Seen: r.now()}, err)
}

// NoteKeyUse notes it in the database, unless that did not answer a moment ago.
func (r *Remembered) NoteKeyUse(ctx context.Context, id string, at time.Time) error {
	_, err := askDatabase(ctx, r, func(ctx context.Context, id string) (struct{}, error) {
		return struct{}{}, r.accounts.NoteKeyUse(ctx, id, at)
	}, id)
	return err
}

// askAgain is how long a database that did not answer is left alone, as each question
// to one that hangs waits.
const askAgain = 5 * time.Second

// askDatabase asks it, unless that did not answer a moment ago.
func askDatabase[T any](ctx context.Context, r *Remembered, question func(context.Context, string) (T, error),
	name string,
) (got T, err error) {
	r.mu.Lock()
	isAway := r.now().Before(r.awayUntil)
	r.mu.Unlock()
	if isAway {
		return got, fmt.Errorf("accounts: %w", lfb.ErrUnavailable)
	}
	if got, err = question(ctx, name); errors.Is(err, lfb.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		r.mu.Lock()
		r.awayUntil = r.now().Add(askAgain)
		r.mu.Unlock()
	}
	return got, err
}

// record is what was kept of a T, and when it was seen.
type record[T any] interface{ restore() (T, time.Time) }

func (k keptAccount) restore() (registry.Account, time.Time) {
	k.Account.PasswordHash = k.Password
	return k.Account, k.Seen
}

func (k keptKey) restore() (registry.APIKey, time.Time) {
	k.Key.Hash = k.Hash
	return k.Key, k.Seen
}

// recall keeps what was got just now where there was no err, forgets what the database says
// is gone, and otherwise gives what was kept.
func recall[T any, R record[T]](r *Remembered, kept map[string]R, name string, now R, err error) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, had := kept[name]
	old, seen := last.restore()
	got, at := now.restore()
	switch {
	case err == nil:
		if !had || !reflect.DeepEqual(old, got) || at.Sub(seen) > renewed {
			kept[name] = now
			limitSize(kept)
			r.save()
		}
	case errors.Is(err, lfb.ErrNotFound):
		if had {
			delete(kept, name)
			r.save()
		}
	case had && at.Sub(seen) < believed:
		return old, nil
	}
	return got, err
}

// limitSize keeps the memory small: it is a help in need, not a copy of the table.
func limitSize[V any](m map[string]V) {
	for k := range m {
		if len(m) <= maxRemembered {
			return
		}
		delete(m, k)
	}
}

func (r *Remembered) save() {
	text, err := json.Marshal(r.kept)
	if err == nil {
		err = replaceFile(r.path, text)
	}
	if err != nil {
		r.log.Warn("accounts not remembered on disk", zap.Error(fmt.Errorf("%s: %w", r.path, err)))
	}
}
