package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"lfb/internal/lfb"
)

const userAgent = "lfb-response-time/1"

// RetryError is lfb.ErrUnavailable of a server that says when to come again.
type RetryError struct {
	error
	After time.Duration
}

// Unwrap returns what is wrong.
func (e *RetryError) Unwrap() error { return e.error }

// client asks servers for files. It asks once: who calls tries again.
type client struct {
	hc    *http.Client
	turns *rate.Limiter
	stall time.Duration // a connection without a byte for so long is given up
}

// newClient asks at most as often as pace allows.
func newClient(pace rate.Limit) *client {
	return &client{hc: http.DefaultClient, turns: rate.NewLimiter(pace, 1), stall: time.Minute}
}

var errStalled = errors.New("no byte for too long")

// requestFile returns a response of status 200, 206 or 416, whose body the caller closes. lfb.ErrUnavailable
// is what another try may cure.
func (c *client) requestFile(ctx context.Context, address string, header http.Header) (*http.Response, error) {
	shown := shownURL(address)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", shown, lfb.ErrInvalid)
	}
	req.Header = header
	req.Header.Set("User-Agent", userAgent)
	if err := c.turns.Wait(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	body := &impatientBody{
		ReadCloser: http.NoBody, ctx: ctx, cancel: cancel, shown: shown,
		patience: c.stall, timer: time.AfterFunc(c.stall, func() { cancel(errStalled) }),
	}
	resp, err := c.hc.Do(req.WithContext(ctx))
	if err != nil {
		return nil, errors.Join(body.explain(err), body.Close())
	}
	body.ReadCloser, resp.Body = resp.Body, body
	if err := checkStatus(resp, req, shown); err != nil {
		return nil, errors.Join(err, body.Close())
	}
	return resp, nil
}

// impatientBody gives up a connection that says nothing for too long.
type impatientBody struct {
	io.ReadCloser
	ctx      context.Context // of the request: says why a read broke
	cancel   context.CancelCauseFunc
	timer    *time.Timer
	patience time.Duration
	shown    string // address
}

// Read returns lfb.ErrUnavailable where the connection breaks.
func (b *impatientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.timer.Reset(b.patience)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.explain(err)
	}
	return n, err
}

// Close ends the request.
func (b *impatientBody) Close() error {
	b.timer.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}

// explain words an error of the network without what a signed address holds.
func (b *impatientBody) explain(err error) error {
	switch cause := context.Cause(b.ctx); {
	case errors.Is(cause, errStalled):
		return fmt.Errorf("%s: no byte for %v: %w", b.shown, b.patience, lfb.ErrUnavailable)
	case cause != nil:
		return fmt.Errorf("%s: %w", b.shown, cause)
	}
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	return fmt.Errorf("%s: %s: %w", b.shown, withoutQueries(err.Error()), lfb.ErrUnavailable)
}

// checkStatus translates a status into what the caller can do about it.
func checkStatus(resp *http.Response, asked *http.Request, shown string) error {
	redirected := resp.Request != nil && resp.Request.URL.Host != asked.URL.Host
	switch s := resp.StatusCode; {
	case s == http.StatusOK, s == http.StatusPartialContent, s == http.StatusRequestedRangeNotSatisfiable:
		return nil
	case s == http.StatusNotFound, s == http.StatusGone:
		return fmt.Errorf("%s: status %d: %w", shown, s, lfb.ErrNotFound)
	case s == http.StatusForbidden && redirected:
		// The signature of the address that we were sent to has run out: ask anew.
		return fmt.Errorf("%s: status %d where it redirects to: %w", shown, s, lfb.ErrUnavailable)
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return fmt.Errorf("%s: status %d, private or blocked: %w", shown, s, lfb.ErrInvalid)
	case s == http.StatusTooManyRequests, s == http.StatusRequestTimeout, s >= 500:
		err := fmt.Errorf("%s: status %d: %w", shown, s, lfb.ErrUnavailable)
		if after, ok := retryAfter(resp.Header.Get("Retry-After")); ok {
			return &RetryError{err, after}
		}
		return err
	default:
		return fmt.Errorf("%s: status %d: %w", shown, s, lfb.ErrInvalid)
	}
}

// retryAfter reads seconds or a date.
func retryAfter(s string) (time.Duration, bool) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<30)) * time.Second, true
	}
	at, err := http.ParseTime(s)
	return max(time.Until(at), 0), err == nil
}

// shownURL is an address as an error or a name may show it: no query, no password.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return withoutQueries(address)
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

var query = regexp.MustCompile(`\?[^"\s]*`)

// withoutQueries cuts every address in s at its question mark.
func withoutQueries(s string) string { return query.ReplaceAllString(s, "?…") }

// Body is a stream that knows what it is of.
type Body struct {
	io.ReadCloser
	Total   int64  // bytes of the whole file; -1 unknown
	Version string // of the content that is sent, like Item.Version; empty: unknown
}

// versionOf is what the headers of a response say of the content's identity.
func versionOf(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); tag != "" {
		return "etag:" + tag
	}
	if at := resp.Header.Get("Last-Modified"); at != "" {
		return "modified:" + at
	}
	return ""
}

// md5Form begins the version of an item whose MD5 is known before it comes: the whole is
// compared with it, so that going on needs no word of the server's.
const md5Form = "md5:"

// openFrom streams an address from offset on if it still is the item's version, else from 0.
func (c *client) openFrom(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	header := http.Header{"Accept-Encoding": {"identity"}} // offsets and lengths are the file's own
	form, validator, _ := strings.Cut(item.Version, ":")
	strong := form == "modified" || (form == "etag" && !strings.HasPrefix(validator, "W/")) // a weak tag is no condition
	compared := strings.HasPrefix(item.Version, md5Form)
	if !strong && !compared {
		offset = 0
	}
	if offset > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	if offset > 0 && strong {
		header.Set("If-Range", validator)
	}
	resp, err := c.requestFile(ctx, item.URL, header)
	if err != nil {
		return nil, 0, err
	}
	body := &Body{ReadCloser: resp.Body, Version: versionOf(resp), Total: resp.ContentLength}
	if compared {
		body.Version = item.Version
	}
	if resp.StatusCode == http.StatusOK {
		return body, 0, nil
	}
	start, total := parseContentRange(resp.Header.Get("Content-Range"))
	if resp.StatusCode == http.StatusPartialContent && offset > 0 && start == offset && body.Version == item.Version {
		body.Total = total
		return body, start, nil
	}
	// Beyond the end, or not what was asked for: there is no going on from offset.
	if err := resp.Body.Close(); err != nil {
		return nil, 0, err
	}
	if offset == 0 {
		return nil, 0, fmt.Errorf("%s: status %d to a plain request: %w", shownURL(item.URL), resp.StatusCode, lfb.ErrInvalid)
	}
	return c.openFrom(ctx, item, 0)
}

// parseContentRange reads "bytes 5-9/100", "bytes */100" and "bytes 5-9/*", whose total is -1.
func parseContentRange(s string) (start, total int64) {
	span, whole, _ := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	first, _, _ := strings.Cut(span, "-")
	start, _ = strconv.ParseInt(first, 10, 64)
	total, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		total = -1
	}
	return start, total
}

// probeFile learns the version and size of an address for one byte of traffic: a HEAD
// would not do, as the signature of the address redirected to is for GET.
func (c *client) probeFile(ctx context.Context, address string) (Item, error) {
	resp, err := c.requestFile(ctx, address, http.Header{"Accept-Encoding": {"identity"}, "Range": {"bytes=0-0"}})
	if err != nil {
		return Item{}, err
	}
	item := Item{URL: address, Version: versionOf(resp), Size: resp.ContentLength}
	if resp.StatusCode != http.StatusOK { // an empty file has no byte 0
		_, item.Size = parseContentRange(resp.Header.Get("Content-Range"))
	}
	return item, resp.Body.Close()
}
