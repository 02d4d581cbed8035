package source

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"lfb/internal/lfb"
)

// Body is a stream that knows what it is of.
type Body struct {
	io.ReadCloser
	Total   int64  // bytes of the whole file; -1 unknown
	Version string // of the content that is sent, like Item.Version; empty: unknown
}

// The two forms of a version that can be held against a server.
const (
	byETag     = "etag:"
	byModified = "modified:"
)

// versionOf is what the headers of a response say of the content's identity.
func versionOf(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); tag != "" {
		return byETag + tag
	}
	if at := resp.Header.Get("Last-Modified"); at != "" {
		return byModified + at
	}
	return ""
}

// openAt streams an address from offset on if it still is version, else from 0.
func (c *client) openAt(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	header := http.Header{"Accept-Encoding": {"identity"}} // offsets and lengths are the file's own
	condition, ok := ifRange(item.Version)
	ranged := offset > 0 && ok
	if ranged {
		header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		header.Set("If-Range", condition)
	}
	resp, err := c.get(ctx, item.URL, header)
	if err != nil {
		return nil, 0, err
	}
	body := &Body{ReadCloser: resp.Body, Version: versionOf(resp), Total: resp.ContentLength}
	switch resp.StatusCode {
	case http.StatusOK:
		return body, 0, nil
	case http.StatusPartialContent:
		start, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if ranged && ok && start == offset && body.Version == item.Version {
			body.Total = total
			return body, start, nil
		}
	}
	// Beyond the end, or not what was asked for: there is no going on from offset.
	if err := resp.Body.Close(); err != nil {
		return nil, 0, err
	}
	if !ranged {
		return nil, 0, fmt.Errorf("%s: status %d to a plain request: %w", shownURL(item.URL), resp.StatusCode, lfb.ErrInvalid)
	}
	return c.openAt(ctx, item, 0)
}

// ifRange is the condition under which a server may go on. A weak tag is none.
func ifRange(version string) (string, bool) {
	if tag, ok := strings.CutPrefix(version, byETag); ok {
		return tag, !strings.HasPrefix(tag, "W/")
	}
	return strings.CutPrefix(version, byModified)
}

// contentRange reads "bytes 5-9/100".
func contentRange(s string) (start, total int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes ")
	span, whole, ok2 := strings.Cut(s, "/")
	first, _, _ := strings.Cut(span, "-")
	if total = -1; whole != "*" {
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return 0, 0, false
		}
		total = n
	}
	if first == "*" {
		return 0, total, ok && ok2
	}
	start, err := strconv.ParseInt(first, 10, 64)
	return start, total, ok && ok2 && err == nil
}

// probe learns the version and size of an address for one byte of traffic: a HEAD
// would not do, as the signature of the address redirected to is for GET. Where
// known is still current, the server says only that.
func (c *client) probe(ctx context.Context, address string, known Item) (Item, error) {
	header := http.Header{"Accept-Encoding": {"identity"}, "Range": {"bytes=0-0"}}
	if tag, ok := strings.CutPrefix(known.Version, byETag); ok {
		header.Set("If-None-Match", tag)
	} else if at, ok := strings.CutPrefix(known.Version, byModified); ok {
		header.Set("If-Modified-Since", at)
	}
	resp, err := c.get(ctx, address, header)
	if err != nil {
		return Item{}, err
	}
	item := Item{URL: address, Version: versionOf(resp), Size: resp.ContentLength}
	switch resp.StatusCode {
	case http.StatusNotModified:
		item.Version, item.Size = known.Version, known.Size
	case http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable: // an empty file has no byte 0
		_, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if item.Size = total; !ok {
			item.Size = -1
		}
	}
	return item, resp.Body.Close()
}
