package source

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"lfb/internal/lfb"
)

const (
	datastoreSpace = 3 * time.Second // it answers 429 to less
	listingBytes   = 16 << 20        // a data set's description is some kilobytes
)

// dataSet is one of the brigade's two.
type dataSet struct {
	id   string
	kind lfb.Kind
}

func publishedSets() []dataSet {
	return []dataSet{{"em8xy", lfb.IncidentFile}, {"24r65", lfb.MobilisationFile}}
}

// Datastore is the London Datastore as a Source. It is safe for concurrent use;
// requests are spaced over all uses.
type Datastore struct {
	base string
	c    *client
}

// NewDatastore returns the London Datastore at base, or a stand-in.
func NewDatastore(base string) *Datastore {
	return &Datastore{base: strings.TrimSuffix(base, "/"), c: newClient(rate.Every(datastoreSpace))}
}

// Name is datastore.
func (d *Datastore) Name() string { return "datastore" }

// Origin is the brigade's own.
func (d *Datastore) Origin() lfb.Origin { return lfb.Real }

// resource is one file of a data set as the API describes it.
type resource struct {
	Title     string `json:"title"`
	Format    string `json:"format"`
	URL       string `json:"url"`
	Checked   string `json:"check_timestamp"`
	CheckHash string `json:"check_hash"`
	CheckSize int64  `json:"check_size"`
}

// List names the files of both data sets, "em8xy/<resource>" and so on: a resource
// keeps its id while its file is renamed from edition to edition. Metadata and documents
// are left out; each table is probed for its version and size.
func (d *Datastore) List(ctx context.Context) ([]Item, error) {
	var items []Item
	for _, set := range publishedSets() {
		resources, err := d.fetchResources(ctx, set.id)
		if err != nil {
			return nil, fmt.Errorf("data set %s: %w", set.id, err)
		}
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			res := resources[id]
			if !res.mayBeTable() {
				continue
			}
			name := set.id + "/" + id
			item, err := d.probeResource(ctx, res)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			item.Name, item.Kind = name, set.kind
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("no table in the data sets at %s: %w", d.base, lfb.ErrNotFound)
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// Open streams a file. It goes on from offset only if the content still is the
// item's version. The body is a *Body.
func (d *Datastore) Open(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	return d.c.openFrom(ctx, item, offset)
}

// fetchResources asks the API for the resources of a data set, by id.
func (d *Datastore) fetchResources(ctx context.Context, id string) (map[string]resource, error) {
	var set struct {
		Resources map[string]resource `json:"resources"`
	}
	err := d.c.readJSON(ctx, d.base+"/api/dataset/"+id, &set)
	return set.Resources, err
}

// mayBeTable reports whether a resource may be a file of rows.
func (r *resource) mayBeTable() bool {
	file := ""
	if u, err := url.Parse(r.URL); err == nil && r.URL != "" {
		file = path.Base(u.Path)
	}
	known := []string{"csv", "xlsx", "xls", "zip", "spreadsheet"}
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(file)), ".")
	return file != "" && !strings.Contains(strings.ToLower(file+r.Title), "metadata") &&
		(slices.Contains(known, ext) || slices.Contains(known, strings.ToLower(r.Format)))
}

// probeResource probes a resource's file. Where the server says nothing to tell editions
// apart by, the API's own check of the file does.
func (d *Datastore) probeResource(ctx context.Context, res resource) (Item, error) {
	address, err := resolveURL(d.base, res.URL)
	if err != nil {
		return Item{}, err
	}
	item, err := d.c.probeFile(ctx, address)
	if err != nil {
		return Item{}, err
	}
	switch {
	case item.Version != "":
	case res.CheckHash != "":
		item.Version = "hash:" + res.CheckHash
	case res.Checked != "":
		item.Version = fmt.Sprintf("checked:%s size:%d", res.Checked, max(item.Size, res.CheckSize))
	}
	return item, nil
}
