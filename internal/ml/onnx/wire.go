package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protocol buffer message, encoded as far as it goes.
type message []byte

// int appends an integer field.
func (m *message) int(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

// bytes appends a string, a message or a packed list.
func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

func (m *message) text(field protowire.Number, s string) { m.bytes(field, []byte(s)) }

// ints is a packed list of integers under way.
type ints []byte

func (p *ints) add(v int) { *p = protowire.AppendVarint(*p, uint64(v)) }

// doubles is a list of doubles under way, little-endian.
type doubles []byte

func (n *doubles) add(v float64) { *n = binary.LittleEndian.AppendUint64(*n, math.Float64bits(v)) }

// Fields and values of onnx.proto.
const (
	modelIR, modelProducer, modelGraph, modelOpset, modelMetadata = 1, 2, 7, 8, 14
	opsetDomain, opsetVersion                                     = 1, 2
	graphNode, graphName, graphInput, graphOutput                 = 1, 2, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute        = 1, 2, 3, 4, 5
	nodeDomain                                                    = 7
	attrName, attrInt, attrText, attrTensor                       = 1, 3, 4, 5
	attrInts, attrTexts, attrType                                 = 8, 9, 20
	typeInt, typeText, typeTensor, typeInts, typeTexts            = 2, 3, 4, 7, 8
	tensorDims, tensorType, tensorName, tensorRaw                 = 1, 2, 8, 9
	valueName, valueType                                          = 1, 2
	elemFloat, elemDouble                                         = 1, 11
)

// attribute is one of a node: what it holds stands in field, as kind says.
func attribute(name string, field protowire.Number, v []byte, kind int64) message {
	var m message
	m.text(attrName, name)
	m.bytes(field, v)
	m.int(attrType, kind)
	return m
}

func intAttr(name string, v int) message {
	var m message
	m.text(attrName, name)
	m.int(attrInt, int64(v))
	m.int(attrType, typeInt)
	return m
}

// doublesAttr is a tensor of doubles, whose attribute has a name of its own.
func doublesAttr(name string, v doubles) message {
	name += "_as_tensor"
	var t message
	t.int(tensorDims, int64(len(v)/8))
	t.int(tensorType, elemDouble)
	t.text(tensorName, name)
	t.bytes(tensorRaw, v)
	return attribute(name, attrTensor, t, typeTensor)
}

// textsAttr is a list of strings, encoded already.
func textsAttr(name string, v message) message {
	var m message
	m.text(attrName, name)
	m = append(m, v...)
	m.int(attrType, typeTexts)
	return m
}

// value describes an input or output of rows × columns.
func value(name string, elem int64, columns int) message {
	var rows, wide, shape, tensor, typ, m message
	rows.text(2, "N") // the name of a length that is not known
	wide.int(1, int64(columns))
	shape.bytes(1, rows)
	shape.bytes(1, wide)
	tensor.int(1, elem)
	tensor.bytes(2, shape)
	typ.bytes(1, tensor)
	m.text(valueName, name)
	m.bytes(valueType, typ)
	return m
}
