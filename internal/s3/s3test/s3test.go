package s3test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/s3"
)

// Run checks a bucket, the conformance suite of all stores included. Its keys
// are its own.
func Run(t *testing.T, b *s3.Bucket) {
	t.Helper()
	RunBlobs(t, func(*testing.T) Blobs { return b })
	for _, c := range []struct {
		name string
		test func(t *testing.T, b *s3.Bucket)
	}{
		{"bucket is there", testEnsureBucket},
		{"file", testFile},
		{"download", testDownload},
		{"empty", testEmpty},
		{"list", testList},
		{"delete", testDelete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, b)
		})
	}
}

// multipartBody is a body that goes up in parts.
func multipartBody() []byte { return bytes.Repeat([]byte("0123456789abcde\n"), 3<<20) }

func checkNoError(t *testing.T, op string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s = %v, want nil", op, err)
	}
}

func testEnsureBucket(t *testing.T, b *s3.Bucket) {
	checkNoError(t, "EnsureBucket of one that is there", b.EnsureBucket(t.Context()))
}

func testFile(t *testing.T, b *s3.Bucket) {
	body := multipartBody()
	path := filepath.Join(t.TempDir(), "rows.csv")
	checkNoError(t, "WriteFile", os.WriteFile(path, body, 0o600))
	want := lfb.RefTo("", body)
	want.Key = "file/" + want.SHA256 + ".csv"
	for range 2 {
		got, err := b.PutFile(t.Context(), "file", path)
		if err != nil || got != want {
			t.Errorf("PutFile = %+v, %v, want %+v", got, err, want)
		}
	}
	if _, err := b.PutFile(t.Context(), "file", path+".gone"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("PutFile of no file = %v, want %v", err, os.ErrNotExist)
	}
}

func testDownload(t *testing.T, b *s3.Bucket) {
	body := multipartBody()
	ref, err := b.PutBytes(t.Context(), "download/there", body)
	checkNoError(t, "PutBytes", err)
	path := filepath.Join(t.TempDir(), "there")
	checkNoError(t, "WriteFile", os.WriteFile(path, []byte("what was there before"), 0o600))
	checkNoError(t, "Download", b.Download(t.Context(), ref, path))
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("file after Download has %d bytes, %v, want the %d stored", len(got), err, len(body))
	}
	ref.SHA256 = strings.Repeat("0", 64)
	if err := b.Download(t.Context(), ref, path); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Download with another hash = %v, want %v", err, lfb.ErrInvalid)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, body) {
		t.Errorf("file after a refused Download changed: %d bytes, %v", len(got), err)
	}
}

// testEmpty stores and reads nothing, again and again, so that what one request
// leaves in its connection meets the next.
func testEmpty(t *testing.T, b *s3.Bucket) {
	for i := range 50 {
		ref, err := b.PutBytes(t.Context(), fmt.Sprintf("empty/%d", i), nil)
		checkNoError(t, "PutBytes of nothing", err)
		if got, err := b.ReadAll(t.Context(), ref); err != nil || len(got) != 0 {
			t.Fatalf("ReadAll of nothing = %q, %v, want nothing, nil", got, err)
		}
	}
}

func testList(t *testing.T, b *s3.Bucket) {
	keys := []string{"list/a", "list/b/c", "list/b/d", "list/e"}
	for _, k := range keys {
		_, err := b.PutBytes(t.Context(), k, []byte(k))
		checkNoError(t, "PutBytes", err)
	}
	if got := listKeys(t, t.Context(), b, "list/"); !slices.Equal(got, keys) {
		t.Errorf("List(list/) = %q, want %q", got, keys)
	}
	if got, want := listKeys(t, t.Context(), b, "list/b/"), keys[1:3]; !slices.Equal(got, want) {
		t.Errorf("List(list/b/) = %q, want %q", got, want)
	}
	if got := listKeys(t, t.Context(), b, "list/nothing"); got != nil {
		t.Errorf("List(list/nothing) = %q, want nothing", got)
	}
}

func listKeys(t *testing.T, ctx context.Context, b *s3.Bucket, prefix string) (keys []string) {
	t.Helper()
	for o, err := range b.List(ctx, prefix) {
		checkNoError(t, "List", err)
		if o.Bytes != int64(len(o.Key)) || o.StoredAt.IsZero() {
			t.Errorf("List gives %+v, want %d bytes and a time", o, len(o.Key))
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func testDelete(t *testing.T, b *s3.Bucket) {
	_, err := b.PutBytes(t.Context(), "delete/a", []byte("x"))
	checkNoError(t, "PutBytes", err)
	for range 2 {
		checkNoError(t, "Delete", b.Delete(t.Context(), "delete/a"))
	}
	if _, ok, err := b.Exists(t.Context(), "delete/a"); ok || err != nil {
		t.Errorf("Exists after Delete = %v, %v, want false, nil", ok, err)
	}
	_, err = b.PutBytes(t.Context(), "delete/a", []byte("other bytes"))
	checkNoError(t, "PutBytes after Delete", err)
	checkNoError(t, "Delete", b.Delete(t.Context(), "delete/a")) // a bucket may be tried again
}
