package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"lfb/internal/lfb"

	"github.com/minio/minio-go/v7"
)

// hashHeader is the user metadata in which the hash travels beside the object.
const hashHeader = "Sha256"

func hashOf(info minio.ObjectInfo) string {
	sum := info.UserMetadata[hashHeader]
	if len(sum) != hex.EncodedLen(sha256.Size) {
		return ""
	}
	return sum
}

type hasher struct{ hash.Hash }

func newHash() hasher { return hasher{sha256.New()} }

func (h hasher) sumHex() string { return hex.EncodeToString(h.Sum(nil)) }

// openObject streams the object that ref names. Where ref has a hash, the last Read
// gives lfb.ErrInvalid in place of io.EOF if the bytes were others: what was
// read may not be used before it ended well. The caller closes it.
func (b *Bucket) openObject(ctx context.Context, ref lfb.Ref) (io.ReadCloser, error) {
	if err := lfb.CheckKey(ref.Key); err != nil {
		return nil, fmt.Errorf("s3: open: %w", err)
	}
	body, _, _, err := b.core.GetObject(ctx, b.name, ref.Key, minio.GetObjectOptions{})
	if err != nil {
		return nil, wrapError("open", ref.Key, err)
	}
	return &checked{ref: ref, body: body, sum: newHash()}, nil
}

// ReadAll reads the object that ref names and checks it against ref's hash.
func (b *Bucket) ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error) {
	body, err := b.openObject(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	all, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Download writes the object that ref names to a file. The file appears whole
// and checked, or not at all; one that is there is replaced.
func (b *Bucket) Download(ctx context.Context, ref lfb.Ref, path string) (err error) {
	body, err := b.openObject(ctx, ref)
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := os.CreateTemp(filepath.Dir(path), ".download-*")
	if err != nil {
		return fmt.Errorf("s3: download %q: %w", ref.Key, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := io.Copy(f, body); err != nil {
		f.Close()
		return fmt.Errorf("s3: download %q: %w", ref.Key, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("s3: download %q: %w", ref.Key, err)
	}
	return os.Rename(f.Name(), path)
}

// checked compares what it reads with the Ref that it was opened for.
type checked struct {
	ref  lfb.Ref
	body io.ReadCloser
	sum  hasher
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.sum.Write(p[:n])
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, wrapError("read", c.ref.Key, err)
	}
	if got := c.sum.sumHex(); c.ref.SHA256 != "" && got != c.ref.SHA256 {
		return n, fmt.Errorf("s3: read %q: sha256 %s, want %s: %w", c.ref.Key, got, c.ref.SHA256, lfb.ErrInvalid)
	}
	return n, io.EOF
}

func (c *checked) Close() error { return c.body.Close() }
