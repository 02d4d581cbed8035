package onnx

import (
	"encoding/binary"
	"math"
)

// message is a protocol buffer message, encoded as far as it goes.
type message []byte

// Wire types.
const (
	varint = 0
	length = 2
	fixed  = 5
)

func (m *message) tag(field, wire int) { *m = binary.AppendUvarint(*m, uint64(field<<3|wire)) }

// int appends an integer field.
func (m *message) int(field int, v int64) {
	m.tag(field, varint)
	*m = binary.AppendUvarint(*m, uint64(v))
}

// float appends a float field.
func (m *message) float(field int, v float32) {
	m.tag(field, fixed)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(v))
}

// bytes appends a string, a message or a packed list.
func (m *message) bytes(field int, b []byte) {
	m.tag(field, length)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// ints is a packed list of integers under way.
type ints []byte

func (p *ints) add(v int) { *p = binary.AppendUvarint(*p, uint64(v)) }

// numbers is a list of floats or doubles under way, little-endian.
type numbers struct {
	raw    []byte
	single bool // float32
}

func (n *numbers) add(v float64) {
	if n.single {
		n.raw = binary.LittleEndian.AppendUint32(n.raw, math.Float32bits(float32(v)))
		return
	}
	n.raw = binary.LittleEndian.AppendUint64(n.raw, math.Float64bits(v))
}

func (n *numbers) count() int {
	if n.single {
		return len(n.raw) / 4
	}
	return len(n.raw) / 8
}

// Fields and values of onnx.proto.
const (
	modelIR, modelProducer, modelGraph, modelOpset, modelMetadata  = 1, 2, 7, 8, 14
	opsetDomain, opsetVersion                                      = 1, 2
	graphNode, graphName, graphInput, graphOutput                  = 1, 2, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute         = 1, 2, 3, 4, 5
	nodeDomain                                                     = 7
	attrName, attrInt, attrText, attrTensor, attrFloats            = 1, 3, 4, 5, 7
	attrInts, attrTexts, attrType                                  = 8, 9, 20
	typeInt, typeText, typeTensor, typeFloats, typeInts, typeTexts = 2, 3, 4, 6, 7, 8
	tensorDims, tensorType, tensorName, tensorRaw                  = 1, 2, 8, 9
	valueName, valueType                                           = 1, 2
	elemFloat, elemDouble                                          = 1, 11
)

func intAttr(name string, v int) message {
	var m message
	m.text(attrName, name)
	m.int(attrInt, int64(v))
	m.int(attrType, typeInt)
	return m
}

func textAttr(name, v string) message {
	var m message
	m.text(attrName, name)
	m.text(attrText, v)
	m.int(attrType, typeText)
	return m
}

func intsAttr(name string, v ints) message {
	var m message
	m.text(attrName, name)
	m.bytes(attrInts, v)
	m.int(attrType, typeInts)
	return m
}

// numbersAttr is a list of floats, or a tensor of doubles, whose attribute has a
// name of its own.
func numbersAttr(name string, v numbers) message {
	var m message
	if v.single {
		m.text(attrName, name)
		m.bytes(attrFloats, v.raw)
		m.int(attrType, typeFloats)
		return m
	}
	name += "_as_tensor"
	var t message
	t.int(tensorDims, int64(v.count()))
	t.int(tensorType, elemDouble)
	t.text(tensorName, name)
	t.bytes(tensorRaw, v.raw)
	m.text(attrName, name)
	m.bytes(attrTensor, t)
	m.int(attrType, typeTensor)
	return m
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
