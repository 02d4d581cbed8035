package source

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// markByByte is what mark and markPlain come to, called until they stop.
func markByByte(buf []byte, i int, comma, eol byte) (at []uint32) {
	for ; ; i++ {
		switch buf[i] {
		case comma:
			at = append(at, uint32(i))
		case eol, '"':
			return append(at, uint32(i))
		}
	}
}

// checkMark marks text from i on with all three.
func checkMark(t *testing.T, text string, i int, comma, eol byte) {
	t.Helper()
	buf := append(append([]byte(text), eol), strings.Repeat(",\n\"\r;", beyond)[:beyond-1]...)
	want := markByByte(buf, i, comma, eol)
	for name, f := range map[string]func(*[marks]uint32, []byte, int, byte, byte) int{"mark": mark, "markPlain": markPlain} {
		var got []uint32
		var at [marks]uint32
		for i := i; ; i = int(got[len(got)-1]) + 1 {
			n := f(&at, buf, i, comma, eol)
			if n < 1 || n > marks {
				t.Fatalf("%s of %q at %d = %d, want 1 to %d", name, text, i, n, marks)
			}
			got = append(got, at[:n]...)
			if buf[at[n-1]] != comma {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s of %q at %d = %v, want %v", name, text, i, got, want)
		}
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	letters := []byte("aaaaaaaaaaaab1\x80\xac\x0b\x0c\x2d\x2b\x23\xa2,,,,,;\n\r\"\t ")
	for i := range 20_000 {
		text := make([]byte, rng.IntN(400))
		few := 1 + rng.IntN(len(letters)) // letters to draw from: at times none that stops, at times one
		for k := range text {
			text[k] = letters[(i+rng.IntN(few))%len(letters)]
		}
		from := rng.IntN(len(text) + 1)
		checkMark(t, string(text), from, ',', '\n')
		checkMark(t, string(text), from, ';', '\r')
	}
	for first := range 64 { // the room for positions ends everywhere within a step
		checkMark(t, strings.Repeat("a", first)+strings.Repeat(",", 3*marks), 0, ',', '\n')
	}
}

func FuzzMark(f *testing.F) {
	for _, s := range []string{"", "a,b\n", "a,\"b", strings.Repeat("1234567,", 40), strings.Repeat(",", 2*marks)} {
		f.Add(s, uint16(0))
		f.Add(s, uint16(3))
	}
	f.Fuzz(func(t *testing.T, s string, from uint16) {
		i := int(from) % (len(s) + 1)
		checkMark(t, s, i, ',', '\n')
		checkMark(t, s, i, '\t', '\r')
	})
}
