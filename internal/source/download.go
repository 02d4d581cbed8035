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

// Downloader fetches files whole. The zero value has the defaults.
type Downloader struct {
	Tries int           // in a row without a new byte; default 5
	Wait  time.Duration // before the second try, doubling with each; default 1 s
	Every time.Duration // between two calls of progress; default 1 s

	Sleep func(ctx context.Context, d time.Duration) error // default waits; tests don't
}

// Download is Downloader.Download with the defaults.
func Download(ctx context.Context, src Source, item Item, path string, progress func(done, total int64)) (string, int64, error) {
	return Downloader{}.Download(ctx, src, item, path, progress)
}

// Download fetches item into the file path, and returns the SHA-256 of its bytes
// and how many they are. It goes on after a broken connection, and after a kill
// when called again: what has come lies in path.partial, its version beside it.
// Content that has changed meanwhile is fetched from its start. path appears only
// when it is whole.
//
// progress, which may be nil, is called all the while, also while nothing comes,
// by one goroutine at a time; total is -1 where it is unknown.
//
// Errors are those of src.Open, and lfb.ErrUnavailable when the file cannot be had whole.
func (d Downloader) Download(ctx context.Context, src Source, item Item, path string, progress func(done, total int64)) (string, int64, error) {
	d = d.withDefaults()
	p, err := openPartial(path, item.Version)
	if err != nil {
		return "", 0, fmt.Errorf("download %s: %w", item.Name, err)
	}
	var done, total atomic.Int64
	done.Store(p.n)
	total.Store(item.Size)
	stop := d.beat(func() {
		if progress != nil {
			progress(done.Load(), total.Load())
		}
	})
	err = d.fetch(ctx, src, item, p, func(all int64) { done.Store(p.n); total.Store(all) })
	stop()
	if err != nil {
		return "", 0, fmt.Errorf("download %s: %w", item.Name, errors.Join(err, p.f.Close()))
	}
	if err := p.finish(path); err != nil {
		return "", 0, fmt.Errorf("download %s: %w", item.Name, err)
	}
	return hex.EncodeToString(p.hash.Sum(nil)), p.n, nil
}

func (d Downloader) withDefaults() Downloader {
	if d.Tries == 0 {
		d.Tries = 5
	}
	if d.Wait == 0 {
		d.Wait = time.Second
	}
	if d.Every == 0 {
		d.Every = time.Second
	}
	if d.Sleep == nil {
		d.Sleep = sleep
	}
	return d
}

// beat calls f now, every so often, and a last time when stopped.
func (d Downloader) beat(f func()) (stop func()) {
	f()
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(d.Every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-quit:
				return
			}
		}
	})
	return func() { close(quit); wg.Wait(); f() }
}

// fetch tries until p is whole.
func (d Downloader) fetch(ctx context.Context, src Source, item Item, p *partial, seen func(total int64)) error {
	for try := 1; ; try++ {
		before := p.n
		err := p.fill(ctx, src, &item, seen)
		if err == nil || !errors.Is(err, lfb.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		if p.n > before {
			try = 1
		}
		if try >= d.Tries {
			return fmt.Errorf("%d tries in vain: %w", try, err)
		}
		if err := d.Sleep(ctx, d.Wait<<min(try-1, 6)); err != nil {
			return err
		}
	}
}

// partial is a file that is not whole yet.
type partial struct {
	f       *os.File
	note    string // path of the file that tells the version of what f holds
	version string // what note says
	n       int64  // bytes in f
	hash    hash.Hash
}

// openPartial takes up what an earlier download of the same version has left.
func openPartial(path, version string) (*partial, error) {
	f, err := os.OpenFile(path+".partial", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &partial{f: f, note: path + ".partial.version", hash: sha256.New()}
	noted, err := os.ReadFile(p.note)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(err, f.Close())
	}
	if version == "" || string(noted) != version {
		return p, p.restart()
	}
	p.version = version
	if p.n, err = io.Copy(p.hash, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func (p *partial) restart() error {
	p.n = 0
	p.hash.Reset()
	if err := p.f.Truncate(0); err != nil {
		return err
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return err
}

// fill makes one connection and takes what comes. item.Version becomes that of
// the content which came.
func (p *partial) fill(ctx context.Context, src Source, item *Item, seen func(total int64)) error {
	offset := p.n
	if p.version == "" || p.version != item.Version {
		offset = 0 // nothing tells that what lies there is of this content
	}
	if offset > 0 && offset == item.Size {
		return nil
	}
	body, start, err := src.Open(ctx, *item, offset)
	if err != nil {
		return err
	}
	total, version := item.Size, item.Version
	if b, ok := body.(*Body); ok {
		total, version = b.Total, b.Version
	}
	err = p.begin(start, version)
	if err == nil {
		item.Version, item.Size = version, total
		err = p.take(ctx, body, func() { seen(total) })
	}
	if err = errors.Join(err, body.Close()); err != nil {
		return err
	}
	if total >= 0 && p.n != total {
		return fmt.Errorf("%d of %d bytes came: %w", p.n, total, lfb.ErrUnavailable)
	}
	return nil
}

// begin makes p ready for content of version from start on.
func (p *partial) begin(start int64, version string) error {
	if start != 0 && start != p.n {
		return fmt.Errorf("asked for bytes from %d, got from %d: %w", p.n, start, lfb.ErrInvalid)
	}
	if start == 0 && p.n > 0 {
		if err := p.restart(); err != nil {
			return err
		}
	}
	if p.version == version {
		return nil
	}
	// The note follows the emptying and goes before the bytes, so that at any
	// moment it tells the truth of what lies in the file.
	if err := os.WriteFile(p.note, []byte(version), 0o600); err != nil {
		return err
	}
	p.version = version
	return nil
}

// take appends body.
func (p *partial) take(ctx context.Context, body io.Reader, seen func()) error {
	buf := make([]byte, 256<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := p.f.Write(buf[:n]); err != nil {
				return err
			}
			p.hash.Write(buf[:n])
			p.n += int64(n)
			seen()
		}
		switch {
		case errors.Is(err, io.EOF):
			seen()
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
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
