package memblob

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"lfb/internal/lfb"
)

// Store is a bucket in memory. The zero value is empty and ready; it is safe for
// concurrent use.
type Store struct {
	mu      sync.Mutex
	objects map[string][]byte
}

// New is an empty store.
func New() *Store { return &Store{} }

// PutBytes stores a copy of body at key. The same bytes again do nothing; other
// bytes than are there are lfb.ErrConflict.
func (s *Store) PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error) {
	if err := checkRequest(ctx, "put", key); err != nil {
		return lfb.Ref{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.objects[key]; ok {
		if !bytes.Equal(have, body) {
			return lfb.Ref{}, fmt.Errorf("memblob: put %q: holds other bytes: %w", key, lfb.ErrConflict)
		}
		return lfb.RefTo(key, have), nil
	}
	if s.objects == nil {
		s.objects = map[string][]byte{}
	}
	s.objects[key] = bytes.Clone(body)
	return lfb.RefTo(key, body), nil
}

// Delete removes an object; one that is not there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := checkRequest(ctx, "delete", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return nil
}

// ReadAll gives a copy of the object that ref names, checked against its hash.
func (s *Store) ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error) {
	if err := checkRequest(ctx, "read", ref.Key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.objects[ref.Key]
	if !ok {
		return nil, fmt.Errorf("memblob: read %q: %w", ref.Key, lfb.ErrNotFound)
	}
	if got := lfb.RefTo(ref.Key, body).SHA256; ref.SHA256 != "" && got != ref.SHA256 {
		return nil, fmt.Errorf("memblob: read %q: sha256 %s, want %s: %w", ref.Key, got, ref.SHA256, lfb.ErrInvalid)
	}
	return append(make([]byte, 0, len(body)), body...), nil
}

// Download writes the object that ref names to a file, checked against its hash.
func (s *Store) Download(ctx context.Context, ref lfb.Ref, path string) error {
	body, err := s.ReadAll(ctx, ref)
	if err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

// Exists reports whether there is an object at key, and describes it.
func (s *Store) Exists(ctx context.Context, key string) (lfb.Ref, bool, error) {
	if err := checkRequest(ctx, "stat", key); err != nil {
		return lfb.Ref{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.objects[key]
	if !ok {
		return lfb.Ref{}, false, nil
	}
	return lfb.RefTo(key, body), true, nil
}

// Keys lists what is stored, in order.
func (s *Store) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

func checkRequest(ctx context.Context, op, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memblob: %s %q: %w", op, key, err)
	}
	if err := lfb.CheckKey(key); err != nil {
		return fmt.Errorf("memblob: %s: %w", op, err)
	}
	return nil
}
