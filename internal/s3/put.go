package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lfb/internal/lfb"

	"github.com/minio/minio-go/v7"
)

const (
	// partBytes is the size from which an upload goes in parts, and of each.
	partBytes = 16 << 20
	// freshFor is how old an object may be before the same bytes are stored anew. The
	// grace of package gc is longer.
	freshFor = 24 * time.Hour
	// contentType is what every object is stored as; what it holds is in its key.
	contentType = "application/octet-stream"
)

// PutBytes stores body at key. The same bytes again do nothing; other bytes
// than are there are lfb.ErrConflict.
func (b *Bucket) PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error) {
	h := newHash()
	h.Write(body)
	ref := lfb.Ref{Key: key, SHA256: h.hex(), Bytes: int64(len(body))}
	return b.put(ctx, ref, bytes.NewReader(body))
}

// PutHashed stores body under prefix at its content address, prefix/sha256ext,
// and does nothing if it is there. ext has its dot, or is empty.
func (b *Bucket) PutHashed(ctx context.Context, prefix, ext string, body []byte) (lfb.Ref, error) {
	h := newHash()
	h.Write(body)
	ref := lfb.Ref{Key: lfb.HashedKey(prefix, h.hex(), ext), SHA256: h.hex(), Bytes: int64(len(body))}
	return b.put(ctx, ref, bytes.NewReader(body))
}

// PutFile stores the file at path under prefix at its content address, with the
// file's extension, and does nothing if it is there. The file is read twice, and
// must not change between.
func (b *Bucket) PutFile(ctx context.Context, prefix, path string) (lfb.Ref, error) {
	f, err := os.Open(path)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put file: %w", err)
	}
	defer f.Close()
	h := newHash()
	n, err := io.Copy(h, f)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put file: %w", err)
	}
	key := lfb.HashedKey(prefix, h.hex(), filepath.Ext(path))
	return b.put(ctx, lfb.Ref{Key: key, SHA256: h.hex(), Bytes: n}, f)
}

// Put stores what r gives at key; size is its length, or -1 where unknown. It
// goes through a scratch file, so that its hash is known before it is sent and a
// broken upload can be repeated. A length that differs from size is
// lfb.ErrInvalid; other bytes than are there are lfb.ErrConflict.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader, size int64) (lfb.Ref, error) {
	if err := lfb.CheckKey(key); err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put: %w", err)
	}
	f, err := os.CreateTemp("", "lfb-put-*")
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: %w", key, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := newHash()
	n, err := io.Copy(io.MultiWriter(f, h), r)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: %w", key, err)
	}
	if size >= 0 && n != size {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: got %d bytes, want %d: %w", key, n, size, lfb.ErrInvalid)
	}
	return b.put(ctx, lfb.Ref{Key: key, SHA256: h.hex(), Bytes: n}, f)
}

// put stores body as ref unless it is there. Looking first spares sending what
// the store has; the condition on the upload decides between two at once. The same
// bytes that were stored long ago are stored anew: so nothing that is being used
// again looks old to whoever removes what is.
func (b *Bucket) put(ctx context.Context, ref lfb.Ref, body io.ReadSeeker) (lfb.Ref, error) {
	have, at, err := b.stat(ctx, ref.Key)
	there := err == nil
	if err != nil && !isNotFound(err) {
		return lfb.Ref{}, err
	}
	if there && (have != ref || time.Since(at) < freshFor) {
		return settle(ref, have, nil)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: %w", ref.Key, err)
	}
	opts := minio.PutObjectOptions{
		ContentType:  contentType,
		UserMetadata: map[string]string{hashHeader: ref.SHA256},
		PartSize:     partSize(ref.Bytes),
		// A signed stream of nothing goes out as a chunked body, whose end some servers
		// leave in the connection: they then take it for the next request's first line.
		DisableContentSha256: ref.Bytes == 0,
	}
	if !there {
		opts.SetMatchETagExcept("*")
	}
	_, err = b.core.Client.PutObject(ctx, b.name, ref.Key, body, ref.Bytes, opts)
	if err = wrap("put", ref.Key, err); errors.Is(err, lfb.ErrConflict) {
		if have, statErr := b.Stat(ctx, ref.Key); statErr == nil {
			return settle(ref, have, nil)
		}
	}
	if err != nil {
		return lfb.Ref{}, err
	}
	return ref, nil
}

// partSize leaves small objects to one request; 10,000 parts are the most.
func partSize(n int64) uint64 {
	if n <= partBytes {
		return 0
	}
	return max(partBytes, uint64(n/9000))
}

// settle answers for an object that was there before: the same, or a conflict.
func settle(want, have lfb.Ref, err error) (lfb.Ref, error) {
	if err != nil {
		return lfb.Ref{}, err
	}
	if want != have {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: holds other bytes, sha256 %s, not %s: %w",
			want.Key, have.SHA256, want.SHA256, lfb.ErrConflict)
	}
	return have, nil
}
