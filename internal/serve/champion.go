package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Ledger is what the champion is read from.
type Ledger interface {
	// Champion is the line's last promotion without its evidence, cheap to ask for
	// often; lfb.ErrNotFound without one.
	Champion(ctx context.Context, line string) (registry.Promotion, error)
	Promotions(ctx context.Context, line string, limit int) ([]registry.Promotion, error)
	Version(ctx context.Context, line, id string) (registry.Version, error)
}

// badPause is how long a bundle that cannot be right is left alone.
const badPause = 30 * time.Second

// Loaded is a model that answers, with what is known of it. It is immutable: a
// request that took one answers from it whatever is promoted meanwhile.
type Loaded struct {
	Promotion registry.Promotion
	Version   registry.Version
	Bundle    *bundle.Bundle
	FromDisk  bool // read from the local copy, the ledger has not been seen yet
}

// Champion follows the ledgers of the lines, in order of preference: the first
// that has a champion answers. So real data takes over from the synthetic city
// with its first promotion, and never the other way round.
type Champion struct {
	ledger  Ledger
	blobs   bundle.Blobs
	dir     string
	refresh time.Duration
	log     *zap.Logger
	lines   []string
	now     atomic.Pointer[Loaded]
	seen    atomic.Int64 // Unix nanoseconds of the last time the ledger answered
	bad     string       // line and revision that could not be loaded, said once
	retry   time.Time    // when a bundle that is no good is looked at again
}

// NewChampion starts from the local copy in dir, if there is one.
func NewChampion(ledger Ledger, blobs bundle.Blobs, dir string, refresh time.Duration, log *zap.Logger) *Champion {
	c := &Champion{
		ledger: ledger, blobs: blobs, dir: dir, refresh: refresh, log: log,
		lines: lfb.Lines(),
	}
	l, err := c.fromDisk()
	switch {
	case err == nil:
		c.now.Store(l)
		log.Info("champion read from disk", zap.String("version", l.Version.ID))
	case !errors.Is(err, fs.ErrNotExist):
		log.Warn("local champion unusable", zap.Error(err))
	}
	return c
}

// Now returns the model that answers, nil while there is none.
func (c *Champion) Now() *Loaded { return c.now.Load() }

// LedgerSeen is when the ledger last answered; zero: not since the start.
func (c *Champion) LedgerSeen() time.Time {
	if n := c.seen.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Run follows the ledger until ctx ends.
func (c *Champion) Run(ctx context.Context) error {
	down := false
	return refreshEvery(ctx, c.refresh, c.Refresh, func(err error) {
		switch {
		case err != nil && !down:
			c.log.Warn("ledger unreachable, answering from what is loaded", zap.Error(err))
		case err == nil && down:
			c.log.Info("ledger reachable again")
		}
		down = err != nil
	})
}

// refreshEvery refreshes at once and then each period, and tells what came of it, until ctx ends.
func refreshEvery(ctx context.Context, period time.Duration, refresh func(context.Context) error,
	tell func(error),
) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		err := refresh(ctx)
		if ctx.Err() != nil {
			return nil
		}
		tell(err)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Refresh reads the ledger once and swaps the champion where it has moved on.
func (c *Champion) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, line := range c.lines {
		p, err := c.ledger.Champion(ctx, line)
		if errors.Is(err, lfb.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		c.seen.Store(time.Now().UnixNano())
		return c.swap(ctx, p)
	}
	c.seen.Store(time.Now().UnixNano())
	return nil
}

func (c *Champion) swap(ctx context.Context, p registry.Promotion) error {
	old := c.now.Load()
	if old != nil && old.Promotion.Line == p.Line && old.Promotion.Revision == p.Revision {
		if old.FromDisk {
			fresh := *old
			fresh.FromDisk = false
			c.now.Store(&fresh)
		}
		return nil
	}
	mark := fmt.Sprintf("%s revision %d", p.Line, p.Revision)
	if c.bad == mark && time.Now().Before(c.retry) {
		return nil // said before; the store is not asked for it four times a second
	}
	l, body, err := c.load(ctx, p)
	if err != nil {
		if c.bad != mark {
			c.bad = mark
			c.log.Error("champion not loadable, the one before keeps answering", zap.String("version", p.To), zap.Error(err))
		}
		if errors.Is(err, lfb.ErrInvalid) {
			c.retry = time.Now().Add(badPause)
		}
		return err
	}
	c.now.Store(l)
	c.log.Info("champion swapped", zap.String("line", p.Line), zap.String("version", p.To),
		zap.Int64("revision", p.Revision))
	if err := c.toDisk(l, body); err != nil {
		c.log.Warn("champion not kept on disk", zap.Error(err))
	}
	return nil
}

// load brings the bundle, verifies its hash and decodes it, and reads the whole
// entry, evidence included. Where the ledger has moved on since, that entry is
// the one.
func (c *Champion) load(ctx context.Context, p registry.Promotion) (*Loaded, []byte, error) {
	whole, err := c.ledger.Promotions(ctx, p.Line, 1)
	if err != nil {
		return nil, nil, err
	}
	if len(whole) > 0 {
		p = whole[0]
	}
	v, err := c.ledger.Version(ctx, p.Line, p.To)
	if err != nil {
		return nil, nil, err
	}
	body, err := c.blobs.ReadAll(ctx, v.Bundle)
	if err != nil {
		return nil, nil, err
	}
	b, err := decode(body, v)
	if err != nil {
		return nil, nil, err
	}
	return &Loaded{Promotion: p, Version: v, Bundle: b}, body, nil
}

// card is what stands on disk beside the bundle.
type card struct {
	Promotion registry.Promotion `json:"promotion"`
	Version   registry.Version   `json:"version"`
}

// toDisk writes the bundle under its version, then the card that names it, each
// by rename, so that a kill leaves the old pair or the new one.
func (c *Champion) toDisk(l *Loaded, body []byte) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if err := replaceFile(c.bundlePath(l.Version.ID), body); err != nil {
		return err
	}
	text, err := json.Marshal(card{Promotion: l.Promotion, Version: l.Version})
	if err != nil {
		return err
	}
	if err := replaceFile(c.cardPath(), text); err != nil {
		return err
	}
	return removeOthers(c.bundlePath(l.Version.ID))
}

func (c *Champion) fromDisk() (*Loaded, error) {
	text, err := os.ReadFile(c.cardPath())
	if err != nil {
		return nil, err
	}
	var k card
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", c.cardPath(), err, lfb.ErrInvalid)
	}
	body, err := os.ReadFile(c.bundlePath(k.Version.ID))
	if err != nil {
		return nil, err
	}
	b, err := decode(body, k.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.bundlePath(k.Version.ID), err)
	}
	return &Loaded{Promotion: k.Promotion, Version: k.Version, Bundle: b, FromDisk: true}, nil
}

// decode verifies that body is the version's bundle and reads it.
func decode(body []byte, v registry.Version) (*bundle.Bundle, error) {
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != v.Bundle.SHA256 {
		return nil, fmt.Errorf("not the bundle of version %s: %w", v.ID, lfb.ErrInvalid)
	}
	return bundle.Decode(body)
}

func (c *Champion) cardPath() string { return filepath.Join(c.dir, "champion.json") }

func (c *Champion) bundlePath(version string) string {
	return filepath.Join(c.dir, filepath.Base(version)+".bundle")
}

// replaceFile writes body beside path, syncs it and renames it over path.
func replaceFile(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the write's error matters
	}
	return err
}

// removeOthers removes the files of the same ending beside path, and what a kill in replaceFile
// left.
func removeOthers(path string) error {
	for _, pattern := range []string{"*" + filepath.Ext(path), ".new-*"} {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		if err != nil {
			return err
		}
		for _, other := range found {
			if other != path {
				_ = os.Remove(other) // tidying only; a leftover is found next time
			}
		}
	}
	return nil
}
