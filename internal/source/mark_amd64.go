package source

import "golang.org/x/sys/cpu"

var vectors = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// mark does what markPlain does, with vectors where the processor has them.
func mark(at *[marks]uint32, buf []byte, i int, comma, eol byte) int {
	if vectors {
		return markAVX2(at, buf, i, comma, eol)
	}
	return markPlain(at, buf, i, comma, eol)
}

// markAVX2 does what markPlain does, 64 bytes at a time. It checks no bounds.
//
//go:noescape
func markAVX2(at *[marks]uint32, buf []byte, i int, comma, eol byte) int
