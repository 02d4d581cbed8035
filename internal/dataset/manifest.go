package dataset

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lfb/internal/lfb"
)

// Manifest names everything that a data set is made of. Its own SHA-256 is the
// data set's identity: no clock time, no code revision, no file name is in it.
type Manifest struct {
	Version   int        `json:"version"` // of the builder
	Origin    lfb.Origin `json:"origin"`
	Sources   []Source   `json:"sources"`
	Incidents int64      `json:"incidents"` // read
	Rows      int64      `json:"rows"`
	First     int64      `json:"first_engine_rows"`
	Second    int64      `json:"second_engine_rows"`
	FirstCall time.Time  `json:"first_call"` // London
	LastCall  time.Time  `json:"last_call"`  // London
	Counts    []Count    `json:"counts"`     // rows dropped, kept and repaired, by reason
	Schema    []Column   `json:"schema"`
	Parts     []Part     `json:"parts"` // by month

	ref lfb.Ref
}

// Source is a published file by its content.
type Source struct {
	Kind   lfb.Kind `json:"kind"`
	SHA256 string   `json:"sha256"`
}

// Part is one calendar month, in London's time, as one Parquet file.
type Part struct {
	Month string  `json:"month"` // 2017-03
	Ref   lfb.Ref `json:"ref"`   // with its rows
}

// ID is the data set's id: the first 12 hex digits of the manifest's SHA-256.
// It is empty for a manifest that was neither built nor opened.
func (m *Manifest) ID() string { return m.ref.SHA256[:min(12, len(m.ref.SHA256))] }

// Ref is where the manifest is stored.
func (m *Manifest) Ref() lfb.Ref { return m.ref }

// newManifest describes the rows that b holds; parts and reference are missing yet.
func (b *builder) newManifest() *Manifest {
	m := &Manifest{
		Version:   Version,
		Origin:    b.opts.Origin,
		Incidents: b.incidents,
		Rows:      b.rows,
		First:     b.rowsByPump[0],
		Second:    b.rowsByPump[1],
		FirstCall: time.Unix(b.firstCall, 0).In(lfb.London),
		LastCall:  time.Unix(b.lastCall, 0).In(lfb.London),
		Counts:    b.tally.listCounts(),
		Schema:    Columns(),
	}
	for _, s := range b.opts.Sources {
		m.Sources = append(m.Sources, Source{Kind: s.Kind, SHA256: s.SHA256})
	}
	slices.SortFunc(m.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SHA256, b.SHA256))
	})
	m.Sources = slices.Compact(m.Sources)
	return m
}

// storeManifest stores the manifest under its hash.
func (m *Manifest) storeManifest(ctx context.Context, blobs Blobs) error {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	ref, err := PutHashed(ctx, blobs, "dataset/manifest/", ".json", body)
	if err != nil {
		return err
	}
	ref.Rows = m.Rows
	m.ref = ref
	return nil
}

// Open reads the manifest that ref names. A version of the builder that is not known, a
// manifest that is not what its hash says, or one that contradicts itself is
// lfb.ErrInvalid.
func Open(ctx context.Context, blobs Blobs, ref lfb.Ref) (*Manifest, error) {
	body, err := blobs.ReadAll(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open data set: %w", err)
	}
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("open data set: %s: %w: %w", ref.Key, err, lfb.ErrInvalid)
	}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("open data set: %s: %w", ref.Key, err)
	}
	m.FirstCall, m.LastCall = m.FirstCall.In(lfb.London), m.LastCall.In(lfb.London)
	m.ref = lfb.RefTo(ref.Key, body)
	m.ref.Rows = m.Rows
	return m, nil
}

func (m *Manifest) validate() error {
	if m.Version < oldest || m.Version > Version {
		return fmt.Errorf("made by version %d of the builder, not %d to %d: %w", m.Version, oldest, Version, lfb.ErrInvalid)
	}
	rows, last := int64(0), ""
	for _, p := range m.Parts {
		if _, err := time.Parse("2006-01", p.Month); err != nil || p.Month <= last {
			return fmt.Errorf("month %q after %q: %w", p.Month, last, lfb.ErrInvalid)
		}
		if p.Ref.Rows <= 0 {
			return fmt.Errorf("month %s has %d rows: %w", p.Month, p.Ref.Rows, lfb.ErrInvalid)
		}
		rows, last = rows+p.Ref.Rows, p.Month
	}
	if rows != m.Rows || rows == 0 {
		return fmt.Errorf("%d rows in the months of %d: %w", rows, m.Rows, lfb.ErrInvalid)
	}
	return nil
}
