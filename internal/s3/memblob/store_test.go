package memblob_test

import (
	"slices"
	"testing"

	"lfb/internal/bundle/blobtest"
	"lfb/internal/s3/memblob"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(*testing.T) blobtest.Blobs { return memblob.New() })
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
