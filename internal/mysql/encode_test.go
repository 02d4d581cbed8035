package mysql

import (
	"errors"
	"io"
	"iter"
	"math"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

func TestLineText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, infile, literal string }{
		{"plain", "Lift Release", "Lift Release", "('Lift Release')"},
		{"empty", "", "", "('')"},
		{"tab and newline", "a\tb\nc", `a\tb\nc`, `('a\tb\nc')`},
		{"backslash before N", `\N`, `\\N`, `('\\N')`},
		{"quotes", `'; DROP TABLE x; -- "`, `'; DROP TABLE x; -- "`, `('''; DROP TABLE x; -- "')`},
		{"backslash and quote", `\'`, `\\'`, `('\\''')`},
		{"zero byte", "a\x00b", `a\0b`, `('a\0b')`},
		{"not ASCII", "é火", "é火", "('é火')"},
		{"the word for nothing", "NULL", "", "('')"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var l line
			l.begin()
			l.text("c", tt.in)
			l.end()
			if got := string(l.buf); got != tt.infile+"\n" || l.err != nil {
				t.Errorf("text(%q) = %q, %v, want %q", tt.in, got, l.err, tt.infile+"\n")
			}
			if got := string(appendLiterals(nil, l.buf)); got != tt.literal {
				t.Errorf("appendLiterals(%q) = %s, want %s", l.buf, got, tt.literal)
			}
		})
	}
}

func TestLineNulls(t *testing.T) {
	t.Parallel()
	var l line
	l.begin()
	l.null()
	l.text("c", "x")
	l.optInt(lfb.Opt[int]{})
	l.optFloat("c", lfb.Some(0.1))
	l.null()
	l.end()
	if got, want := string(appendLiterals(nil, l.buf)), "(NULL,'x',NULL,'0.1',NULL)"; got != want {
		t.Errorf("appendLiterals(%q) = %s, want %s", l.buf, got, want)
	}
}

func TestLineRefuses(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*line){
		"invalid UTF-8": func(l *line) { l.text("WardName", "\xff") },
		"NaN":           func(l *line) { l.optFloat("WardName", lfb.Some(math.NaN())) },
		"infinite":      func(l *line) { l.optFloat("WardName", lfb.Some(math.Inf(1))) },
	} {
		var l line
		write(&l)
		if !errors.Is(l.err, lfb.ErrInvalid) || !strings.Contains(l.err.Error(), "WardName") {
			t.Errorf("%s: error %v, want %v that names the column", name, l.err, lfb.ErrInvalid)
		}
	}
}

// TestFeedReads reads through buffers of all sizes and keeps to the limit.
func TestFeedReads(t *testing.T) {
	t.Parallel()
	words := func(yield func(*string, error) bool) {
		for _, w := range strings.Fields("a bb ccc dddd") {
			if !yield(&w, nil) {
				return
			}
		}
	}
	write := func(l *line, s *string) { l.text("c", *s) }
	for size := 1; size < 40; size += 3 {
		f := newFeed(iter.Seq2[*string, error](words), write, lfb.LoadOptions{})
		var got []int
		for {
			f.limit(3)
			before := f.counts().rows
			var all strings.Builder
			buf := make([]byte, size)
			for {
				n, err := f.Read(buf)
				all.Write(buf[:n])
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			n := int(f.counts().rows - before)
			if lines := strings.Count(all.String(), "\n"); lines != n {
				t.Errorf("buffer of %d: %d lines, counted %d", size, lines, n)
			}
			if got = append(got, n); n == 0 {
				break
			}
		}
		f.stop()
		if len(got) != 3 || got[0] != 3 || got[1] != 1 {
			t.Errorf("buffer of %d: statements of %v rows, want [3 1 0]", size, got)
		}
	}
}
