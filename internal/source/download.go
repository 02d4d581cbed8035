package source

import (
	"context"
	"crypto/md5" // what the Ordnance Survey lists
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// progressEvery is the least time between two calls of progress.
const progressEvery = time.Second

// Download fetches item into the file path, and returns the SHA-256 of its bytes. It
// makes one attempt: called again after a broken connection or a kill it goes on where
// that ended, as what has come lies in the folder path.partial, each version in a file of
// its own. Content that has changed meanwhile is fetched from its start. path appears
// only when it is whole.
//
// progress is called now and then while bytes come; total is -1 where it is unknown.
//
// Errors are those of src.Open, and lfb.ErrUnavailable when the file did not come whole.
func Download(ctx context.Context, src Source, item Item, path string,
	progress func(done, total int64),
) (string, error) {
	sum, err := download(ctx, src, item, path, progress)
	if err != nil {
		return "", fmt.Errorf("download %s: %w", item.Name, err)
	}
	return sum, nil
}

func download(ctx context.Context, src Source, item Item, path string,
	progress func(done, total int64),
) (string, error) {
	body, offset, err := openRest(ctx, src, item, path)
	if err != nil {
		return "", err
	}
	defer body.Close()
	f, sum, err := openPartial(partialPath(path, body.Version), offset)
	if err != nil {
		return "", err
	}
	defer f.Close()
	arrived := &arrivals{ctx: ctx, body: body, n: offset, progress: progress}
	if _, err := io.Copy(io.MultiWriter(f, sum), arrived); err != nil {
		return "", err
	}
	if body.Total >= 0 && arrived.n != body.Total {
		return "", fmt.Errorf("%d of %d bytes came: %w", arrived.n, body.Total, lfb.ErrUnavailable)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", err
	}
	if err := compareMD5(f.Name(), item.Version); err != nil {
		return "", errors.Join(err, os.Remove(f.Name())) // the next attempt begins anew
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), os.RemoveAll(filepath.Dir(f.Name()))
}

// compareMD5 is lfb.ErrUnavailable where the file is not the one whose MD5 its version names.
func compareMD5(path, version string) error {
	want, ok := strings.CutPrefix(version, md5Form)
	if !ok {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("what came has the MD5 %s, not %s as listed: %w", got, want, lfb.ErrUnavailable)
	}
	return nil
}

// partialPath is where the bytes of a version lie until they are whole.
func partialPath(path, version string) string {
	return filepath.Join(path+".partial", fmt.Sprintf("%.16x", sha256.Sum256([]byte(version))))
}

// openPartial opens a file behind its first n bytes, drops what follows them, and hashes them.
func openPartial(path string, n int64) (*os.File, hash.Hash, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	h := sha256.New()
	if err = f.Truncate(n); err == nil {
		_, err = io.Copy(h, f)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, h, nil
}

// openRest opens what is missing of the item's version, from offset on. If it is another
// version that comes, it comes from its start.
func openRest(ctx context.Context, src Source, item Item, path string) (body *Body, offset int64, err error) {
	// no version tells nothing of the content
	if info, err := os.Stat(partialPath(path, item.Version)); err == nil && item.Version != "" {
		offset = info.Size()
	}
	if offset > 0 && offset == item.Size {
		return &Body{ReadCloser: io.NopCloser(strings.NewReader("")), Total: item.Size, Version: item.Version}, offset, nil
	}
	stream, start, err := src.Open(ctx, item, offset)
	if err != nil {
		return nil, 0, err
	}
	body, ok := stream.(*Body)
	if !ok {
		body = &Body{ReadCloser: stream, Total: item.Size, Version: item.Version}
	}
	if start != 0 && (start != offset || body.Version != item.Version) {
		err = fmt.Errorf("asked for bytes from %d of %q, got from %d of %q: %w", offset, item.Version, start, body.Version,
			lfb.ErrInvalid)
		return nil, 0, errors.Join(err, body.Close())
	}
	return body, start, nil
}

// arrivals reads body, counts what comes, and says so now and then.
type arrivals struct {
	ctx      context.Context // of the download: ends the reading
	body     *Body
	n        int64 // bytes of the file so far
	progress func(done, total int64)
	told     time.Time
}

// Read implements io.Reader.
func (a *arrivals) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(a.told) >= progressEvery {
		a.told = now
		a.progress(a.n, a.body.Total)
	}
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.body.Read(p)
	a.n += int64(n)
	return n, err
}
