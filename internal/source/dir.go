package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"lfb/internal/clean"
	"lfb/internal/lfb"
)

// Dir is files as a user drops them: a folder with all its folders, or http(s)
// addresses. It is safe for concurrent use.
type Dir struct {
	spec string
	c    *client

	mu      sync.Mutex
	probes  map[string]Item // by address
	skipped []Skip
}

// NewDir returns the files of a folder, or of addresses separated by commas. hc
// may be nil.
func NewDir(spec string, hc *http.Client, o Options) *Dir {
	return &Dir{spec: strings.TrimSpace(spec), c: newClient(hc, o, -1), probes: map[string]Item{}}
}

// Name is dir.
func (d *Dir) Name() string { return "dir" }

// Origin is the brigade's own: what else would lie there is the user's word.
func (d *Dir) Origin() lfb.Origin { return lfb.Real }

// Skipped is what the last List left out: files that are neither table.
func (d *Dir) Skipped() []Skip {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.skipped)
}

// List names the files of the folder by their path in it, with the kind that their
// header tells. A table of something else, and a file that by its name is no
// table, is left out: Skipped says which. A CSV, XLSX or ZIP that cannot be read
// is an error that names it. Addresses are probed, not read: their kind is empty.
func (d *Dir) List(ctx context.Context) ([]Item, error) {
	if d.spec == "" {
		return nil, fmt.Errorf("source folder: no folder and no address given: %w", lfb.ErrInvalid)
	}
	list := d.listFolder
	if isAddress(d.spec) {
		list = d.listAddresses
	}
	items, skipped, err := list(ctx)
	d.mu.Lock()
	d.skipped = skipped
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("source folder %q: no incident or mobilisation file among %d: %w",
			d.spec, len(skipped), lfb.ErrNotFound)
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// Open streams a file from offset on. The body is a *Body.
func (d *Dir) Open(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	if item.URL != "" {
		return d.c.openAt(ctx, item, offset)
	}
	root, err := d.root()
	if err != nil {
		return nil, 0, err
	}
	f, err := os.OpenInRoot(root, filepath.FromSlash(item.Name))
	if err != nil {
		return nil, 0, notFound(err)
	}
	info, err := f.Stat()
	if err == nil && offset > info.Size() {
		offset = 0
	}
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return &Body{ReadCloser: f, Total: info.Size(), Version: fileVersion(info)}, offset, nil
}

func isAddress(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", err, lfb.ErrNotFound)
	}
	return err
}

func fileVersion(info fs.FileInfo) string {
	return fmt.Sprintf("file:%s size:%d", info.ModTime().UTC().Format(time.RFC3339Nano), info.Size())
}

// root is the folder with links resolved.
func (d *Dir) root() (string, error) {
	root, err := filepath.EvalSymlinks(d.spec)
	if err != nil {
		return "", fmt.Errorf("source folder: %w", notFound(err))
	}
	return root, nil
}

func (d *Dir) listFolder(ctx context.Context) (items []Item, skipped []Skip, err error) {
	root, err := d.root()
	if err != nil {
		return nil, nil, err
	}
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		item, why, err := fileItem(p, filepath.ToSlash(rel))
		switch {
		case err != nil:
			return err
		case why != "":
			skipped = append(skipped, Skip{filepath.ToSlash(rel), why})
		default:
			items = append(items, item)
		}
		return nil
	})
	if err != nil {
		return nil, skipped, fmt.Errorf("source folder %q: %w", d.spec, err)
	}
	return items, skipped, nil
}

// fileItem looks at a file's header, if its name is one of a table.
func fileItem(p, name string) (item Item, why string, err error) {
	info, err := os.Stat(p)
	if err != nil {
		return Item{}, "", err
	}
	switch ext := strings.ToLower(path.Ext(name)); {
	case strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(path.Base(name), "~$"):
		return Item{}, "hidden", nil
	case !info.Mode().IsRegular():
		return Item{}, "not a regular file", nil
	case ext != ".csv" && ext != ".xlsx" && ext != ".zip" && ext != ".xls":
		return Item{}, "not named .csv, .xlsx or .zip", nil
	}
	f, err := os.Open(p)
	if err != nil {
		return Item{}, "", err
	}
	defer f.Close() // only read
	r, err := NewReader(f, info.Size(), name)
	if err != nil {
		return Item{}, "", err
	}
	kind, notTable := clean.KindOf(r.Header())
	if err := r.Close(); err != nil {
		return Item{}, "", err
	}
	if notTable != nil {
		return Item{}, notTable.Error(), nil
	}
	return Item{Name: name, Kind: kind, Version: fileVersion(info), Size: info.Size()}, "", nil
}

func (d *Dir) listAddresses(ctx context.Context) (items []Item, skipped []Skip, err error) {
	times := map[string]int{}
	for _, address := range strings.Split(d.spec, ",") {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		if !isAddress(address) {
			return nil, nil, fmt.Errorf("source address %q: %w", shownURL(address), lfb.ErrInvalid)
		}
		d.mu.Lock()
		known := d.probes[address]
		d.mu.Unlock()
		item, err := d.c.probe(ctx, address, known)
		if err != nil {
			return nil, nil, err
		}
		d.mu.Lock()
		d.probes[address] = item
		d.mu.Unlock()
		_, item.Name, _ = strings.Cut(shownURL(address), "://")
		if times[item.Name]++; times[item.Name] > 1 { // they differ in their queries
			item.Name = fmt.Sprintf("%s#%d", item.Name, times[item.Name])
		}
		items = append(items, item)
	}
	return items, nil, nil
}
