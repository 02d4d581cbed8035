package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"lfb/internal/lfb"
)

// product is an open product of the Ordnance Survey that names places: its id in the listing,
// and its file for the whole of Great Britain as CSV.
type product struct {
	id, file string
	kind     lfb.Kind
}

// Source: https://osdatahub.os.uk/docs/downloads/technicalSpecification.
func placeProducts() []product {
	return []product{
		{"CodePointOpen", "codepo_gb.zip", lfb.CodePointFile},
		{"OpenNames", "opname_csv_gb.zip", lfb.OpenNamesFile},
	}
}

const (
	osSpace       = time.Second // between two requests
	maxPlaceBytes = 1 << 30     // OS Open Names is about 103 MB
)

// OSDownloads is the Ordnance Survey's open downloads as a Source: the files of places. It is
// safe for concurrent use.
type OSDownloads struct {
	base string
	c    *client
}

// NewOSDownloads returns the downloads API at base, or a stand-in.
func NewOSDownloads(base string) *OSDownloads {
	return &OSDownloads{base: strings.TrimSuffix(base, "/"), c: newClient(rate.Every(osSpace))}
}

// Name is os.
func (o *OSDownloads) Name() string { return "os" }

// Origin is real: the places are Britain's.
func (o *OSDownloads) Origin() lfb.Origin { return lfb.Real }

// osDownload is one file as the API lists it.
type osDownload struct {
	MD5      string `json:"md5"`
	Size     int64  `json:"size"`
	FileName string `json:"fileName"`
	URL      string `json:"url"` // redirects to the file
	Format   string `json:"format"`
}

// List names the CSV of each product, with its MD5 as its version and the product's edition,
// as 2026-08.
func (o *OSDownloads) List(ctx context.Context) ([]Item, error) {
	var items []Item
	for _, p := range placeProducts() {
		item, err := o.describeProduct(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("product %s: %w", p.id, err)
		}
		items = append(items, item)
	}
	return items, nil
}

var md5Text = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (o *OSDownloads) describeProduct(ctx context.Context, p product) (Item, error) {
	address := o.base + "/products/" + p.id
	var listed []osDownload
	if err := o.c.readJSON(ctx, address+"/downloads?area=GB&format=CSV", &listed); err != nil {
		return Item{}, err
	}
	var about struct {
		Version string `json:"version"`
	}
	if err := o.c.readJSON(ctx, address, &about); err != nil {
		return Item{}, err
	}
	for _, d := range listed {
		if !strings.EqualFold(d.FileName, p.file) {
			continue
		}
		sum := strings.ToLower(d.MD5)
		file, err := resolveURL(o.base, d.URL)
		switch {
		case err != nil:
			return Item{}, err
		case !md5Text.MatchString(sum):
			return Item{}, fmt.Errorf("%s: %.40q is no MD5: %w", p.file, d.MD5, lfb.ErrInvalid)
		case d.Size <= 0 || d.Size > maxPlaceBytes:
			return Item{}, fmt.Errorf("%s: %d bytes, want 1 to %d: %w", p.file, d.Size, maxPlaceBytes, lfb.ErrInvalid)
		}
		return Item{Name: p.file, URL: file, Kind: p.kind, Version: md5Form + sum, Size: d.Size, Edition: about.Version}, nil
	}
	return Item{}, fmt.Errorf("no %s among %d files: %w", p.file, len(listed), lfb.ErrNotFound)
}

// Open streams a file from offset on, and not more than was listed: Download compares the
// whole with the MD5. The body is a *Body.
func (o *OSDownloads) Open(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	stream, start, err := o.c.openFrom(ctx, item, offset)
	if err != nil {
		return nil, 0, err
	}
	if body, ok := stream.(*Body); ok {
		body.ReadCloser = &boundedBody{io.LimitReader(body.ReadCloser, item.Size-start+1), body.ReadCloser}
	}
	return stream, start, nil
}

// boundedBody gives no more than its Reader does.
type boundedBody struct {
	io.Reader
	io.Closer
}

// readJSON asks an API and reads its answer into the value that into points to.
func (c *client) readJSON(ctx context.Context, address string, into any) error {
	resp, err := c.requestFile(ctx, address, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, listingBytes))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the API's answer: %w: %w", err, lfb.ErrInvalid)
	}
	return nil
}

// resolveURL is an address as it stands in an answer of the API at base.
func resolveURL(base, ref string) (string, error) {
	address, err := url.Parse(base + "/")
	if err == nil {
		address, err = address.Parse(ref)
	}
	if err != nil || !isAddress(address.String()) {
		return "", fmt.Errorf("address %q: %w", shownURL(ref), lfb.ErrInvalid)
	}
	return address.String(), nil
}

// PlacesDir is the Ordnance Survey's files as a user drops them into a folder, or into
// folders in it, under their own names.
type PlacesDir struct{ *Dir }

// NewPlacesDir returns the files of places in a folder.
func NewPlacesDir(folder string) PlacesDir { return PlacesDir{NewDir(folder, nil)} }

// List names those that are there; none is lfb.ErrNotFound.
func (d PlacesDir) List(ctx context.Context) ([]Item, error) {
	items, files, err := d.listFolder(ctx, func(root *os.Root, name string) (Item, error) {
		kind := placeKind(name)
		if kind == "" {
			return Item{}, nil
		}
		info, err := root.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return Item{}, err
		}
		return Item{
			Name: name, Kind: kind, Version: fileVersion(info), Size: info.Size(),
			Edition: info.ModTime().UTC().Format("2006-01"),
		}, nil
	})
	if err == nil && len(items) == 0 {
		err = fmt.Errorf("source folder %q: no codepo_gb.zip or opname_csv_gb.zip among %d files: %w", d.spec, files,
			lfb.ErrNotFound)
	}
	return items, err
}

// placeKind is which file of places has that name; empty for any other.
func placeKind(name string) lfb.Kind {
	for _, p := range placeProducts() {
		if strings.EqualFold(path.Base(name), p.file) {
			return p.kind
		}
	}
	return ""
}
