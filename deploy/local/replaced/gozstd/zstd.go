// Package gozstd stands in for the database's compression library, which is C: the
// same functions and format by klauspost/compress, so that no C compiler is needed
// and half a minute less is built. What either wrote, the other reads.
//
// A dictionary made here is plain content, which the format knows beside the
// trained kind.
package gozstd

import (
	"bytes"
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// magic begins a trained dictionary.
var magic = []byte{0x37, 0xa4, 0x30, 0xec}

var errEmpty = errors.New("dictionary is empty")

// plain compresses and decompresses what has no dictionary.
var (
	plainOnce sync.Once
	plainEnc  *zstd.Encoder
	plainDec  *zstd.Decoder
)

func plain() (*zstd.Encoder, *zstd.Decoder) {
	plainOnce.Do(func() {
		var err, err2 error
		plainEnc, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		plainDec, err2 = zstd.NewReader(nil)
		if err = errors.Join(err, err2); err != nil {
			panic(err) // the options are constants
		}
	})
	return plainEnc, plainDec
}

// CDict is a dictionary to compress with. It is safe for concurrent use.
type CDict struct{ encoder func() (*zstd.Encoder, error) }

// DDict is a dictionary to decompress with. It is safe for concurrent use.
type DDict struct{ decoder *zstd.Decoder }

// NewCDict makes its tables at its first use: most dictionaries are only read with.
func NewCDict(dict []byte) (*CDict, error) {
	if len(dict) == 0 {
		return nil, errEmpty
	}
	option := zstd.WithEncoderDictRaw(0, dict)
	if bytes.HasPrefix(dict, magic) {
		option = zstd.WithEncoderDict(dict)
	}
	return &CDict{sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, option, zstd.WithEncoderConcurrency(1))
	})}, nil
}

// NewDDict reads both kinds of dictionary.
func NewDDict(dict []byte) (*DDict, error) {
	if len(dict) == 0 {
		return nil, errEmpty
	}
	option := zstd.WithDecoderDictRaw(0, dict)
	if bytes.HasPrefix(dict, magic) {
		option = zstd.WithDecoderDicts(dict)
	}
	d, err := zstd.NewReader(nil, option)
	return &DDict{d}, err
}

// BuildDict takes the same share of each sample, size bytes in all.
func BuildDict(samples [][]byte, size int) []byte {
	var dict []byte
	for i, s := range samples {
		share := (size - len(dict)) / (len(samples) - i)
		dict = append(dict, s[:min(share, len(s))]...)
	}
	if bytes.HasPrefix(dict, magic) { // would be read as trained
		dict = dict[1:]
	}
	return dict
}

// Compress appends src to dst.
func Compress(dst, src []byte) []byte {
	enc, _ := plain()
	return enc.EncodeAll(src, dst)
}

// CompressDict appends src to dst, by way of the dictionary.
func CompressDict(dst, src []byte, d *CDict) []byte {
	enc, err := d.encoder()
	if err != nil {
		return Compress(dst, src) // a frame that needs no dictionary, which every reader reads
	}
	return enc.EncodeAll(src, dst)
}

// Decompress appends src to dst.
func Decompress(dst, src []byte) ([]byte, error) {
	_, dec := plain()
	return dec.DecodeAll(src, dst)
}

// DecompressDict appends src to dst, by way of the dictionary it was compressed with.
func DecompressDict(dst, src []byte, d *DDict) ([]byte, error) { return d.decoder.DecodeAll(src, dst) }
