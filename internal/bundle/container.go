package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
)

// magic starts every bundle: name, format version.
const magic = "LFB-BUNDLE 1\n"

// Limits that a file's own claims may not exceed, so that a crafted file cannot
// ask for unbounded memory.
const (
	maxIndex = 1 << 20
	maxParts = 64
	maxPart  = 1 << 30
	maxRatio = 500 // unpacked to packed: model bytes do not pack anywhere near this
)

// part is one named piece of a bundle.
type part struct {
	name string
	body []byte
}

// entry is a part's line in the index.
type entry struct {
	Name   string `json:"name"`
	Packed int    `json:"packed"` // bytes in the file
	Bytes  int    `json:"bytes"`  // bytes unpacked
	SHA256 string `json:"sha256"` // of the unpacked bytes
}

// forEachPart calls fn for 0 … n-1, on all cores, and returns the first error: the parts of a
// bundle have nothing to do with each other, and those of deep trees are large.
func forEachPart(n int, fn func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error { return fn(i) })
	}
	return g.Wait()
}

// packParts writes parts into one file, in their order.
func packParts(parts []part) ([]byte, error) {
	// A fixed level, and each part by one goroutine: the same content gives the same bytes.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, err
	}
	defer enc.Close()
	packed, index := make([][]byte, len(parts)), make([]entry, len(parts))
	err = forEachPart(len(parts), func(i int) error {
		p := parts[i]
		sum := sha256.Sum256(p.body)
		packed[i] = enc.EncodeAll(p.body, nil)
		index[i] = entry{Name: p.name, Packed: len(packed[i]), Bytes: len(p.body), SHA256: hex.EncodeToString(sum[:])}
		return nil
	})
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(index)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(head)))
	return slices.Concat(append([][]byte{out, head}, packed...)...), nil
}

// unpackParts reads what packParts wrote and verifies every hash.
func unpackParts(data []byte) ([]part, error) {
	index, body, err := readIndex(data)
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPart),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	parts, packed := make([]part, len(index)), make([][]byte, len(index))
	for i, e := range index {
		packed[i], body = body[:e.Packed], body[e.Packed:]
	}
	err = forEachPart(len(index), func(i int) (err error) {
		parts[i], err = index[i].unpackPart(dec, packed[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	return parts, nil
}

// readIndex checks the index against the file's size.
func readIndex(data []byte) (index []entry, body []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(rest) < 4 {
		return nil, nil, fmt.Errorf("%d bytes that are no bundle: %w", len(data), lfb.ErrInvalid)
	}
	n := binary.LittleEndian.Uint32(rest)
	rest = rest[4:]
	if n > maxIndex || int(n) > len(rest) {
		return nil, nil, fmt.Errorf("bundle index of %d bytes in a file of %d: %w", n, len(data), lfb.ErrInvalid)
	}
	if err := json.Unmarshal(rest[:n], &index); err != nil {
		return nil, nil, fmt.Errorf("bundle index: %w: %w", err, lfb.ErrInvalid)
	}
	body = rest[n:]
	if len(index) > maxParts {
		return nil, nil, fmt.Errorf("bundle of %d parts: %w", len(index), lfb.ErrInvalid)
	}
	left := len(body)
	for _, e := range index {
		if e.Packed < 0 || e.Packed > left || e.Bytes < 0 || e.Bytes > maxPart || e.Bytes > maxRatio*(e.Packed+64) {
			return nil, nil, fmt.Errorf("bundle part %q of %d bytes in %d: %w", e.Name, e.Bytes, e.Packed, lfb.ErrInvalid)
		}
		left -= e.Packed
	}
	if left != 0 {
		return nil, nil, fmt.Errorf("bundle with %d bytes after its last part: %w", left, lfb.ErrInvalid)
	}
	return index, body, nil
}

func (e entry) unpackPart(dec *zstd.Decoder, packed []byte) (part, error) {
	// The capacity is the limit: a frame that unpacks to more is an error.
	body, err := dec.DecodeAll(packed, make([]byte, 0, e.Bytes))
	if err != nil {
		return part{}, fmt.Errorf("bundle part %q: %w: %w", e.Name, err, lfb.ErrInvalid)
	}
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != e.SHA256 || len(body) != e.Bytes {
		return part{}, fmt.Errorf("bundle part %q is not what its hash says: %w", e.Name, lfb.ErrInvalid)
	}
	return part{e.Name, body}, nil
}
