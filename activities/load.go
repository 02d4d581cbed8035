package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/source"
)

// LoadFileInput names a stored file.
type LoadFileInput struct {
	File       lfb.SourceFile `json:"file"`
	MaxRejects float64        `json:"max_rejects"` // share of rows that may be rejected
}

// LoadFileResult says what loading did.
type LoadFileResult struct {
	Count   lfb.LoadCount `json:"count"`
	Skipped bool          `json:"skipped"` // it was loaded before
}

// LoadFile parses and validates one stored file and loads it: every row is in
// the table or rejected with a reason. A file that is loaded already is skipped.
func (a *Activities) LoadFile(ctx context.Context, in LoadFileInput) (out LoadFileResult, err error) {
	defer func() { err = wire(err) }()
	count, loaded, err := a.Files.LoadedAt(ctx, in.File.SHA256)
	if err != nil {
		return out, err
	}
	if loaded {
		return LoadFileResult{Count: lfb.LoadCount{Rows: count.Rows, Unchanged: count.Rows}, Skipped: true}, nil
	}
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "load", Unit: "rows"})
	defer stop()
	err = a.withStored(ctx, in.File.Ref, func(path string) error {
		return readFile(path, in.File.Name, func(r *source.Reader) (err error) {
			out.Count, err = a.loadRows(ctx, in, r, func(rows int64) {
				report(Heartbeat{Step: "load", Done: rows, Unit: "rows"})
			})
			return err
		})
	})
	return out, err
}

// withStored gives use the path of a stored file on local disk, where readers can seek in it.
func (a *Activities) withStored(ctx context.Context, ref lfb.Ref, use func(path string) error) error {
	return a.withScratchFile("file", func(path string) error {
		if err := a.Uploads.Download(ctx, ref, path); err != nil {
			return err
		}
		return use(path)
	})
}

// withScratchFile gives use a path of that name, in a folder that is gone when it returns.
func (a *Activities) withScratchFile(name string, use func(path string) error) error {
	if err := os.MkdirAll(a.Scratch, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(a.Scratch, "use-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return use(filepath.Join(dir, name))
}

// parser reads rows of one table and counts what became of them.
type parser[T any] interface {
	Parse(line int64, fields []string, dst *T) *lfb.Reject
	Tally() *clean.Tally
}

// What became of values that were wrong.
const (
	effectRejected = "rejected" // the row is not in the table
	effectRepaired = "repaired" // the row is, the value was mended or made missing
)

// maxSamples is how many rejected rows of a file are kept word for word; all of
// them are counted by reason.
const maxSamples = 1000

func (a *Activities) loadRows(ctx context.Context, in LoadFileInput, r *source.Reader,
	progress func(int64),
) (lfb.LoadCount, error) {
	opts := lfb.LoadOptions{Progress: progress}
	var samples []lfb.Reject
	expect := clean.Expect{MaxRejects: in.MaxRejects, MaxMissing: 1}
	if in.File.Kind == lfb.MobilisationFile {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			return lfb.LoadCount{}, fmt.Errorf("%s: %w", in.File.Name, err)
		}
		count, err := a.Loader.LoadMobilisations(ctx, in.File, parseRows(r, p, expect, in.File.Name, &samples), opts)
		return count, errors.Join(err, a.saveRejects(ctx, in.File, p.Tally(), samples))
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		return lfb.LoadCount{}, fmt.Errorf("%s: %w", in.File.Name, err)
	}
	expect.MaxMissing = 0 // the default: a publication without times is a broken one
	count, err := a.Loader.LoadIncidents(ctx, in.File, parseRows(r, p, expect, in.File.Name, &samples), opts)
	return count, errors.Join(err, a.saveRejects(ctx, in.File, p.Tally(), samples))
}

// parseRows parses record by record. After the last one it checks the expectations,
// so that a file that breaks them is not loaded at all.
func parseRows[T any](r *source.Reader, p parser[T], expect clean.Expect, name string,
	samples *[]lfb.Reject,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var row T
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				if err := expect.Check(name, p.Tally()); err != nil {
					yield(nil, err)
				}
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if bad := p.Parse(rec.Line, rec.Fields, &row); bad != nil {
				if len(*samples) < maxSamples {
					*samples = append(*samples, *bad)
				}
				if !yield(nil, bad) {
					return
				}
				continue
			}
			if !yield(&row, nil) {
				return
			}
		}
	}
}

func (a *Activities) saveRejects(ctx context.Context, f lfb.SourceFile, t *clean.Tally, samples []lfb.Reject) error {
	var counts []registry.RejectCount
	for _, effect := range []struct {
		name   string
		counts []clean.Count
	}{{effectRejected, t.Rejects()}, {effectRepaired, t.Repairs()}} {
		for _, c := range effect.counts {
			counts = append(counts, registry.RejectCount{
				Effect: effect.name, Column: c.Column, Reason: c.Reason, Rows: c.N,
				Example: c.First,
			})
		}
	}
	return a.Rejects.SaveRejects(ctx, f.SHA256, samples, counts)
}
