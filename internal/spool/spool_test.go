package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

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
	s, err := Open(t.TempDir(), k.ship, nil, zaptest.NewLogger(t))
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
	if n, oldest, err := s.Backlog(); err != nil || n != 0 || !oldest.IsZero() {
		t.Errorf("Backlog = %d, %v, %v, want nothing left", n, oldest, err)
	}
}

func TestSpoolSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir, k := t.TempDir(), &sink{}
	s, err := Open(dir, k.ship, nil, zaptest.NewLogger(t))
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
	again, err := Open(dir, k.ship, nil, zaptest.NewLogger(t))
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
	s, err := Open(t.TempDir(), k.ship, nil, zaptest.NewLogger(t))
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
	s, err := Open(t.TempDir(), (&sink{}).ship, nil, zaptest.NewLogger(t))
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

// picky takes what has none of the marks, and keeps what is put aside.
type picky struct {
	sink
	marks   map[string]error // by mark, why a record that has it is not taken
	refused []string
}

func (k *picky) ship(ctx context.Context, records [][]byte) error {
	for _, r := range records {
		for mark, err := range k.marks {
			if strings.Contains(string(r), mark) {
				return err
			}
		}
	}
	return k.sink.ship(ctx, records)
}

func (k *picky) refuse(_ context.Context, record []byte, reason error) error {
	k.refused = append(k.refused, fmt.Sprint(string(record), ": ", reason))
	return nil
}

func openPicky(t *testing.T, marks map[string]error) (*picky, *Spool) {
	t.Helper()
	k := &picky{marks: marks}
	s, err := Open(t.TempDir(), k.ship, k.refuse, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	return k, s
}

func appendAll(t *testing.T, s *Spool, records ...string) {
	t.Helper()
	for _, r := range records {
		if err := s.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
}

// flushed flushes and compares what was taken and refused since the start, sorted.
func (k *picky) flushed(t *testing.T, s *Spool, fails bool, taken, refused []string) {
	t.Helper()
	if err := s.Flush(t.Context()); (err != nil) != fails {
		t.Errorf("Flush = %v, want an error: %v", err, fails)
	}
	slices.Sort(k.got)
	if k.got = slices.Compact(k.got); !slices.Equal(k.got, taken) { // twice is once, by the records' ids
		t.Errorf("taken = %q, want %q", k.got, taken)
	}
	if !slices.Equal(k.refused, refused) {
		t.Errorf("refused = %q, want %q", k.refused, refused)
	}
}

func TestARecordThatIsInvalidHoldsUpNothing(t *testing.T) {
	t.Parallel()
	bad := fmt.Errorf("no such year: %w", lfb.ErrInvalid)
	k, s := openPicky(t, map[string]error{"bad": bad})
	var want, refused []string
	for i := range 1200 {
		r := fmt.Sprintf("%04d", i)
		if i%271 == 0 || i == 1199 {
			r += " bad"
			refused = append(refused, r+": "+bad.Error())
		} else {
			want = append(want, r)
		}
		appendAll(t, s, r)
	}
	k.flushed(t, s, false, want, refused)
	if n, oldest, err := s.Backlog(); err != nil || n != 0 || !oldest.IsZero() {
		t.Errorf("Backlog = %d, %v, %v, want nothing left", n, oldest, err)
	}
}

// What only the receiver knows is held against a record when it comes again while
// others are taken; before that nothing is lost, and nothing waits for it.
func TestARecordThatIsRefusedForNoKnownReason(t *testing.T) {
	t.Parallel()
	odd := errors.New("error 1105: cannot")
	k, s := openPicky(t, map[string]error{"odd": odd})
	appendAll(t, s, "odd one")
	k.flushed(t, s, true, nil, nil)
	k.flushed(t, s, true, nil, nil) // as long as nothing is taken the receiver may be to blame
	appendAll(t, s, "a", "odd two", "b")
	k.flushed(t, s, true, []string{"a", "b"}, nil)
	k.flushed(t, s, false, []string{"a", "b"}, []string{"odd one: " + odd.Error(), "odd two: " + odd.Error()})
	// One that passes is forgotten: the next record of its kind is a new one.
	appendAll(t, s, "odd three")
	k.flushed(t, s, true, []string{"a", "b"}, k.refused)
	delete(k.marks, "odd")
	k.flushed(t, s, false, []string{"a", "b", "odd three"}, k.refused)
}

// A receiver that is away refuses nothing, whatever it was given.
func TestNothingIsPutAsideWhileTheReceiverIsAway(t *testing.T) {
	t.Parallel()
	for _, away := range []error{lfb.ErrUnavailable, context.DeadlineExceeded, context.Canceled} {
		k, s := openPicky(t, map[string]error{"a": fmt.Errorf("deadlock: %w", away), "z": lfb.ErrInvalid})
		appendAll(t, s, "a", "z")
		for range 3 {
			k.flushed(t, s, true, nil, nil)
		}
		delete(k.marks, "a")
		k.flushed(t, s, false, []string{"a"}, []string{"z: " + lfb.ErrInvalid.Error()})
	}
}

// A receiver that takes a batch and never answers is away: the next try is another one.
func TestAReceiverThatHangsIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var k sink
		hangs := true
		s, err := Open(t.TempDir(), func(ctx context.Context, records [][]byte) error {
			if hangs {
				<-ctx.Done()
				return ctx.Err()
			}
			return k.ship(ctx, records)
		}, nil, zaptest.NewLogger(t))
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, s, "one")
		start := time.Now()
		if err := s.Flush(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != shipWithin {
			t.Errorf("Flush = %v after %v, want %v after %v", err, time.Since(start), context.DeadlineExceeded, shipWithin)
		}
		hangs = false
		if err := s.Flush(t.Context()); err != nil || len(k.got) != 1 {
			t.Errorf("Flush = %v, %d records taken, want the one", err, len(k.got))
		}
	})
}

// full is a disk that takes half of what is written to it.
type full struct {
	segment
	stuck bool // nothing can be cut off again either
}

func (f full) Write(b []byte) (int, error) {
	n, _ := f.segment.Write(b[:len(b)/2])
	return n, syscall.ENOSPC
}

func (f full) Truncate(size int64) error {
	if f.stuck {
		return syscall.EIO
	}
	return f.segment.Truncate(size)
}

func TestATornWriteSwallowsNoRecord(t *testing.T) {
	t.Parallel()
	for _, stuck := range []bool{false, true} {
		k, s := openPicky(t, nil)
		appendAll(t, s, "one")
		file := s.active
		s.active = full{file, stuck}
		if err := s.Append([]byte("two, of which half is written")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Append to a full disk = %v, want %v", err, syscall.ENOSPC)
		}
		if _, still := s.active.(full); still == stuck {
			t.Errorf("stuck %v: the same segment goes on: %v", stuck, still)
		} else if still {
			s.active = file
		}
		appendAll(t, s, "three")
		k.flushed(t, s, false, []string{"one", "three"}, nil)
	}
}

func TestBacklogKnowsTheOldest(t *testing.T) {
	t.Parallel()
	k, s := openPicky(t, map[string]error{"": lfb.ErrUnavailable})
	appendAll(t, s, "one")
	k.flushed(t, s, true, nil, nil)
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(s.segmentPath(1), long, long); err != nil {
		t.Fatal(err)
	}
	appendAll(t, s, "two")
	if n, oldest, err := s.Backlog(); err != nil || n != 8 || !oldest.Equal(long) {
		t.Errorf("Backlog = %d, %v, %v, want 8 bytes since %v", n, oldest, err, long)
	}
}
