package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// maxTries bounds minio-go's own retries (its default of ten waits for most of
// a minute): the callers' retry policies take over after it.
const maxTries = 4

// Bucket is one bucket of an object store. It is safe for concurrent use.
type Bucket struct {
	core   *minio.Core
	name   string
	region string
}

// Option changes how a bucket's client is made.
type Option func(http.RoundTripper) http.RoundTripper

// Open makes the client of the configured bucket. It contacts nothing yet (so it
// leaves its context alone), and a process can start while the store is down; a
// bad address is lfb.ErrInvalid.
func Open(_ context.Context, cfg config.S3, opts ...Option) (*Bucket, error) {
	if cfg.Bucket == "" {
		return nil, fmt.Errorf("s3: no bucket is named: %w", lfb.ErrInvalid)
	}
	base, err := minio.DefaultTransport(cfg.TLS)
	if err != nil {
		return nil, fmt.Errorf("s3: %w: %w", lfb.ErrInvalid, err)
	}
	var transport http.RoundTripper = base
	for _, wrap := range opts {
		transport = wrap(transport)
	}
	core, err := minio.NewCore(cfg.Endpoint, &minio.Options{
		Transport:  transport,
		Creds:      credentials.NewStaticV4(cfg.Access, cfg.Secret.Reveal(), ""),
		Secure:     cfg.TLS,
		Region:     cfg.Region, // known, so that no request is spent to ask
		MaxRetries: maxTries,
	})
	if err != nil {
		return nil, fmt.Errorf("s3: endpoint %q: %w: %w", cfg.Endpoint, lfb.ErrInvalid, err)
	}
	return &Bucket{core: core, name: cfg.Bucket, region: cfg.Region}, nil
}

// probeKey is what a conditional put is tried with.
const probeKey = "setup/conditional-put"

// EnsureBucket creates the bucket unless it is there, and tries that the store has the
// conditional put that every upload needs: lfb.ErrInvalid where it has not.
func (b *Bucket) EnsureBucket(ctx context.Context) error {
	ok, err := b.core.BucketExists(ctx, b.name)
	if err != nil {
		return wrapError("look up bucket", b.name, err)
	}
	if !ok {
		err = b.core.MakeBucket(ctx, b.name, minio.MakeBucketOptions{Region: b.region})
		switch minio.ToErrorResponse(err).Code {
		case minio.BucketAlreadyOwnedByYou, minio.BucketAlreadyExists: // another process was first
			err = nil
		}
		if err != nil {
			return wrapError("make bucket", b.name, err)
		}
	}
	return b.probeConditionalPut(ctx)
}

// probeConditionalPut leaves nothing behind.
func (b *Bucket) probeConditionalPut(ctx context.Context) error {
	opts := minio.PutObjectOptions{ContentType: contentType}
	opts.SetMatchETagExcept("*")
	body := []byte("probe")
	_, err := b.core.Client.PutObject(ctx, b.name, probeKey, bytes.NewReader(body), int64(len(body)), opts)
	if err = wrapError(opPut, probeKey, err); errors.Is(err, lfb.ErrConflict) {
		return nil // another process is at it, so the store knows the condition
	}
	if err != nil {
		return err
	}
	return b.Delete(ctx, probeKey)
}

// Object is one entry of a listing.
type Object struct {
	Key      string
	Bytes    int64
	StoredAt time.Time // UTC, the store's clock
}

// List gives the objects whose key starts with prefix, in key order. It ends at
// the first error, which comes with a zero Object.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		opts := minio.ListObjectsOptions{Prefix: prefix, Recursive: true}
		for o := range b.core.ListObjectsIter(ctx, b.name, opts) {
			if o.Err != nil {
				yield(Object{}, wrapError("list", prefix, o.Err))
				return
			}
			if !yield(Object{Key: o.Key, Bytes: o.Size, StoredAt: o.LastModified.UTC()}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // minio-go ends a cancelled listing without a word
			yield(Object{}, wrapError("list", prefix, err))
		}
	}
}

// Delete removes an object; one that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := lfb.CheckKey(key); err != nil {
		return fmt.Errorf("s3: delete: %w", err)
	}
	return wrapError("delete", key, b.core.RemoveObject(ctx, b.name, key, minio.RemoveObjectOptions{}))
}

// statObject describes the object at key, and says when it was stored last; lfb.ErrNotFound
// where there is none. An object that another program stored has no hash beside it and is
// read once to know it.
func (b *Bucket) statObject(ctx context.Context, key string) (lfb.Ref, time.Time, error) {
	if err := lfb.CheckKey(key); err != nil {
		return lfb.Ref{}, time.Time{}, fmt.Errorf("s3: stat: %w", err)
	}
	info, err := b.core.StatObject(ctx, b.name, key, minio.StatObjectOptions{})
	if err != nil {
		return lfb.Ref{}, time.Time{}, wrapError("stat", key, err)
	}
	ref := lfb.Ref{Key: key, Bytes: info.Size, SHA256: hashOf(info)}
	if ref.SHA256 == "" {
		ref.SHA256, err = b.hashObject(ctx, key)
	}
	return ref, info.LastModified, err
}

// Exists reports whether there is an object at key, and describes it.
func (b *Bucket) Exists(ctx context.Context, key string) (lfb.Ref, bool, error) {
	ref, _, err := b.statObject(ctx, key)
	if isNotFound(err) {
		return lfb.Ref{}, false, nil
	}
	return ref, err == nil, err
}

func (b *Bucket) hashObject(ctx context.Context, key string) (string, error) {
	body, err := b.openObject(ctx, lfb.Ref{Key: key})
	if err != nil {
		return "", err
	}
	defer body.Close()
	h := newHash()
	if _, err := io.Copy(h, body); err != nil {
		return "", wrapError("read", key, err)
	}
	return h.sumHex(), nil
}
