package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"lfb/internal/lfb"
)

// maxItems is the length of the longest list that is read: the nodes of all trees.
const maxItems = 1 << 23

// More fields and values of onnx.proto, which only a reader needs.
const (
	attrFloat, attrFloats        = 2, 7
	tensorFloats, tensorDoubles  = 4, 10
	valueTensor, valueTensorElem = 1, 1
)

// field is one field of a message: bits of a number, or bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64
	bytes  []byte
}

// eachField calls visit for the fields of a message, in their order. Bytes that are no
// message give lfb.ErrInvalid.
func eachField(m []byte, visit func(field) error) error {
	for len(m) > 0 {
		number, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			return fmt.Errorf("no protocol buffer: %w: %w", protowire.ParseError(n), lfb.ErrInvalid)
		}
		m = m[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.bits, n = protowire.ConsumeVarint(m)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(m)
			f.bits = uint64(v)
		case protowire.Fixed64Type:
			f.bits, n = protowire.ConsumeFixed64(m)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(m)
		default:
			n = protowire.ConsumeFieldValue(number, kind, m)
		}
		if n < 0 {
			return fmt.Errorf("field %d: %w: %w", number, protowire.ParseError(n), lfb.ErrInvalid)
		}
		m = m[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// appendInts appends one integer, or a packed list of them.
func (f field) appendInts(dst []int64) ([]int64, error) {
	if f.kind == protowire.VarintType {
		return append(dst, int64(f.bits)), checkItems(len(dst))
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 || len(dst) >= maxItems {
			return nil, fmt.Errorf("integer %d of a list: %w", len(dst), lfb.ErrInvalid)
		}
		dst, b = append(dst, int64(v)), b[n:]
	}
	return dst, nil
}

// appendFloats appends one float32, or a packed list of them.
func (f field) appendFloats(dst []float64) ([]float64, error) {
	if f.kind == protowire.Fixed32Type {
		return append(dst, float64(math.Float32frombits(uint32(f.bits)))), checkItems(len(dst))
	}
	return appendPacked(dst, f.bytes, 4)
}

// appendPacked appends little-endian floats of size bytes.
func appendPacked(dst []float64, b []byte, size int) ([]float64, error) {
	if len(b)%size != 0 {
		return nil, fmt.Errorf("list of %d bytes for floats of %d: %w", len(b), size, lfb.ErrInvalid)
	}
	if err := checkItems(len(dst) + len(b)/size); err != nil {
		return nil, err
	}
	for ; len(b) > 0; b = b[size:] {
		if size == 4 {
			dst = append(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		} else {
			dst = append(dst, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return dst, nil
}

func checkItems(n int) error {
	if n > maxItems {
		return fmt.Errorf("list of more than %d items: %w", maxItems, lfb.ErrInvalid)
	}
	return nil
}

// operation is one node of the graph.
type operation struct {
	name, op, domain string
	inputs, outputs  []string
	attributes       map[string]attributeValue
}

// attributeValue is what an attribute holds, by its type; a tensor is floats.
type attributeValue struct {
	integer int64
	text    string
	ints    []int64
	floats  []float64
	texts   [][]byte
}

func parseOperation(m []byte) (*operation, error) {
	o := &operation{attributes: make(map[string]attributeValue)}
	err := eachField(m, func(f field) error {
		switch f.number {
		case nodeInput:
			o.inputs = append(o.inputs, string(f.bytes))
		case nodeOutput:
			o.outputs = append(o.outputs, string(f.bytes))
		case nodeName:
			o.name = string(f.bytes)
		case nodeOp:
			o.op = string(f.bytes)
		case nodeDomain:
			o.domain = string(f.bytes)
		case nodeAttribute:
			return o.parseAttribute(f.bytes)
		}
		return nil
	})
	return o, err
}

func (o *operation) parseAttribute(m []byte) error {
	var name string
	var v attributeValue
	err := eachField(m, func(f field) (err error) {
		switch f.number {
		case attrName:
			name = string(f.bytes)
		case attrInt:
			v.integer = int64(f.bits)
		case attrFloat:
			v.floats, err = f.appendFloats(nil)
		case attrText:
			v.text = string(f.bytes)
		case attrFloats:
			v.floats, err = f.appendFloats(v.floats)
		case attrInts:
			v.ints, err = f.appendInts(v.ints)
		case attrTexts:
			v.texts, err = append(v.texts, f.bytes), checkItems(len(v.texts))
		case attrTensor:
			v.floats, err = parseTensor(f.bytes)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("attribute %.40q: %w", name, err)
	}
	if _, twice := o.attributes[name]; twice {
		return fmt.Errorf("attribute %.40q stands twice: %w", name, lfb.ErrInvalid)
	}
	o.attributes[name] = v
	return nil
}

// parseTensor reads the floats or doubles of a tensor; of another type it has none.
func parseTensor(m []byte) (values []float64, err error) {
	var elem uint64
	var raw []byte
	err = eachField(m, func(f field) (err error) {
		switch f.number {
		case tensorType:
			elem = f.bits
		case tensorRaw:
			raw = f.bytes
		case tensorFloats:
			values, err = f.appendFloats(values)
		case tensorDoubles:
			if f.kind == protowire.Fixed64Type {
				values, err = append(values, math.Float64frombits(f.bits)), checkItems(len(values))
			} else {
				values, err = appendPacked(values, f.bytes, 8)
			}
		}
		return err
	})
	switch {
	case err != nil:
	case raw != nil && elem == elemFloat:
		values, err = appendPacked(values, raw, 4)
	case raw != nil && elem == elemDouble:
		values, err = appendPacked(values, raw, 8)
	}
	return values, err
}

// parseInput reads the name and the type of the elements of a graph's input or output.
func parseInput(m []byte) (name string, elem uint64, err error) {
	err = eachField(m, func(f field) error {
		switch f.number {
		case valueName:
			name = string(f.bytes)
		case valueType:
			return eachField(f.bytes, func(f field) error {
				if f.number != valueTensor {
					return nil
				}
				return eachField(f.bytes, func(f field) error {
					if f.number == valueTensorElem {
						elem = f.bits
					}
					return nil
				})
			})
		}
		return nil
	})
	return name, elem, err
}
