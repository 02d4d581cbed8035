package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"lfb/internal/lfb"
)

// progressEvery is the time between two calls of progress.
const progressEvery = time.Second

// Download fetches item into the file path, and returns the SHA-256 of its bytes and
// how many they are. It makes one attempt: called again after a broken connection or a
// kill it goes on where that ended, as what has come lies in path.partial, its version
// beside it. Content that has changed meanwhile is fetched from its start. path appears
// only when it is whole.
//
// progress, which may be nil, is called all the while, also while nothing comes,
// by one goroutine at a time; total is -1 where it is unknown.
//
// Errors are those of src.Open, and lfb.ErrUnavailable when the file did not come whole.
func Download(ctx context.Context, src Source, item Item, path string, progress func(done, total int64)) (string, int64, error) {
	p, err := openPartial(path, item.Version)
	if err != nil {
		return "", 0, fmt.Errorf("download %s: %w", item.Name, err)
	}
	p.total.Store(item.Size)
	stop := reportProgress(p, progress)
	err = p.fetch(ctx, src, item)
	stop()
	if err == nil {
		err = p.finish(path)
	}
	if err != nil {
		return "", 0, fmt.Errorf("download %s: %w", item.Name, errors.Join(err, ignoreClosed(p.f.Close())))
	}
	return hex.EncodeToString(p.hash.Sum(nil)), p.n.Load(), nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// reportProgress calls progress now, every so often, and a last time when stopped.
func reportProgress(p *partial, progress func(done, total int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	report := func() { progress(p.n.Load(), p.total.Load()) }
	report()
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(progressEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				report()
			case <-quit:
				return
			}
		}
	})
	return func() { close(quit); wg.Wait(); report() }
}

// partial is a file that is not whole yet.
type partial struct {
	f        *os.File
	note     string // path of the file that tells the version of what f holds
	version  string // what note says
	hash     hash.Hash
	n, total atomic.Int64 // bytes in f, and of the whole file, -1 unknown
}

// openPartial takes up what an earlier download of the same version has left.
func openPartial(path, version string) (*partial, error) {
	f, err := os.OpenFile(path+".partial", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &partial{f: f, note: path + ".partial.version", hash: sha256.New()}
	noted, err := os.ReadFile(p.note)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
	case version == "" || string(noted) != version: // nothing tells that what lies there is of this content
		err = p.restart()
	default:
		p.version = version
		var n int64
		n, err = io.Copy(p.hash, f)
		p.n.Store(n)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func (p *partial) restart() error {
	p.n.Store(0)
	p.hash.Reset()
	if err := p.f.Truncate(0); err != nil {
		return err
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return err
}

// fetch makes one connection and takes what comes.
func (p *partial) fetch(ctx context.Context, src Source, item Item) error {
	if n := p.n.Load(); n > 0 && n == item.Size {
		return nil
	}
	body, start, err := src.Open(ctx, item, p.n.Load())
	if err != nil {
		return err
	}
	version := item.Version
	if b, ok := body.(*Body); ok {
		version = b.Version
		p.total.Store(b.Total)
	}
	if err = p.begin(start, version); err == nil {
		_, err = io.Copy(p, readerFunc(func(b []byte) (int, error) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			return body.Read(b)
		}))
	}
	if err = errors.Join(err, body.Close()); err != nil {
		return err
	}
	if n, total := p.n.Load(), p.total.Load(); total >= 0 && n != total {
		return fmt.Errorf("%d of %d bytes came: %w", n, total, lfb.ErrUnavailable)
	}
	return nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// Write appends to the file.
func (p *partial) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	p.hash.Write(b[:n])
	p.n.Add(int64(n))
	return n, err
}

// begin makes p ready for content of version from start on.
func (p *partial) begin(start int64, version string) error {
	if n := p.n.Load(); start != 0 && (start != n || version != p.version) {
		return fmt.Errorf("asked for bytes from %d of %q, got from %d of %q: %w", n, p.version, start, version, lfb.ErrInvalid)
	}
	if start == 0 {
		if err := p.restart(); err != nil {
			return err
		}
	}
	if p.version == version {
		return nil
	}
	// The note follows the emptying and goes before the bytes, so that at any
	// moment it tells the truth of what lies in the file.
	p.version = version
	return os.WriteFile(p.note, []byte(version), 0o600)
}

func (p *partial) finish(path string) error {
	if err := errors.Join(p.f.Sync(), p.f.Close()); err != nil {
		return err
	}
	if err := os.Rename(p.f.Name(), path); err != nil {
		return err
	}
	if err := os.Remove(p.note); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
