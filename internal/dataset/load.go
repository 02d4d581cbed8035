package dataset

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
)

// LoadOptions choose the months of a Table.
type LoadOptions struct {
	FromMonth string // first month, as 2017-01; empty: from the beginning
	ToMonth   string // last month, inclusive; empty: to the end
	Threads   int    // cores to decode with; 0 = all
}

// Load reads a data set's rows into memory, several months at a time. No month
// in the range is lfb.ErrNotFound; a part that is not what the manifest says is
// lfb.ErrInvalid.
func Load(ctx context.Context, blobs Blobs, m *Manifest, opts LoadOptions) (*Table, error) {
	parts, err := opts.selectParts(m)
	if err != nil {
		return nil, fmt.Errorf("load data set %s: %w", m.ID(), err)
	}
	offsets, total := make([]int, len(parts)), 0
	for i, p := range parts {
		offsets[i] = total
		total += int(p.Ref.Rows)
	}
	rows := make([]record, total)
	months := make([]*partRows, len(parts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(max(opts.Threads, 0), runtime.GOMAXPROCS(0)))
	for i, p := range parts {
		g.Go(func() error {
			lo := offsets[i]
			hi := lo + int(p.Ref.Rows)
			var err error
			months[i], err = loadPart(ctx, blobs, p, rows[lo:hi:hi])
			if err != nil {
				return fmt.Errorf("load data set %s: month %s: %w", m.ID(), p.Month, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return assembleTable(rows, months)
}

func loadPart(ctx context.Context, blobs Blobs, p Part, rows []record) (*partRows, error) {
	body, err := blobs.ReadAll(ctx, p.Ref)
	if err != nil {
		return nil, err
	}
	d, err := decodePart(body, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Ref.Key, err)
	}
	for _, r := range []record{rows[0], rows[len(rows)-1]} {
		if got := midnight(r.day).Format("2006-01"); got != p.Month {
			return nil, fmt.Errorf("%s: a call of %s: %w", p.Ref.Key, got, lfb.ErrInvalid)
		}
	}
	return d, nil
}

// selectParts returns the parts in the range.
func (o LoadOptions) selectParts(m *Manifest) ([]Part, error) {
	for _, month := range []string{o.FromMonth, o.ToMonth} {
		if _, err := time.Parse("2006-01", month); month != "" && err != nil {
			return nil, fmt.Errorf("month %q is not like 2017-01: %w", month, lfb.ErrInvalid)
		}
	}
	var parts []Part
	for _, p := range m.Parts {
		if p.Month >= o.FromMonth && (o.ToMonth == "" || p.Month <= o.ToMonth) {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("no month from %q to %q: %w", o.FromMonth, o.ToMonth, lfb.ErrNotFound)
	}
	return parts, nil
}

// assembleTable makes one table of the months: one dictionary a column. Codes are given in the
// order of months, so that they do not depend on which month was read first.
func assembleTable(rows []record, months []*partRows) (*Table, error) {
	t := &Table{partRows: partRows{rows: rows, dicts: newDictionaries()}}
	for i, p := range months {
		var codes [textCount][]uint16
		for k, d := range p.dicts {
			codes[k] = make([]uint16, len(d.texts))
			for c, text := range d.texts {
				code, err := t.dicts[k].code(text)
				if err != nil {
					return nil, fmt.Errorf("text column %d: %w", k, err)
				}
				codes[k][c] = code
			}
		}
		base := uint32(len(t.numbers))
		t.numbers = append(t.numbers, p.numbers...)
		for j := range p.rows {
			r := &p.rows[j]
			r.incident += base
			for k := range r.text {
				r.text[k] = codes[k][r.text[k]]
			}
		}
		months[i] = nil
	}
	return t, nil
}
