// Package spool keeps records on local disk until they are shipped: appending
// never waits for whoever takes them, and a kill of the process loses none that
// Append returned for.
//
//	Append ─▶ active segment ─ rotate, every second ─▶ closed segments ─ Ship, in order ─▶ deleted
//	                                                                        └ Refuse, what can never be taken
//
// No record holds up those behind it: a batch that the receiver refuses is halved until
// the records that are to blame are found, and these are put aside.
//
// A record may be shipped twice (a kill between shipping and deleting), so the
// receiver must know records by an id of their own. What a power cut may cost
// is what the operating system had not written yet.
package spool

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
)

// Ship takes a batch of records, all of them or none. lfb.ErrInvalid says that a record
// is among them that will never be taken; lfb.ErrUnavailable and the end of ctx, that
// none can be taken now. Any other error is held against a record only where it comes
// again while others are taken.
type Ship func(ctx context.Context, records [][]byte) error

// Refuse puts a record aside that Ship will never take, with the reason. An error leaves
// it in the spool.
type Refuse func(ctx context.Context, record []byte, reason error) error

const (
	prefix    = "spool-"
	batchSize = 500
	pause     = time.Second
	maxPause  = 30 * time.Second
	// shipWithin is how long a receiver may take for a batch: one that hangs is away.
	shipWithin = time.Minute
)

// Spool is a folder of segments. Its methods are safe for concurrent use.
type Spool struct {
	dir    string
	ship   Ship
	refuse Refuse
	log    *zap.Logger

	mu     sync.Mutex
	active segment
	seq    int
	bytes  int64 // in the active segment

	flushing sync.Mutex
	taken    int         // batches that Ship took
	suspects map[int]int // segments that were not taken, for no known reason: taken at that time
}

// segment is an open *os.File.
type segment interface {
	io.WriteCloser
	Truncate(size int64) error
}

// Open continues the spool in dir, which one process may have open at a time.
func Open(dir string, ship Ship, refuse Refuse, log *zap.Logger) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Spool{dir: dir, ship: ship, refuse: refuse, log: log, suspects: map[int]int{}}
	old, err := s.listSegments()
	if err != nil {
		return nil, err
	}
	if len(old) > 0 {
		s.seq = old[len(old)-1]
	}
	return s, s.rotateSegment()
}

// Append stores records, which hold no line feed, all of them or none. When it returns
// nil they survive a kill of this process.
func (s *Spool) Append(records ...[]byte) error {
	var lines []byte
	for _, record := range records {
		if bytes.IndexByte(record, '\n') >= 0 {
			return fmt.Errorf("record with a line feed: %w", lfb.ErrInvalid)
		}
		lines = append(append(lines, record...), '\n')
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil {
		return fmt.Errorf("spool %s is closed: %w", s.dir, lfb.ErrUnavailable)
	}
	n, err := s.active.Write(lines)
	if err != nil {
		// A torn line must not swallow the next record: cut it off again, or leave it
		// at the end of its segment, where it counts for nothing.
		if cut := s.active.Truncate(s.bytes); cut != nil {
			err = errors.Join(err, cut, s.rotateSegment())
		}
		return err
	}
	s.bytes += int64(n)
	return nil
}

// Run ships what comes in until ctx ends, then once more what is there, for at
// most five seconds.
func (s *Spool) Run(ctx context.Context) error {
	wait := pause
	for {
		err := s.Flush(ctx)
		switch {
		case ctx.Err() != nil:
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := s.Flush(last); err != nil {
				s.log.Warn("predictions stay in the spool", zap.Error(err))
			}
			return nil
		case err != nil:
			if wait == pause {
				s.log.Warn("predictions not shipped, they stay in the spool", zap.Error(err))
			}
			wait = min(2*wait, maxPause)
		default:
			wait = pause
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// Flush ships every record that is there now, or puts it aside. What stays in the spool
// is in the error; where the receiver is away it is all that follows.
func (s *Spool) Flush(ctx context.Context) error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	s.mu.Lock()
	var err error
	if s.active != nil && s.bytes > 0 {
		err = s.rotateSegment()
	}
	current := s.seq
	s.mu.Unlock()
	if err != nil {
		return err
	}
	seqs, err := s.listSegments()
	if err != nil {
		return err
	}
	var stayed error
	for _, seq := range seqs {
		if seq == current {
			continue
		}
		err := s.shipSegment(ctx, seq)
		if stayed = errors.Join(stayed, err); isTemporary(err) {
			break
		}
	}
	return stayed
}

// isTemporary says whether err is about the receiver, not about what was shipped.
func isTemporary(err error) bool {
	return errors.Is(err, lfb.ErrUnavailable) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

// Close stops appending. What is not shipped stays for the next Open.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil {
		return nil
	}
	err := s.active.Close()
	s.active = nil
	return err
}

// Backlog is how many bytes wait to be shipped, and since when the oldest record does,
// to the second or so; zero where none waits.
func (s *Spool) Backlog() (bytes int64, oldest time.Time, err error) {
	seqs, err := s.listSegments()
	for _, seq := range seqs {
		info, err := os.Stat(s.segmentPath(seq))
		if err != nil || info.Size() == 0 { // it was shipped just now, or is empty
			continue
		}
		if oldest.IsZero() {
			oldest = info.ModTime() // a segment is closed within moments of its first record
		}
		bytes += info.Size()
	}
	return bytes, oldest, err
}

// shipSegment ships a segment and deletes it, unless an error leaves records in it.
func (s *Spool) shipSegment(ctx context.Context, seq int) error {
	f, err := os.Open(s.segmentPath(seq))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	before, suspected := s.suspects[seq]
	if !suspected {
		before = s.taken
	}
	proven := suspected && s.taken > before
	var stayed error
	r := bufio.NewReaderSize(f, 64<<10)
	batch := make([][]byte, 0, batchSize)
	for done := false; !done; {
		line, err := r.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF):
			// What follows the last line feed was being written when the process was
			// killed: Append never returned for it.
			done = true
		case err != nil:
			return err
		default:
			batch = append(batch, line[:len(line)-1])
		}
		if len(batch) == batchSize || done && len(batch) > 0 {
			err := s.shipBatch(ctx, batch, proven)
			if stayed = errors.Join(stayed, err); isTemporary(err) {
				return stayed
			}
			batch = batch[:0]
		}
	}
	if stayed != nil {
		s.suspects[seq] = before
		return stayed
	}
	delete(s.suspects, seq)
	return os.Remove(s.segmentPath(seq))
}

// shipBatch ships a batch, and its halves where it is refused: what is left of them in
// the end is one record that is to blame, or one that may be.
func (s *Spool) shipBatch(ctx context.Context, batch [][]byte, proven bool) error {
	within, cancel := context.WithTimeout(ctx, shipWithin)
	err := s.ship(within, batch)
	cancel()
	half := len(batch) / 2
	switch {
	case err == nil:
		s.taken++
		return nil
	case isTemporary(err):
		return err
	case half > 0:
		if err = s.shipBatch(ctx, batch[:half], proven); isTemporary(err) {
			return err
		}
		return errors.Join(err, s.shipBatch(ctx, batch[half:], proven))
	case proven || errors.Is(err, lfb.ErrInvalid):
		return s.refuse(ctx, batch[0], err)
	}
	return err
}

// rotateSegment closes the active segment and starts the next.
func (s *Spool) rotateSegment() error {
	f, err := os.OpenFile(s.segmentPath(s.seq+1), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	old := s.active
	s.active, s.bytes = f, 0
	s.seq++
	if old != nil {
		return old.Close()
	}
	return nil
}

// listSegments are the numbers of all segments, in order.
func (s *Spool) listSegments() ([]int, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var seqs []int
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimPrefix(e.Name(), prefix)); err == nil && strings.HasPrefix(e.Name(), prefix) {
			seqs = append(seqs, n)
		}
	}
	slices.Sort(seqs)
	return seqs, nil
}

func (s *Spool) segmentPath(seq int) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s%012d", prefix, seq))
}
