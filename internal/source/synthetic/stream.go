package synthetic

import (
	"context"
	"io"
	"io/fs"
	"runtime"
	"sync"
)

// dayStream is a file that is read while workers generate it: a day each, in order.
type dayStream struct {
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

type dayJob struct {
	day  daySpan
	into chan<- []byte
}

// newStream starts the workers; Close ends them.
func newStream(ctx context.Context, c *City, f fileSpan, offset int64) *dayStream {
	workers := runtime.GOMAXPROCS(0)
	s := &dayStream{queue: make(chan chan []byte, workers+1), skip: offset}
	s.ctx, s.cancel = context.WithCancel(ctx)
	year := c.calendar.monthStart(f.first).Year()
	s.part = newWriter(nil, f.kind, c.opts, year).fileHeader()
	jobs := make(chan dayJob)
	s.done.Add(1 + workers)
	go s.planDays(c, f, jobs)
	for range workers {
		go func() {
			defer s.done.Done()
			var w *rowWriter
			for j := range jobs {
				if w == nil { // not before the first job, as making the city takes a while
					w = newWriter(c.london(), f.kind, c.opts, year)
				}
				j.into <- w.appendDay(s.takeBuffer(), &j.day)
			}
		}()
	}
	return s
}

// planDays sends the days to the workers. The channel's length bounds how many are in memory.
func (s *dayStream) planDays(c *City, f fileSpan, jobs chan<- dayJob) {
	defer s.done.Done()
	defer close(jobs)
	defer close(s.queue)
	var days []daySpan
	for m := f.first; m < c.endMonth(f); m++ {
		days = c.calendar.splitMonth(days[:0], m, c.opts.Seed)
		for _, d := range days {
			promise := make(chan []byte, 1) // so that no worker waits for a reader
			select {
			case s.queue <- promise:
			case <-s.ctx.Done():
				return
			}
			select {
			case jobs <- dayJob{d, promise}:
			case <-s.ctx.Done():
				return
			}
		}
	}
}

func (s *dayStream) takeBuffer() []byte {
	if b, ok := s.spare.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// Read implements io.Reader.
func (s *dayStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.waitForPart(); err != nil {
		return 0, err
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
}

// waitForPart waits until part holds bytes after the offset.
func (s *dayStream) waitForPart() error {
	for {
		if s.closed {
			return fs.ErrClosed
		}
		k := min(s.skip, int64(len(s.part)))
		s.part, s.skip = s.part[k:], s.skip-k
		if len(s.part) > 0 {
			return nil
		}
		if err := s.nextPart(); err != nil {
			return err
		}
	}
}

func (s *dayStream) nextPart() error {
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

// Close ends the workers and waits for them; a day that a worker has begun is
// finished first. It never fails.
func (s *dayStream) Close() error {
	s.cancel()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.done.Wait()
	return nil
}
