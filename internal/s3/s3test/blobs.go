package s3test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"lfb/internal/lfb"
)

// Blobs is a store of immutable objects.
type Blobs interface {
	// PutBytes stores body at key: the same bytes again do nothing, other bytes
	// than are there are lfb.ErrConflict.
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	// ReadAll gives the object, or lfb.ErrInvalid if its hash is not ref's.
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
	// Exists describes the object at key, if there is one.
	Exists(ctx context.Context, key string) (lfb.Ref, bool, error)
}

// RunBlobs checks a store of objects, in memory or in a bucket. Each call of open gives a store that shares no keys
// with the one before, or the same store: the suite's keys are its own either way,
// as every sub-test uses a prefix of its own.
func RunBlobs(t *testing.T, open func(t *testing.T) Blobs) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *testing.T, s Blobs)
	}{
		{"round trip", testRoundTrip},
		{"keys", testKeys},
		{"bad keys", testBadKeys},
		{"same bytes again", testRepeat},
		{"other bytes", testConflict},
		{"missing", testMissing},
		{"hash differs", testHash},
		{"no hash asked", testNoHash},
		{"own copies", testOwnCopies},
		{"race of equals", testRaceSame},
		{"race of rivals", testRaceOther},
		{"cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

func randomBytes(n int, seed uint64) []byte {
	var key [32]byte
	key[0] = byte(seed)
	body := make([]byte, n)
	rand.NewChaCha8(key).Read(body)
	return body
}

func putBytes(t *testing.T, s Blobs, key string, body []byte) lfb.Ref {
	t.Helper()
	ref, err := s.PutBytes(t.Context(), key, body)
	checkNoError(t, "PutBytes of "+key, err)
	return ref
}

// checkRefused checks that every operation of the store fails alike.
func checkRefused(t *testing.T, ctx context.Context, s Blobs, key string, want error) {
	t.Helper()
	_, put := s.PutBytes(ctx, key, []byte("x"))
	_, read := s.ReadAll(ctx, lfb.Ref{Key: key})
	_, _, exists := s.Exists(ctx, key)
	for op, err := range map[string]error{"PutBytes": put, "ReadAll": read, "Exists": exists} {
		if !errors.Is(err, want) {
			t.Errorf("%s(%q) = %v, want %v", op, key, err, want)
		}
	}
}

// The sizes lie around those at which stores change their ways: nothing, one
// request, several parts.
func testRoundTrip(t *testing.T, s Blobs) {
	for _, n := range []int{0, 1, 4096, 1 << 20, 16 << 20, 16<<20 + 1, 37 << 20} {
		key := fmt.Sprintf("round/%d", n)
		body := randomBytes(n, uint64(n))
		ref := putBytes(t, s, key, body)
		if ref != lfb.RefTo(key, body) {
			t.Errorf("PutBytes(%q) = %+v, want %+v", key, ref, lfb.RefTo(key, body))
		}
		got, err := s.ReadAll(t.Context(), ref)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("ReadAll(%q) = %d bytes, %v, want the %d stored", key, len(got), err, n)
		}
		have, ok, err := s.Exists(t.Context(), key)
		if err != nil || !ok || have != ref {
			t.Errorf("Exists(%q) = %+v, %v, %v, want %+v, true, nil", key, have, ok, err, ref)
		}
	}
}

// No key here is the folder of another: a store of files cannot have both.
func testKeys(t *testing.T, s Blobs) {
	for _, key := range []string{
		"keys-1", "keys-2/a", "keys-2/a.b/c", "keys/with space/ä £ 日.csv", "keys-3/a+b=c&d?e#f%20g", "keys-4/'\"<>",
		"keys-5/A", "keys-5/a",
	} {
		body := []byte("at " + key)
		ref := putBytes(t, s, key, body)
		if got, err := s.ReadAll(t.Context(), ref); err != nil || !bytes.Equal(got, body) {
			t.Errorf("ReadAll(%q) = %q, %v, want %q", key, got, err, body)
		}
	}
}

func testBadKeys(t *testing.T, s Blobs) {
	for _, key := range []string{"", "/a", "a/", "a//b", "../a", "a/../b", "a\x00b", "a\nb"} {
		checkRefused(t, t.Context(), s, key, lfb.ErrInvalid)
	}
}

func testRepeat(t *testing.T, s Blobs) {
	first := putBytes(t, s, "repeat/a", []byte("same"))
	if again := putBytes(t, s, "repeat/a", []byte("same")); again != first {
		t.Errorf("PutBytes again = %+v, want %+v", again, first)
	}
}

func testConflict(t *testing.T, s Blobs) {
	first := putBytes(t, s, "conflict/a", []byte("first"))
	for _, other := range []string{"other", "first and more", ""} {
		if ref, err := s.PutBytes(t.Context(), "conflict/a", []byte(other)); !errors.Is(err, lfb.ErrConflict) {
			t.Errorf("PutBytes of %q = %+v, %v, want %v", other, ref, err, lfb.ErrConflict)
		}
	}
	if got, err := s.ReadAll(t.Context(), first); err != nil || string(got) != "first" {
		t.Errorf("ReadAll after conflicts = %q, %v, want first", got, err)
	}
}

func testMissing(t *testing.T, s Blobs) {
	ref := lfb.RefTo("missing/a", []byte("x"))
	if _, err := s.ReadAll(t.Context(), ref); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("ReadAll = %v, want %v", err, lfb.ErrNotFound)
	}
	got, ok, err := s.Exists(t.Context(), ref.Key)
	if err != nil || ok || !got.IsZero() {
		t.Errorf("Exists = %+v, %v, %v, want nothing", got, ok, err)
	}
	putBytes(t, s, "missing/b/c", []byte("x"))
	if _, ok, err := s.Exists(t.Context(), "missing/b"); ok || err != nil {
		t.Errorf("Exists of a prefix = %v, %v, want false, nil", ok, err)
	}
}

func testHash(t *testing.T, s Blobs) {
	ref := putBytes(t, s, "hash/a", []byte("what is there"))
	ref.SHA256 = lfb.RefTo("", []byte("what was asked for")).SHA256
	if got, err := s.ReadAll(t.Context(), ref); !errors.Is(err, lfb.ErrInvalid) || got != nil {
		t.Errorf("ReadAll = %q, %v, want nil, %v", got, err, lfb.ErrInvalid)
	}
}

func testNoHash(t *testing.T, s Blobs) {
	putBytes(t, s, "nohash/a", []byte("x"))
	if got, err := s.ReadAll(t.Context(), lfb.Ref{Key: "nohash/a"}); err != nil || string(got) != "x" {
		t.Errorf("ReadAll of a key alone = %q, %v, want x", got, err)
	}
}

func testOwnCopies(t *testing.T, s Blobs) {
	body := []byte("kept")
	ref := putBytes(t, s, "copies/a", body)
	body[0] = 'X'
	got, err := s.ReadAll(t.Context(), ref)
	if err != nil || string(got) != "kept" {
		t.Fatalf("ReadAll after the caller changed its slice = %q, %v, want kept", got, err)
	}
	got[0] = 'Y'
	if got, err := s.ReadAll(t.Context(), ref); err != nil || string(got) != "kept" {
		t.Errorf("ReadAll after a reader changed its slice = %q, %v, want kept", got, err)
	}
}

// putAtOnce stores bodies at one key at once and counts who was refused.
func putAtOnce(t *testing.T, s Blobs, key string, bodies [][]byte) (stored int) {
	t.Helper()
	errs := make([]error, len(bodies))
	var wg sync.WaitGroup
	for i, body := range bodies {
		wg.Go(func() { _, errs[i] = s.PutBytes(t.Context(), key, body) })
	}
	wg.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			stored++
		case !errors.Is(err, lfb.ErrConflict):
			t.Errorf("PutBytes(%q) = %v, want nil or %v", key, err, lfb.ErrConflict)
		}
	}
	return stored
}

func testRaceSame(t *testing.T, s Blobs) {
	bodies := make([][]byte, 16)
	for i := range bodies {
		bodies[i] = randomBytes(64<<10, 1)
	}
	if n := putAtOnce(t, s, "race/same", bodies); n != len(bodies) {
		t.Errorf("%d of %d writers of the same bytes succeeded, want all", n, len(bodies))
	}
	if _, err := s.ReadAll(t.Context(), lfb.RefTo("race/same", bodies[0])); err != nil {
		t.Errorf("ReadAll = %v, want nil", err)
	}
}

func testRaceOther(t *testing.T, s Blobs) {
	bodies := make([][]byte, 16)
	for i := range bodies {
		bodies[i] = randomBytes(64<<10, uint64(i))
	}
	if n := putAtOnce(t, s, "race/other", bodies); n != 1 {
		t.Errorf("%d of %d writers of different bytes succeeded, want 1", n, len(bodies))
	}
}

func testCancelled(t *testing.T, s Blobs) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	checkRefused(t, ctx, s, "cancelled/a", context.Canceled)
}
