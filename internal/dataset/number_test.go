package dataset

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func FuzzNumber(f *testing.F) {
	for _, s := range []string{
		"1", "0", "2091", "002091", "235138081", "999999999", "1234567890", "000001-01012017", "123456789-31122099",
		"-01012017", "1-0101201", "1-010120177", "a1-01012017", "000001-0101201x", "000001 01012017", "i7", "é", "1--1012017", strings.Repeat("9", 255),
	} {
		f.Add(s, "000002-01012017")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var all numbers
		x, y := all.of([]byte(a)), all.of([]byte(b))
		for text, n := range map[string]number{a: x, b: y} {
			if got := string(all.append(nil, n)); got != text {
				t.Errorf("%q became %x, which is %q", text, n, got)
			}
			if got := all.of([]byte(text)); got != n {
				t.Errorf("%q is %x, then %x", text, n, got)
			}
		}
		if (x == y) != (a == b) || all.compare(x, y) != strings.Compare(a, b) {
			t.Errorf("%q and %q are compared as %d", a, b, all.compare(x, y))
		}
	})
}

// TestNumber holds the published forms to be kept without a table, as they order.
func TestNumber(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 9))
	var all numbers
	for range 20_000 {
		var text [2][]byte
		for i := range text {
			text[i] = padded(nil, rng.Uint64N(1_000_000_000), 1+rng.IntN(9))
			if len(text[i]) > mostFront {
				text[i] = text[i][:mostFront]
			}
			if rng.IntN(2) == 0 {
				text[i] = padded(append(text[i], '-'), rng.Uint64N(dayTens), dayDigits)
			}
		}
		a, b := all.of(text[0]), all.of(text[1])
		if got := all.append(nil, a); !bytes.Equal(got, text[0]) {
			t.Fatalf("%q became %q", text[0], got)
		}
		if got, want := all.compare(a, b), bytes.Compare(text[0], text[1]); got != want {
			t.Fatalf("%q and %q are compared as %d, not %d", text[0], text[1], got, want)
		}
	}
	if len(all.odd) > 0 {
		t.Errorf("%d of the usual forms are kept as texts: %q", len(all.odd), all.odd[:1])
	}
}
