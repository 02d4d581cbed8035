package user

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
)

// Triton's extension for binary tensors: their bytes follow the JSON, in its order, row by
// row and little-endian; a text has its length in front, in four bytes.
//
// Source: triton-inference-server/server, docs/protocol/extension_binary_data.md.

// binaryType is the media type of JSON with tensors behind it.
const binaryType = "application/octet-stream"

// decodeInfer reads the body of infer. jsonSize is how many bytes of it are JSON; empty: all.
func decodeInfer(body []byte, jsonSize string) (*oipRequest, error) {
	var tail []byte
	if jsonSize != "" {
		n, err := strconv.Atoi(jsonSize)
		if err != nil || n < 0 || n > len(body) {
			return nil, fmt.Errorf("Inference-Header-Content-Length %.20q: the body has %d bytes: %w", jsonSize, len(body),
				lfb.ErrInvalid)
		}
		body, tail = body[:n], body[n:]
	}
	var in oipRequest
	if err := httpx.UnmarshalJSON(body, &in); err != nil {
		if jsonSize == "" && bytes.Contains(body, []byte("binary_data_size")) {
			err = fmt.Errorf("%w; binary tensors need the header Inference-Header-Content-Length", err)
		}
		return nil, fmt.Errorf("body: %w: %w", err, lfb.ErrInvalid)
	}
	for k := range in.Inputs {
		t := &in.Inputs[k]
		size := t.Parameters.BinarySize
		switch {
		case size == nil:
			continue
		case *size < 0 || *size > len(tail):
			return nil, fmt.Errorf("input %.60q: binary_data_size %d, where %d bytes follow: %w", t.Name, *size, len(tail),
				lfb.ErrInvalid)
		case len(t.Data) > 0:
			return nil, fmt.Errorf("input %.60q: data and binary_data_size: either the one or the other: %w", t.Name,
				lfb.ErrInvalid)
		}
		t.binary, tail = tail[:*size:*size], tail[*size:]
	}
	if len(tail) > 0 {
		return nil, fmt.Errorf("body: %d bytes that belong to no input: %w", len(tail), lfb.ErrInvalid)
	}
	return &in, nil
}

// binaryNumbers read one number, by datatype: how many bytes it has, and what it is.
var binaryNumbers = map[string]struct {
	size int
	read func([]byte) any
}{
	"BOOL": {1, func(b []byte) any { return b[0] != 0 }},
	"INT8": {1, readNumber[int8]}, "INT16": {2, readNumber[int16]}, "INT32": {4, readNumber[int32]},
	"INT64": {8, readNumber[int64]},
	"UINT8": {1, readNumber[uint8]}, "UINT16": {2, readNumber[uint16]}, "UINT32": {4, readNumber[uint32]},
	"UINT64": {8, readNumber[uint64]},
	"FP16":   {2, readHalf}, "FP32": {4, readNumber[float32]}, "FP64": {8, readNumber[float64]},
}

// holdsNumber reports whether a tensor of the datatype can hold v.
func holdsNumber(datatype string, v float64) bool {
	kind := strings.TrimRight(datatype, "0123456789")
	size, isNumber := binaryNumbers[datatype]
	most := math.Ldexp(1, 8*size.size) // one more than the largest
	low := 0.0
	switch {
	case kind == "FP":
		return !math.IsInf(v, 0)
	case datatype == "BOOL":
		most = 2
	case kind == "INT":
		low, most = -most/2, most/2
	}
	return isNumber && v == math.Trunc(v) && v >= low && v < most
}

// readNumber reads b as a float64, and NaN as nil, which is missing.
func readNumber[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64](b []byte) any {
	var v T
	_, _ = binary.Decode(b, binary.LittleEndian, &v) // b has its size
	if v != v {
		return nil
	}
	return float64(v)
}

// readHalf is readNumber for IEEE 754's 16 bits.
func readHalf(b []byte) any {
	bits := binary.LittleEndian.Uint16(b)
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	v := math.Ldexp(fraction, -24)
	switch {
	case exponent == 31 && fraction != 0:
		return nil
	case exponent == 31:
		v = math.Inf(1)
	case exponent > 0:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		v = -v
	}
	return v
}

// eachBinary is eachValue for values in binary.
func (t *oipTensor) eachBinary(n int, accept func(any) bool) error {
	rest, number := t.binary, binaryNumbers[t.Datatype]
	for i := range n {
		var v any
		size := number.size
		if t.Datatype == "BYTES" {
			if len(rest) < 4 {
				return fmt.Errorf("input %.60q: %d values in %d bytes, where shape %v has %d: %w", t.Name, i, len(t.binary),
					t.Shape, n, lfb.ErrInvalid)
			}
			size, rest = int(binary.LittleEndian.Uint32(rest)), rest[4:]
		}
		if size > len(rest) {
			return fmt.Errorf("input %.60q: value %d has %d bytes, %d are left: %w", t.Name, i, size, len(rest), lfb.ErrInvalid)
		}
		if number.read != nil {
			v = number.read(rest[:size])
		} else {
			v = string(rest[:size])
		}
		if text, is := v.(string); is && !utf8.ValidString(text) || !accept(v) {
			return fmt.Errorf("input %.60q: value %d is no %s: %w", t.Name, i, t.Datatype, lfb.ErrInvalid)
		}
		rest = rest[size:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("input %.60q: %d bytes more than shape %v has: %w", t.Name, len(rest), t.Shape, lfb.ErrInvalid)
	}
	return nil
}

// encode writes the answer as JSON, and those outputs behind it that are asked for in binary.
func (out *inferOutput) encode(answer *oipAnswer, asked *oipRequest) error {
	var tail bytes.Buffer
	for k := range answer.Outputs {
		o := &answer.Outputs[k]
		inBinary := asked.Parameters.BinaryOutput
		for _, name := range asked.Outputs {
			if name.Name == o.Name && name.Parameters.Binary != nil {
				inBinary = *name.Parameters.Binary
			}
		}
		if !inBinary {
			continue
		}
		before := tail.Len()
		for _, v := range o.Data {
			text, is := v.(string)
			if !is {
				_ = binary.Write(&tail, binary.LittleEndian, v) // a buffer takes all
				continue
			}
			_ = binary.Write(&tail, binary.LittleEndian, uint32(len(text)))
			tail.WriteString(text)
		}
		size := tail.Len() - before
		o.Parameters, o.Data = &oipParameters{BinarySize: &size}, nil
	}
	head, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	out.ContentType, out.Body = "application/json", append(head, '\n')
	if tail.Len() > 0 {
		out.ContentType, out.JSONSize = binaryType, strconv.Itoa(len(head))
		out.Body = append(head, tail.Bytes()...)
	}
	return nil
}
