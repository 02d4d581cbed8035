//go:build !amd64

package source

func mark(at *[marks]uint32, buf []byte, i int, comma, eol byte) int {
	return markPlain(at, buf, i, comma, eol)
}
