package catalog

import (
	"bytes"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// magic starts an encoded model: magic, length of the tag in one byte, tag, model.
const magic = "lfbM1"

// kind is a model type with its tag.
type kind struct {
	tag    string
	owns   func(ml.Model) bool
	decode func([]byte) (ml.Model, error)
}

func stored[M ml.Model](tag string, decode func([]byte) (M, error)) kind {
	return kind{
		tag:  tag,
		owns: func(m ml.Model) bool { _, ok := m.(M); return ok },
		decode: func(b []byte) (ml.Model, error) {
			m, err := decode(b)
			if err != nil {
				return nil, err // not m: a nil pointer in an interface is not nil
			}
			return m, nil
		},
	}
}

// Encode writes a model of the catalog with the tag that Decode goes by. A model of
// another package gives lfb.ErrInvalid.
func Encode(m ml.Model) ([]byte, error) {
	for _, k := range kinds() {
		if !k.owns(m) {
			continue
		}
		body, err := m.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", k.tag, err)
		}
		out := append([]byte(magic), byte(len(k.tag)))
		return append(append(out, k.tag...), body...), nil
	}
	return nil, fmt.Errorf("encode %T: not in the catalog: %w", m, lfb.ErrInvalid)
}

// Decode reads what Encode wrote; anything else gives lfb.ErrInvalid.
func Decode(data []byte) (ml.Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(rest) == 0 || len(rest)-1 < int(rest[0]) {
		return nil, fmt.Errorf("decode model: %d bytes without its tag: %w", len(data), lfb.ErrInvalid)
	}
	tag, body := string(rest[1:1+int(rest[0])]), rest[1+int(rest[0]):]
	for _, k := range kinds() {
		if k.tag == tag {
			return k.decode(body)
		}
	}
	return nil, fmt.Errorf("decode model: tag %q is none of the catalog: %w", tag, lfb.ErrInvalid)
}
