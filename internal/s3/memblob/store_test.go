package memblob_test

import (
	"slices"
	"testing"

	"lfb/internal/s3/memblob"
	"lfb/internal/s3/s3test"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	s3test.RunBlobs(t, func(*testing.T) s3test.Blobs { return memblob.New() })
}

func TestKeys(t *testing.T) {
	t.Parallel()
	var s memblob.Store
	for _, k := range []string{"b", "a", "c/d"} {
		if _, err := s.PutBytes(t.Context(), k, []byte(k)); err != nil {
			t.Fatalf("PutBytes(%q) = %v, want nil", k, err)
		}
	}
	if got, want := s.Keys(), []string{"a", "b", "c/d"}; !slices.Equal(got, want) {
		t.Errorf("Keys() = %q, want %q", got, want)
	}
}
