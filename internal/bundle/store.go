package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
)

// Blobs is where bundles are kept: immutable objects by key.
type Blobs interface {
	// PutBytes stores body under key and returns its reference.
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	// ReadAll returns the bytes of an object; lfb.ErrNotFound.
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// Names of the parts besides the heads.
const (
	manifestPart = "manifest.json"
	specPart     = "spec.json"
)

// Write stores b under the SHA-256 of its bytes and returns its reference.
func Write(ctx context.Context, blobs Blobs, b *Bundle) (lfb.Ref, error) {
	data, err := b.MarshalBinary()
	if err != nil {
		return lfb.Ref{}, err
	}
	ref := lfb.RefTo("", data)
	ref.Key = lfb.HashedKey("bundle", ref.SHA256, ".lfb")
	if _, err := blobs.PutBytes(ctx, ref.Key, data); err != nil {
		return lfb.Ref{}, fmt.Errorf("store %s: %w", ref.Key, err)
	}
	return ref, nil
}

// Read loads a bundle and verifies that it is the one that ref names.
func Read(ctx context.Context, blobs Blobs, ref lfb.Ref) (*Bundle, error) {
	data, err := blobs.ReadAll(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref.Key, err)
	}
	if sum := lfb.RefTo("", data).SHA256; ref.SHA256 != "" && sum != ref.SHA256 {
		return nil, fmt.Errorf("read %s: its bytes hash to %s, not %s: %w", ref.Key, sum, ref.SHA256, lfb.ErrInvalid)
	}
	b, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref.Key, err)
	}
	return b, nil
}

// MarshalBinary is the bundle's file: lossless, and the same bytes for the same
// content.
func (b *Bundle) MarshalBinary() ([]byte, error) {
	if _, err := b.prepareHeads(); err != nil { // what could not serve is not stored
		return nil, err
	}
	spec, err := json.Marshal(b.Spec)
	if err != nil {
		return nil, fmt.Errorf("encode feature spec: %w", err)
	}
	m, err := b.completeManifest()
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w: %w", err, lfb.ErrInvalid)
	}
	parts := make([]part, 2+len(b.Heads))
	parts[0], parts[1] = part{manifestPart, manifest}, part{specPart, spec}
	err = forEachPart(len(b.Heads), func(k int) error {
		h := b.Heads[k]
		body, err := h.Model.Encode(catalog.Encode)
		if err != nil {
			return fmt.Errorf("encode %s: %w", h.partName(), err)
		}
		parts[2+k] = part{h.partName(), body}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return packParts(parts)
}

// completeManifest is the manifest with what only the whole bundle knows.
func (b *Bundle) completeManifest() (Manifest, error) {
	m := b.Manifest
	m.Format = format
	m.TrainedTo = m.TrainedTo.UTC()
	m.Schema = nil
	for k, h := range b.Heads {
		spec, err := b.Spec.WithVariant(h.Variant)
		if err != nil {
			return m, err
		}
		m.Schema = append(m.Schema, spec.Schema().Hash())
		if k == 0 {
			m.Importances = b.listImportances(spec)
		}
	}
	return m, nil
}

// Decode reads a bundle's file. Anything but what MarshalBinary wrote, whole and
// unchanged, is lfb.ErrInvalid.
func Decode(data []byte) (*Bundle, error) {
	parts, err := unpackParts(data)
	if err != nil {
		return nil, err
	}
	if len(parts) < 3 || parts[0].name != manifestPart || parts[1].name != specPart {
		return nil, fmt.Errorf("bundle of %d parts without manifest, spec or head: %w", len(parts), lfb.ErrInvalid)
	}
	b := &Bundle{}
	if err := json.Unmarshal(parts[0].body, &b.Manifest); err != nil {
		return nil, fmt.Errorf("bundle manifest: %w: %w", err, lfb.ErrInvalid)
	}
	if b.Manifest.Format != format {
		return nil, fmt.Errorf("bundle of format %d, not %d: %w", b.Manifest.Format, format, lfb.ErrInvalid)
	}
	if b.Spec, err = feature.DecodeSpec(parts[1].body); err != nil {
		return nil, err
	}
	b.Heads = make([]Head, len(parts)-2)
	err = forEachPart(len(b.Heads), func(k int) (err error) {
		b.Heads[k], err = decodeHead(parts[2+k])
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := b.prepareHeads(); err != nil {
		return nil, err
	}
	return b, b.checkSchemas()
}

func decodeHead(p part) (Head, error) {
	rest, ok := strings.CutPrefix(p.name, "head/")
	if !ok {
		return Head{}, fmt.Errorf("bundle part %q: %w", p.name, lfb.ErrInvalid)
	}
	target, variant, _ := strings.Cut(rest, "/")
	m, err := interval.Decode(p.body, catalog.Decode)
	if err != nil {
		return Head{}, fmt.Errorf("bundle part %q: %w", p.name, err)
	}
	return Head{Target: target, Variant: feature.Variant(variant), Model: m}, nil
}

// checkSchemas holds the heads to the columns that the spec makes: each was
// written for these very columns.
func (b *Bundle) checkSchemas() error {
	want, err := b.completeManifest()
	if err != nil {
		return err
	}
	if !slices.Equal(want.Schema, b.Manifest.Schema) {
		return fmt.Errorf("bundle's features are of another schema than its models: %w", lfb.ErrInvalid)
	}
	return nil
}
