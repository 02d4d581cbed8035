package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"lfb/internal/lfb"
)

// Options says how a source behaves towards servers. Zero values are the defaults.
type Options struct {
	Space     time.Duration // between two requests; default 3 s at the datastore, else none; below 0 none
	Tries     int           // of one request before giving up; default 5
	Wait      time.Duration // before the second try, doubling with each; default 1 s
	MostWait  time.Duration // the longest wait, also that a server may ask for; default 5 min
	Stall     time.Duration // a connection without a byte for so long is given up; default 1 min
	UserAgent string        // default lfb-response-time/1

	Sleep func(ctx context.Context, d time.Duration) error // default waits; tests don't
	Rand  *rand.Rand                                       // of the jitter; default seeded by the clock
}

func (o Options) withDefaults(space time.Duration) Options {
	if o.Space == 0 {
		o.Space = space
	}
	if o.Tries == 0 {
		o.Tries = 5
	}
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	if o.MostWait == 0 {
		o.MostWait = 5 * time.Minute
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	if o.UserAgent == "" {
		o.UserAgent = "lfb-response-time/1"
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// client asks servers for files, spaced and patiently.
type client struct {
	hc   *http.Client
	o    Options
	mu   sync.Mutex // guards what follows, and o.Rand
	next time.Time  // when the next request may go out
}

var errStalled = errors.New("no byte for too long")

// get returns a response of status 200, 206, 304 or 416, whose body the caller
// closes. Too many requests, broken connections and servers in trouble are tried
// again; what comes of it is lfb.ErrUnavailable.
func (c *client) get(ctx context.Context, address string, header http.Header) (*http.Response, error) {
	for try := 1; ; try++ {
		if err := c.space(ctx); err != nil {
			return nil, err
		}
		resp, err := c.once(ctx, address, header)
		if err == nil || !errors.Is(err, lfb.ErrUnavailable) {
			return resp, err
		}
		wait := c.backoff(try)
		var asked *askedToWait
		if errors.As(err, &asked) {
			wait = max(wait, asked.wait)
		}
		if try >= c.o.Tries || wait > c.o.MostWait {
			return nil, fmt.Errorf("after %d tries: %w", try, err)
		}
		if err := c.o.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// space waits for this request's turn.
func (c *client) space(ctx context.Context) error {
	if c.o.Space <= 0 {
		return ctx.Err()
	}
	c.mu.Lock()
	now := time.Now()
	turn := c.next
	if turn.Before(now) {
		turn = now
	}
	c.next = turn.Add(c.o.Space)
	c.mu.Unlock()
	if wait := turn.Sub(now); wait > 0 {
		return c.o.Sleep(ctx, wait)
	}
	return ctx.Err()
}

// backoff doubles with each try, and is anything from half of that to all, lest
// all clients come back at once.
func (c *client) backoff(try int) time.Duration {
	wait := min(c.o.Wait<<min(try-1, 20), c.o.MostWait)
	c.mu.Lock()
	defer c.mu.Unlock()
	return wait/2 + time.Duration(c.o.Rand.Int64N(int64(wait/2)+1))
}

// askedToWait is a refusal with a Retry-After.
type askedToWait struct {
	error
	wait time.Duration
}

func (a *askedToWait) Unwrap() error { return a.error }

// once makes one request.
func (c *client) once(ctx context.Context, address string, header http.Header) (*http.Response, error) {
	at := shownURL(address)
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("address %q: %w", at, lfb.ErrInvalid)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	stall := time.AfterFunc(c.o.Stall, func() { cancel(errStalled) })
	resp, err := c.hc.Do(req)
	if err != nil {
		stall.Stop()
		defer cancel(nil)
		return nil, c.broken(ctx, at, err)
	}
	resp.Body = &patientBody{ReadCloser: resp.Body, c: c, ctx: ctx, cancel: cancel, stall: stall, at: at}
	if err := refusal(resp, req, at); err != nil {
		return nil, errors.Join(err, resp.Body.Close())
	}
	return resp, nil
}

// broken words an error of the network without what a signed address holds.
func (c *client) broken(ctx context.Context, at string, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStalled):
		return fmt.Errorf("%s: no byte for %v: %w", at, c.o.Stall, lfb.ErrUnavailable)
	case cause != nil:
		return fmt.Errorf("%s: %w", at, cause)
	}
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	return fmt.Errorf("%s: %s: %w", at, withoutQueries(err.Error()), lfb.ErrUnavailable)
}

// refusal translates a status into what the caller can do about it.
func refusal(resp *http.Response, asked *http.Request, at string) error {
	redirected := resp.Request != nil && resp.Request.URL.Host != asked.URL.Host
	switch s := resp.StatusCode; {
	case s == http.StatusOK, s == http.StatusPartialContent, s == http.StatusNotModified,
		s == http.StatusRequestedRangeNotSatisfiable:
		return nil
	case s == http.StatusNotFound, s == http.StatusGone:
		return fmt.Errorf("%s: status %d: %w", at, s, lfb.ErrNotFound)
	case s == http.StatusForbidden && redirected:
		// The signature of the address that we were sent to has run out: ask anew.
		return fmt.Errorf("%s: status %d where it redirects to: %w", at, s, lfb.ErrUnavailable)
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return fmt.Errorf("%s: status %d, private or blocked: %w", at, s, lfb.ErrInvalid)
	case s == http.StatusTooManyRequests, s == http.StatusRequestTimeout, s >= 500:
		err := fmt.Errorf("%s: status %d: %w", at, s, lfb.ErrUnavailable)
		if wait, ok := retryAfter(resp.Header.Get("Retry-After")); ok {
			return &askedToWait{err, wait}
		}
		return err
	default:
		return fmt.Errorf("%s: status %d: %w", at, s, lfb.ErrInvalid)
	}
}

// retryAfter reads seconds or a date.
func retryAfter(s string) (time.Duration, bool) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<30)) * time.Second, true
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(time.Until(at), 0), true
	}
	return 0, false
}

// shownURL is an address as an error or a name may show it: no query, no password.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return withoutQueries(address)
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// withoutQueries cuts every address in s at its question mark.
func withoutQueries(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("?…")
		s = strings.TrimLeftFunc(after, func(r rune) bool { return r != '"' && !unicode.IsSpace(r) })
	}
}

// patientBody gives up a connection that says nothing for too long.
type patientBody struct {
	io.ReadCloser
	c      *client
	ctx    context.Context // of the request: says why a read broke
	cancel context.CancelCauseFunc
	stall  *time.Timer
	at     string
}

func (b *patientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.stall.Reset(b.c.o.Stall)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, b.c.broken(b.ctx, b.at, err)
	}
	return n, err
}

func (b *patientBody) Close() error {
	b.stall.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}
