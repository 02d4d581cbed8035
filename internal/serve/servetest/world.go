package servetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/places"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
)

// World is the database and the object store, in memory. It is safe for
// concurrent use.
type World struct {
	Blobs *memblob.Store

	mu          sync.Mutex
	down        error
	accounts    map[string]registry.Account
	keys        map[string]registry.APIKey
	versions    map[string]registry.Version
	ledger      map[string][]registry.Promotion // oldest first
	predictions map[string]registry.Prediction
	places      map[lfb.Origin]registry.PlaceSet
	asked       int
	settings    []registry.Setting // oldest first
}

// Setting is a setting's last revision; lfb.ErrNotFound where it was never set.
func (w *World) Setting(_ context.Context, name string) (registry.Setting, error) {
	unlock, err := w.lock()
	defer unlock()
	for _, s := range slices.Backward(w.settings) {
		if s.Name == name && err == nil {
			return s, nil
		}
	}
	return registry.Setting{}, cmp.Or(err, lfb.ErrNotFound)
}

// AppendSetting adds a setting's next revision; lfb.ErrConflict where that is taken.
func (w *World) AppendSetting(ctx context.Context, s registry.Setting) error {
	last, err := w.Setting(ctx, s.Name)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return err
	}
	if s.Revision != last.Revision+1 {
		return fmt.Errorf("setting %s: %w", s.Name, lfb.ErrConflict)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings = append(w.settings, s)
	return nil
}

// NewWorld is an empty world.
func NewWorld() *World {
	return &World{
		Blobs: memblob.New(), accounts: map[string]registry.Account{}, keys: map[string]registry.APIKey{},
		versions: map[string]registry.Version{}, ledger: map[string][]registry.Promotion{},
		predictions: map[string]registry.Prediction{},
		places:      map[lfb.Origin]registry.PlaceSet{},
	}
}

// SetDown makes every query fail as an unreachable database does, or work again.
func (w *World) SetDown(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down = nil; down {
		w.down = fmt.Errorf("database at 127.0.0.1:3306: %w", lfb.ErrUnavailable)
	}
}

// Asked is how often an account or key was looked up.
func (w *World) Asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// lock is held by every query until its unlock.
func (w *World) lock() (unlock func(), err error) {
	w.mu.Lock()
	return w.mu.Unlock, w.down
}

// Store writes b and makes it a version of the line.
func (w *World) Store(t testing.TB, line string, b *bundle.Bundle) registry.Version {
	t.Helper()
	v, err := w.store(context.Background(), line, b)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *World) store(ctx context.Context, line string, b *bundle.Bundle) (registry.Version, error) {
	ref, err := bundle.Write(ctx, w.Blobs, b)
	if err != nil {
		return registry.Version{}, err
	}
	v := registry.Version{
		ID: ref.SHA256[:12], Line: line, Origin: b.Manifest.Origin, Bundle: ref, RunID: "run 1",
		Candidate: b.Manifest.Candidate, DataSet: b.Manifest.DataSet, TrainedTo: b.Manifest.TrainedTo.UTC(),
		Holdout: ml.Report{First: ml.Metrics{Rows: 500, MAE: 41, RMSE: 63.5, R2: 0.4}}, CreatedAt: b.Manifest.TrainedTo.UTC(),
	}
	return v, w.SaveVersion(ctx, v)
}

// Promote makes the version the champion of its line.
func (w *World) Promote(t testing.TB, v registry.Version) registry.Promotion {
	t.Helper()
	p, err := w.promote(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *World) promote(ctx context.Context, v registry.Version) (registry.Promotion, error) {
	p := registry.Promotion{
		Line: v.Line, To: v.ID, Kind: "promote", Who: "test", Why: "better", RunID: v.RunID,
		At: time.Date(2017, 4, 1, 9, 0, 0, 0, time.UTC), Evidence: json.RawMessage(`{"pass":true}`),
	}
	old, err := w.Promotions(ctx, v.Line, 1)
	if err != nil {
		return p, err
	}
	if len(old) > 0 {
		p.Revision, p.From = old[0].Revision, old[0].To
	}
	p.Revision++
	p.Token = fmt.Sprintf("token %d", p.Revision)
	return p, w.Append(ctx, p)
}

// Crown stores b and promotes it, outside of a test.
func (w *World) Crown(ctx context.Context, line string, b *bundle.Bundle) error {
	v, err := w.store(ctx, line, b)
	if err != nil {
		return err
	}
	_, err = w.promote(ctx, v)
	return err
}

// SaveVersion inserts a version.
func (w *World) SaveVersion(_ context.Context, v registry.Version) error {
	unlock, err := w.lock()
	defer unlock()
	if err == nil {
		w.versions[v.Line+" "+v.ID] = v
	}
	return err
}

// Version returns one version; lfb.ErrNotFound.
func (w *World) Version(_ context.Context, line, id string) (registry.Version, error) {
	unlock, err := w.lock()
	defer unlock()
	v, ok := w.versions[line+" "+id]
	if err == nil && !ok {
		err = fmt.Errorf("version %s: %w", id, lfb.ErrNotFound)
	}
	return v, err
}

// Append adds an entry; lfb.ErrConflict where its revision exists.
func (w *World) Append(_ context.Context, p registry.Promotion) error {
	unlock, err := w.lock()
	defer unlock()
	if err == nil && p.Revision != int64(len(w.ledger[p.Line]))+1 {
		err = fmt.Errorf("revision %d: %w", p.Revision, lfb.ErrConflict)
	}
	if err == nil {
		w.ledger[p.Line] = append(w.ledger[p.Line], p)
	}
	return err
}

// Champion returns the last promotion; lfb.ErrNotFound.
func (w *World) Champion(ctx context.Context, line string) (registry.Promotion, error) {
	ps, err := w.Promotions(ctx, line, 1)
	if err == nil && len(ps) == 0 {
		err = fmt.Errorf("champion of %s: %w", line, lfb.ErrNotFound)
	}
	if err != nil {
		return registry.Promotion{}, err
	}
	ps[0].Evidence = nil
	return ps[0], nil
}

// Promotions returns the ledger, newest first.
func (w *World) Promotions(_ context.Context, line string, limit int) ([]registry.Promotion, error) {
	unlock, err := w.lock()
	defer unlock()
	out := slices.Clone(w.ledger[line])
	slices.Reverse(out)
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

// PublishPlaces makes the set the one that serves beside the origin's models.
func (w *World) PublishPlaces(t testing.TB, origin lfb.Origin, set *places.Set) registry.PlaceSet {
	t.Helper()
	var body bytes.Buffer
	if _, err := set.WriteTo(&body); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Blobs.PutBytes(t.Context(), "places/"+lfb.RefTo("", body.Bytes()).SHA256, body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	record := registry.PlaceSet{
		Origin: origin, Revision: w.places[origin].Revision + 1, File: ref,
		Attribution: places.Attribution,
	}
	w.places[origin] = record
	return record
}

// PlaceSet returns the origin's set that serves; lfb.ErrNotFound.
func (w *World) PlaceSet(_ context.Context, origin lfb.Origin) (registry.PlaceSet, error) {
	unlock, err := w.lock()
	defer unlock()
	s, ok := w.places[origin]
	if err == nil && !ok {
		err = fmt.Errorf("place set of %s: %w", origin, lfb.ErrNotFound)
	}
	return s, err
}

// Account returns one account; lfb.ErrNotFound.
func (w *World) Account(_ context.Context, name string) (registry.Account, error) {
	unlock, err := w.lock()
	defer unlock()
	w.asked++
	a, ok := w.accounts[name]
	if err == nil && !ok {
		err = fmt.Errorf("account %s: %w", name, lfb.ErrNotFound)
	}
	return a, err
}

// SaveAccount inserts or replaces an account.
func (w *World) SaveAccount(_ context.Context, a registry.Account) error {
	unlock, err := w.lock()
	defer unlock()
	if err == nil {
		w.accounts[a.Name] = a
	}
	return err
}

// SwapAccount replaces was, or inserts where it is zero; lfb.ErrConflict where another stands.
func (w *World) SwapAccount(_ context.Context, was, next registry.Account) error {
	unlock, err := w.lock()
	defer unlock()
	switch {
	case err != nil:
	case w.accounts[next.Name] != was:
		err = fmt.Errorf("account %s: %w", next.Name, lfb.ErrConflict)
	default:
		w.accounts[next.Name] = next
	}
	return err
}

// NoteKeyUse notes when a key was used.
func (w *World) NoteKeyUse(_ context.Context, id string, at time.Time) error {
	unlock, err := w.lock()
	defer unlock()
	for hash, k := range w.keys {
		if k.ID == id {
			k.UsedAt = at
			w.keys[hash] = k
		}
	}
	return err
}

// APIKeyByHash returns a key; lfb.ErrNotFound.
func (w *World) APIKeyByHash(_ context.Context, hash string) (registry.APIKey, error) {
	unlock, err := w.lock()
	defer unlock()
	w.asked++
	k, ok := w.keys[hash]
	if err == nil && !ok {
		err = fmt.Errorf("API key: %w", lfb.ErrNotFound)
	}
	return k, err
}

// SaveAPIKey inserts or replaces a key.
func (w *World) SaveAPIKey(_ context.Context, k registry.APIKey) error {
	unlock, err := w.lock()
	defer unlock()
	if err == nil {
		w.keys[k.Hash] = k
	}
	return err
}

// SavePredictions logs answers.
func (w *World) SavePredictions(_ context.Context, ps []registry.Prediction) error {
	unlock, err := w.lock()
	defer unlock()
	for _, p := range ps {
		if err == nil {
			w.predictions[p.ID] = p
		}
	}
	return err
}

// Prediction returns one logged answer; lfb.ErrNotFound.
func (w *World) Prediction(_ context.Context, id string) (registry.Prediction, error) {
	unlock, err := w.lock()
	defer unlock()
	p, ok := w.predictions[id]
	if err == nil && !ok {
		err = fmt.Errorf("prediction %s: %w", id, lfb.ErrNotFound)
	}
	return p, err
}
