package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"lfb/internal/lfb"
)

// DatastoreBase is the London Datastore.
const DatastoreBase = "https://data.london.gov.uk"

const (
	datastoreSpace = 3 * time.Second // it answers 429 to less
	listingBytes   = 16 << 20        // a data set's description is some kilobytes
)

// dataSet is one of the brigade's two.
type dataSet struct {
	id   string
	kind lfb.Kind
}

func published() []dataSet {
	return []dataSet{{"em8xy", lfb.IncidentFile}, {"24r65", lfb.MobilisationFile}}
}

// Skip is a file that List left out, and why.
type Skip struct{ Name, Why string }

// Datastore is the London Datastore as a Source. It is safe for concurrent use;
// requests are spaced over all uses.
type Datastore struct {
	base string
	c    *client

	mu       sync.Mutex
	listings map[string]listing // by address
	probes   map[string]Item    // by address
	skipped  []Skip
}

// listing is an answer of the API that a server may say is still current.
type listing struct {
	version string
	body    []byte
}

// NewDatastore returns the London Datastore at base (DatastoreBase, or a stand-in).
// hc may be nil.
func NewDatastore(base string, hc *http.Client, o Options) *Datastore {
	return &Datastore{
		base: strings.TrimSuffix(base, "/"), c: newClient(hc, o, datastoreSpace),
		listings: map[string]listing{}, probes: map[string]Item{},
	}
}

func newClient(hc *http.Client, o Options, space time.Duration) *client {
	if hc == nil {
		hc = &http.Client{}
	}
	return &client{hc: hc, o: o.withDefaults(space)}
}

// Name is datastore.
func (d *Datastore) Name() string { return "datastore" }

// Origin is the brigade's own.
func (d *Datastore) Origin() lfb.Origin { return lfb.Real }

// Skipped is what the last List left out: metadata and documents.
func (d *Datastore) Skipped() []Skip {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.skipped)
}

// resource is one file of a data set as the API describes it.
type resource struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Format    string `json:"format"`
	URL       string `json:"url"`
	Checked   string `json:"check_timestamp"`
	CheckHash string `json:"check_hash"`
	CheckSize int64  `json:"check_size"`
}

// List names the files of both data sets, "em8xy/<resource>" and so on: a resource
// keeps its id while its file is renamed from edition to edition. Each is probed
// for its version and size.
func (d *Datastore) List(ctx context.Context) ([]Item, error) {
	var items []Item
	var skipped []Skip
	for _, set := range published() {
		resources, err := d.resources(ctx, set.id)
		if err != nil {
			return nil, fmt.Errorf("data set %s: %w", set.id, err)
		}
		for _, res := range resources {
			name := set.id + "/" + res.ID
			if why := res.noTable(); why != "" {
				skipped = append(skipped, Skip{name + " " + res.Title, why})
				continue
			}
			item, err := d.item(ctx, res)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			item.Name, item.Kind = name, set.kind
			items = append(items, item)
		}
	}
	d.mu.Lock()
	d.skipped = skipped
	d.mu.Unlock()
	if len(items) == 0 {
		return nil, fmt.Errorf("no table in the data sets at %s: %w", d.base, lfb.ErrNotFound)
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// Open streams a file. It goes on from offset only if the content still is the
// item's version. The body is a *Body.
func (d *Datastore) Open(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	return d.c.openAt(ctx, item, offset)
}

// resources asks the API for a data set, the newest of each resource.
func (d *Datastore) resources(ctx context.Context, id string) ([]resource, error) {
	body, err := d.listing(ctx, d.base+"/api/dataset/"+id)
	if err != nil {
		return nil, err
	}
	var set struct {
		Resources json.RawMessage `json:"resources"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("the API's answer: %w: %w", err, lfb.ErrInvalid)
	}
	all, err := decodeResources(set.Resources)
	if err != nil {
		return nil, fmt.Errorf("the API's resources: %w: %w", err, lfb.ErrInvalid)
	}
	newest := map[string]resource{}
	for _, res := range all {
		if old, ok := newest[res.ID]; !ok || res.Checked > old.Checked {
			newest[res.ID] = res
		}
	}
	out := make([]resource, 0, len(newest))
	for _, res := range newest {
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b resource) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// decodeResources reads the map by id that a data set has, or the list of the
// whole catalogue's export.
func decodeResources(raw json.RawMessage) ([]resource, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		var list []resource
		err := json.Unmarshal(raw, &list)
		return list, err
	}
	var byID map[string]resource
	if err := json.Unmarshal(raw, &byID); err != nil {
		return nil, err
	}
	var list []resource
	for id, res := range byID {
		res.ID = id
		list = append(list, res)
	}
	return list, nil
}

// listing gets a description, or learns that the one it has is still current.
func (d *Datastore) listing(ctx context.Context, address string) ([]byte, error) {
	d.mu.Lock()
	known := d.listings[address]
	d.mu.Unlock()
	header := http.Header{"Accept": {"application/json"}}
	if tag, ok := strings.CutPrefix(known.version, byETag); ok {
		header.Set("If-None-Match", tag)
	} else if at, ok := strings.CutPrefix(known.version, byModified); ok {
		header.Set("If-Modified-Since", at)
	}
	resp, err := d.c.get(ctx, address, header)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotModified {
		return known.body, resp.Body.Close()
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, listingBytes))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listings[address] = listing{versionOf(resp), body}
	return body, nil
}

// noTable says why a resource is no file of rows; empty where it may be one.
func (r *resource) noTable() string {
	file := fileName(r.URL)
	if strings.Contains(strings.ToLower(file+r.Title), "metadata") {
		return "metadata"
	}
	if r.URL == "" {
		return "no address"
	}
	known := []string{"csv", "xlsx", "xls", "zip", "spreadsheet"}
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(file)), ".")
	if !slices.Contains(known, ext) && !slices.Contains(known, strings.ToLower(r.Format)) {
		return fmt.Sprintf("neither CSV, XLSX nor ZIP: %.40q, format %.20q", file, r.Format)
	}
	return ""
}

func fileName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// item probes a resource's file. Where the server says nothing to tell editions
// apart by, the API's own check of the file does.
func (d *Datastore) item(ctx context.Context, res resource) (Item, error) {
	address, err := url.Parse(d.base + "/")
	if err == nil {
		address, err = address.Parse(res.URL)
	}
	if err != nil {
		return Item{}, fmt.Errorf("address %q: %w", shownURL(res.URL), lfb.ErrInvalid)
	}
	d.mu.Lock()
	known := d.probes[address.String()]
	d.mu.Unlock()
	item, err := d.c.probe(ctx, address.String(), known)
	if err != nil {
		return Item{}, err
	}
	d.mu.Lock()
	d.probes[item.URL] = item
	d.mu.Unlock()
	switch {
	case item.Version != "":
	case res.CheckHash != "":
		item.Version = "hash:" + res.CheckHash
	case res.Checked != "":
		item.Version = fmt.Sprintf("checked:%s size:%d", res.Checked, max(item.Size, res.CheckSize))
	}
	return item, nil
}
