package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/source"
)

// ListFilesInput names a source.
type ListFilesInput struct {
	Source SourceSpec `json:"source"`
}

// ListFilesResult is what the source has now: incident files first.
type ListFilesResult struct {
	Items []source.Item `json:"items"`
}

// ListFiles asks the source which files it has.
func (a *Activities) ListFiles(ctx context.Context, in ListFilesInput) (ListFilesResult, error) {
	defer heartbeat(ctx, "fetch")()
	src, err := a.OpenSource(in.Source)
	if err != nil {
		return ListFilesResult{}, wire(err)
	}
	items, err := src.List(ctx)
	if err == nil && src.Origin() == lfb.Synthetic {
		items, err = a.keepEdition(ctx, items)
	}
	if err != nil {
		return ListFilesResult{}, wire(err)
	}
	var out ListFilesResult
	for _, kind := range []lfb.Kind{lfb.IncidentFile, lfb.MobilisationFile, ""} {
		for _, it := range items {
			if it.Kind == kind {
				out.Items = append(out.Items, it)
			}
		}
	}
	return out, nil
}

// keepEdition holds apart the editions of the synthetic city, whose geographies differ: rows of two
// never meet in one data set, and a line of models keeps the city that it began with. Where the
// tables hold another edition than listed, its files are all there is.
func (a *Activities) keepEdition(ctx context.Context, listed []source.Item) ([]source.Item, error) {
	loaded, err := a.Files.Files(ctx, lfb.Synthetic)
	if err != nil {
		return nil, err
	}
	edition := func(version string) string { return version[:max(strings.LastIndexByte(version, '-'), 0)] }
	var kept []source.Item
	for _, f := range loaded {
		if len(listed) > 0 && edition(f.Version) != edition(listed[0].Version) {
			kept = append(kept, source.Item{Name: f.Name, Kind: f.Kind, Version: f.Version, Size: f.Ref.Bytes})
		}
	}
	if kept == nil {
		return listed, nil
	}
	return kept, nil
}

// FetchFileInput names one file of a source.
type FetchFileInput struct {
	Source SourceSpec  `json:"source"`
	Item   source.Item `json:"item"`
}

// FetchFileResult is the stored file; New is false where it was there already.
type FetchFileResult struct {
	File lfb.SourceFile `json:"file"`
	New  bool           `json:"new"`
}

// FetchFile stores one file by its SHA-256. A file whose version is known is
// not downloaded again; a download that broke resumes.
func (a *Activities) FetchFile(ctx context.Context, in FetchFileInput) (FetchFileResult, error) {
	src, err := a.OpenSource(in.Source)
	if err != nil {
		return FetchFileResult{}, wire(err)
	}
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "fetch"})
	defer stop()
	out, err := a.fetchItem(ctx, src, in.Item, report, func(path string) (kind lfb.Kind, err error) {
		err = readFile(path, in.Item.Name, func(r *source.Reader) (err error) {
			if kind, err = clean.KindOf(r.Header()); err != nil {
				return fmt.Errorf("%s: %w", in.Item.Name, err)
			}
			return nil
		})
		return kind, err
	})
	return out, wire(err)
}

// fetchItem stores an item of src whose version is not known yet; kindOf says what its file is.
func (a *Activities) fetchItem(ctx context.Context, src source.Source, item source.Item, report func(Heartbeat),
	kindOf func(path string) (lfb.Kind, error),
) (FetchFileResult, error) {
	if item.Version != "" {
		known, err := a.Files.FileByVersion(ctx, src.Name(), item.Name, item.Version)
		if err == nil || !errors.Is(err, lfb.ErrNotFound) {
			return FetchFileResult{File: known}, err
		}
	}
	path, err := a.scratchPath(ctx, item)
	if err != nil {
		return FetchFileResult{}, err
	}
	defer os.Remove(path)
	sha, err := source.Download(ctx, src, item, path, func(done, total int64) {
		report(Heartbeat{Step: "fetch", Done: done, Total: total, Unit: "bytes"})
	})
	if err != nil {
		return FetchFileResult{}, err
	}
	kind, err := kindOf(path)
	if err != nil {
		return FetchFileResult{}, err
	}
	ref, err := a.Uploads.PutFile(ctx, "raw", path)
	if err != nil {
		return FetchFileResult{}, err
	}
	f := lfb.SourceFile{
		SHA256: sha, Name: item.Name, Source: src.Name(), Version: item.Version, Kind: kind,
		Origin: src.Origin(), Ref: ref, StoredAt: time.Now().UTC(),
	}
	if f.Version == "" {
		f.Version = "sha256:" + sha
	}
	if err := a.Files.SaveFile(ctx, f); err != nil {
		return FetchFileResult{}, err
	}
	return FetchFileResult{File: f, New: true}, nil
}

// scratchPath is where an item is downloaded to: the same path for the same item of
// the same run, so that a retry on this machine resumes.
func (a *Activities) scratchPath(ctx context.Context, item source.Item) (string, error) {
	run := "local"
	if activity.IsActivity(ctx) {
		run = activity.GetInfo(ctx).WorkflowExecution.RunID
	}
	dir := filepath.Join(a.Scratch, run)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, strings.NewReplacer("/", "_", "\\", "_").Replace(item.Name)), nil
}

// readFile opens the file at path, which its source calls name, for read.
func readFile(path, name string, read func(*source.Reader) error) error {
	r, err := source.OpenFile(path, name)
	if err != nil {
		return err
	}
	defer r.Close()
	return read(r)
}
