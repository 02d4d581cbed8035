package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// splitByByte is csvRows.split as it was, a byte at a time; TestSplit and FuzzSplit
// hold split to it.
func (c *csvRows) splitByByte() (end int, whole, open bool) {
	s, i, comma, eol := c.block, c.pos, c.format.Comma, c.eol
	c.fields, c.nl = c.fields[:0], 0
	for {
		if i < len(s) && s[i] == '"' {
			field, next, closed := c.quoted(i + 1)
			if !closed {
				return 0, false, true
			}
			c.fields, i = append(c.fields, field), next
		} else {
			start := i
			for i < len(s) && s[i] != comma && s[i] != eol {
				i++
			}
			field := s[start:i]
			if n := len(field); n > 0 && field[n-1] == '\r' && (i == len(s) || s[i] == eol) {
				field = field[:n-1]
			}
			c.fields = append(c.fields, field)
		}
		if i >= len(s) {
			return i, false, false
		}
		if s[i] == eol {
			return i + 1, true, false
		}
		i++ // the comma
	}
}

// checkSplit splits all of text both ways.
func checkSplit(t *testing.T, text string, comma, eol byte, eof bool) {
	t.Helper()
	rows := [2]*csvRows{}
	for k := range rows {
		rows[k] = newCSVRows(nil, &Format{Comma: comma})
		rows[k].eol, rows[k].eof = eol, eof
		rows[k].hold(append([]byte(text), strings.Repeat("behind,\n\"", beyond)[:beyond]...), len(text))
	}
	for rows[0].pos < len(text) {
		end, whole, open := rows[0].split()
		wantEnd, wantWhole, wantOpen := rows[1].splitByByte()
		got := fmt.Sprintf("%d %v %v %d %q", end, whole, open, rows[0].nl, rows[0].fields)
		want := fmt.Sprintf("%d %v %v %d %q", wantEnd, wantWhole, wantOpen, rows[1].nl, rows[1].fields)
		if got != want {
			t.Fatalf("split of %q at %d = %s, want %s", text, rows[0].pos, got, want)
		}
		if !whole {
			return
		}
		rows[0].pos, rows[1].pos = end, end
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a,b\n", "a,\"b\nc\",d\r\ne,,", ",\"\",\r\r\n\"x\"y,\"", strings.Repeat("12345678,", 4) + "\r"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, eof bool) {
		checkSplit(t, s, ',', '\n', eof)
		checkSplit(t, s, '\t', '\r', eof)
	})
}

func TestSplit(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	letters := []byte("aab1\x80\xac\x0b\x0c\x2d,,,;\n\r\"\t ")
	for range 20_000 {
		var b bytes.Buffer
		for range rng.IntN(20 << rng.IntN(6)) { // at times more fields than are marked at once
			b.WriteByte(letters[rng.IntN(len(letters))])
		}
		checkSplit(t, b.String(), ',', '\n', rng.IntN(2) == 0)
		checkSplit(t, b.String(), ';', '\r', rng.IntN(2) == 0)
	}
}
