package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"lfb/internal/lfb"
)

// Dir is files as a user drops them: a folder with all its folders, or http(s)
// addresses. It is safe for concurrent use.
type Dir struct {
	spec   string
	kindOf func(header []string) (lfb.Kind, error)
	c      *client
}

// NewDir returns the files of a folder, or of addresses separated by commas. kindOf says
// which table the header of a folder's file is of; lfb.ErrInvalid means neither.
func NewDir(spec string, kindOf func(header []string) (lfb.Kind, error)) *Dir {
	return &Dir{spec: strings.TrimSpace(spec), kindOf: kindOf, c: newClient(rate.Inf)}
}

// Name is dir.
func (d *Dir) Name() string { return "dir" }

// Origin is the brigade's own: what else would lie there is the user's word.
func (d *Dir) Origin() lfb.Origin { return lfb.Real }

// List names the files of the folder by their path in it, with the kind that their
// header tells. A table of something else, and a file that by its name is no
// table, is left out. A CSV, XLSX or ZIP that cannot be read
// is an error that names it. Addresses are probed, not read: their kind is empty.
func (d *Dir) List(ctx context.Context) ([]Item, error) {
	if d.spec == "" {
		return nil, fmt.Errorf("source folder: no folder and no address given: %w", lfb.ErrInvalid)
	}
	var items []Item
	var files int
	var err error
	if isAddress(d.spec) {
		items, files, err = d.listAddresses(ctx)
	} else {
		items, files, err = d.listFolder(ctx, d.fileItem)
	}
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("source folder %q: no incident or mobilisation file among %d: %w", d.spec, files,
			lfb.ErrNotFound)
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// Open streams a file from offset on. The body is a *Body.
func (d *Dir) Open(ctx context.Context, item Item, offset int64) (io.ReadCloser, int64, error) {
	if item.URL != "" {
		return d.c.openFrom(ctx, item, offset)
	}
	f, err := os.OpenInRoot(d.spec, filepath.FromSlash(item.Name))
	if err != nil {
		return nil, 0, markNotFound(err)
	}
	info, err := f.Stat()
	if err == nil && (item.Version != fileVersion(info) || offset > info.Size()) {
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

func markNotFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", err, lfb.ErrNotFound)
	}
	return err
}

func fileVersion(info fs.FileInfo) string {
	return fmt.Sprintf("file:%s size:%d", info.ModTime().UTC().Format(time.RFC3339Nano), info.Size())
}

// listFolder is the items that describe makes of the folder's files, less those without
// a kind.
func (d *Dir) listFolder(ctx context.Context, describe func(root *os.Root,
	name string) (Item, error),
) (items []Item, files int, err error) {
	root, err := os.OpenRoot(d.spec)
	if err != nil {
		return nil, 0, fmt.Errorf("source folder: %w", markNotFound(err))
	}
	defer func() { _ = root.Close() }() // only read
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || e.IsDir() {
			return err
		}
		files++
		item, err := describe(root, name)
		if err == nil && item.Kind != "" {
			items = append(items, item)
		}
		return err
	})
	if err != nil {
		return nil, files, fmt.Errorf("source folder %q: %w", d.spec, err)
	}
	return items, files, nil
}

// fileItem looks at a file's header, if its name is one of a table. What is neither
// table has no kind.
func (d *Dir) fileItem(root *os.Root, name string) (Item, error) {
	base, ext := path.Base(name), strings.ToLower(path.Ext(name))
	hidden := strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$")
	if hidden || placeKind(base) != "" || !slices.Contains([]string{".csv", ".xlsx", ".zip", ".xls"}, ext) {
		return Item{}, nil
	}
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return Item{}, err
	}
	f, err := root.Open(name)
	if err != nil {
		return Item{}, err
	}
	defer f.Close() // only read
	r, err := NewReader(f, info.Size(), name)
	if err != nil {
		return Item{}, err
	}
	kind, notTable := d.kindOf(r.Header())
	if err := r.Close(); err != nil || notTable != nil {
		return Item{}, err
	}
	return Item{Name: name, Kind: kind, Version: fileVersion(info), Size: info.Size()}, nil
}

func (d *Dir) listAddresses(ctx context.Context) (items []Item, addresses int, err error) {
	times := map[string]int{}
	for _, address := range strings.Split(d.spec, ",") {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		if !isAddress(address) {
			return nil, 0, fmt.Errorf("source address %q: %w", shownURL(address), lfb.ErrInvalid)
		}
		item, err := d.c.probeFile(ctx, address)
		if err != nil {
			return nil, 0, err
		}
		_, item.Name, _ = strings.Cut(shownURL(address), "://")
		if times[item.Name]++; times[item.Name] > 1 { // they differ in their queries
			item.Name = fmt.Sprintf("%s#%d", item.Name, times[item.Name])
		}
		items = append(items, item)
	}
	return items, len(items), nil
}
