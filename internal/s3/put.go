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
	return b.putObject(ctx, lfb.RefTo(key, body), bytes.NewReader(body))
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
	key := lfb.HashedKey(prefix, h.sumHex(), filepath.Ext(path))
	return b.putObject(ctx, lfb.Ref{Key: key, SHA256: h.sumHex(), Bytes: n}, f)
}

// putObject stores body as ref unless it is there. Looking first spares sending what
// the store has; the condition on the upload decides between two at once. The same
// bytes that were stored long ago are stored anew: so nothing that is being used
// again looks old to whoever removes what is.
func (b *Bucket) putObject(ctx context.Context, ref lfb.Ref, body io.ReadSeeker) (lfb.Ref, error) {
	have, at, err := b.statObject(ctx, ref.Key)
	there := err == nil
	if err != nil && !isNotFound(err) {
		return lfb.Ref{}, err
	}
	if there && (have != ref || time.Since(at) < freshFor) {
		return acceptSame(ref, have)
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
	if err = wrapError(opPut, ref.Key, err); errors.Is(err, lfb.ErrConflict) {
		if have, _, statErr := b.statObject(ctx, ref.Key); statErr == nil {
			return acceptSame(ref, have)
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

// acceptSame answers for an object that was there before: the same, or a conflict.
func acceptSame(want, have lfb.Ref) (lfb.Ref, error) {
	if want != have {
		return lfb.Ref{}, fmt.Errorf("s3: put %q: holds other bytes, sha256 %s, not %s: %w",
			want.Key, have.SHA256, want.SHA256, lfb.ErrConflict)
	}
	return have, nil
}
