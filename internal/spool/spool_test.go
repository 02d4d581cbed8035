package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/zap/zaptest"

	"lfb/internal/lfb"
)

// sink takes records, or refuses them while down is set.
type sink struct {
	mu   sync.Mutex
	got  []string
	down error
}

func (k *sink) ship(_ context.Context, records [][]byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down != nil {
		return k.down
	}
	for _, r := range records {
		k.got = append(k.got, string(r))
	}
	return nil
}

func TestSpoolShipsInOrderOnceTheReceiverIsBack(t *testing.T) {
	t.Parallel()
	k := &sink{down: errors.New("database away")}
	s, err := Open(t.TempDir(), k.ship, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1200 {
		if err := s.Append(fmt.Appendf(nil, "record %d", i)); err != nil {
			t.Fatal(err)
		}
		if i == 600 {
			if err := s.Flush(t.Context()); err == nil {
				t.Fatal("Flush to a receiver that is down = nil, want its error")
			}
		}
	}
	k.down = nil
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(k.got) != 1200 {
		t.Fatalf("%d records arrived, want 1200", len(k.got))
	}
	for i, r := range k.got {
		if want := fmt.Sprintf("record %d", i); r != want {
			t.Fatalf("record %d = %q, want %q", i, r, want)
		}
	}
	if n, err := s.Pending(); err != nil || n != 0 {
		t.Errorf("Pending() = %d, %v, want nothing left", n, err)
	}
}

func TestSpoolSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir, k := t.TempDir(), &sink{}
	s, err := Open(dir, k.ship, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{"one", "two"} {
		if err := s.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	// No Close: the process is gone, in the middle of a third write.
	f, err := os.OpenFile(filepath.Join(dir, "spool-000000000001"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("thr"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	again, err := Open(dir, k.ship, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Append([]byte("four")); err != nil {
		t.Fatal(err)
	}
	if err := again.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(k.got), "[one two four]"; got != want {
		t.Errorf("shipped %s, want %s", got, want)
	}
}

func TestSpoolConcurrentAppends(t *testing.T) {
	t.Parallel()
	k := &sink{}
	s, err := Open(t.TempDir(), k.ship, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if err := s.Append(fmt.Appendf(nil, "%d-%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range k.got {
		seen[r] = true
	}
	if len(seen) != 1600 {
		t.Errorf("%d different records arrived, want 1600", len(seen))
	}
}

func TestSpoolRefuses(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), (&sink{}).ship, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("a\nb")); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Append of two lines = %v, want lfb.ErrInvalid", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("a")); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Append after Close = %v, want lfb.ErrUnavailable", err)
	}
}
