package source

import (
	"context"
	"io"

	"lfb/internal/lfb"
)

// Item is one file that a source has now.
type Item struct {
	Name    string   `json:"name"`    // as the source names it, unique within the source
	URL     string   `json:"url"`     // where it is; empty where the source makes it
	Kind    lfb.Kind `json:"kind"`    // empty until the header has been read
	Version string   `json:"version"` // identifies the content as far as the source can tell without sending it: ETag, time and size, seed; empty: unknown
	Size    int64    `json:"size"`    // bytes; -1 unknown
	// Edition is what people call the version of a file of places, as 2026-08.
	Edition string `json:"edition,omitempty"`
}

// Source is where published files come from.
type Source interface {
	// Name is datastore, dir, synthetic or os.
	Name() string
	// Origin says whether the rows are the brigade's own.
	Origin() lfb.Origin
	// List names the files there are now, sorted by Name. No files at all is
	// lfb.ErrNotFound.
	List(ctx context.Context) ([]Item, error)
	// Open streams item from byte offset on. A source that cannot start in the
	// middle returns the stream from 0 and start 0.
	Open(ctx context.Context, item Item, offset int64) (body io.ReadCloser, start int64, err error)
}
