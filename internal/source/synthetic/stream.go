package synthetic

import (
	"context"
	"io"
	"io/fs"
	"runtime"
	"sync"
)

// stream reads a file while workers make it, a day each, in order.
type stream struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	queue  chan chan []byte // a promise a day, in order of days; closed after the last
	spare  sync.Pool        // used buffers: *[]byte

	mu     sync.Mutex // Close may come from another goroutine
	closed bool
	part   []byte // what is left of the current day
	whole  []byte
	skip   int64
}

type job struct {
	day  day
	into chan<- []byte
}

// newStream starts the workers; Close ends them.
func newStream(ctx context.Context, c *City, f file, offset int64) *stream {
	workers := runtime.GOMAXPROCS(0)
	s := &stream{queue: make(chan chan []byte, workers+1), skip: offset}
	s.ctx, s.cancel = context.WithCancel(ctx)
	year := c.calendar.start(f.first).Year()
	s.part = newWriter(nil, f.kind, c.opts, year).header()
	jobs := make(chan job)
	s.done.Add(1 + workers)
	go s.plan(c, f, jobs)
	for range workers {
		go func() {
			defer s.done.Done()
			var w *writer
			for j := range jobs {
				if w == nil { // not before the first job, as making the city takes a while
					w = newWriter(c.london(), f.kind, c.opts, year)
				}
				j.into <- w.write(s.buffer(), &j.day)
			}
		}()
	}
	return s
}

// plan hands out the days. The queue's length bounds how many are under way.
func (s *stream) plan(c *City, f file, jobs chan<- job) {
	defer s.done.Done()
	defer close(jobs)
	defer close(s.queue)
	var days []day
	for m := f.first; m < c.end(f); m++ {
		days = c.calendar.days(days[:0], m, c.opts.Seed)
		for _, d := range days {
			promise := make(chan []byte, 1) // so that no worker waits for a reader
			select {
			case s.queue <- promise:
			case <-s.ctx.Done():
				return
			}
			select {
			case jobs <- job{d, promise}:
			case <-s.ctx.Done():
				return
			}
		}
	}
}

func (s *stream) buffer() []byte {
	if b, ok := s.spare.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
}

// fill waits until part holds something behind the offset.
func (s *stream) fill() error {
	for {
		if s.closed {
			return fs.ErrClosed
		}
		k := min(s.skip, int64(len(s.part)))
		s.part, s.skip = s.part[k:], s.skip-k
		if len(s.part) > 0 {
			return nil
		}
		if err := s.next(); err != nil {
			return err
		}
	}
}

func (s *stream) next() error {
	if s.whole != nil {
		b := s.whole
		s.spare.Put(&b)
		s.whole = nil
	}
	select {
	case promise, ok := <-s.queue:
		// A cancelled plan closes the queue too: that is no end of file.
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if !ok {
			return io.EOF
		}
		select {
		case s.part = <-promise:
			s.whole = s.part
			return nil
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// Close ends the workers and waits for them; a day that is under way is
// finished first. It never fails.
func (s *stream) Close() error {
	s.cancel()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.done.Wait()
	return nil
}
