package load

import (
	"errors"
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
			l.beginRow()
			l.appendText(tt.in)
			l.endRow()
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
	l.beginRow()
	l.appendNull()
	l.appendText("x")
	l.appendNull()
	l.appendFloat(0.1)
	l.appendNull()
	l.endRow()
	if got, want := string(appendLiterals(nil, l.buf)), "(NULL,'x',NULL,'0.1',NULL)"; got != want {
		t.Errorf("appendLiterals(%q) = %s, want %s", l.buf, got, want)
	}
}

func TestLineRefuses(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*line){
		"invalid UTF-8": func(l *line) { l.appendText("\xff") },
		"NaN":           func(l *line) { l.appendFloat(math.NaN()) },
		"infinite":      func(l *line) { l.appendFloat(math.Inf(1)) },
	} {
		l := line{column: "WardName"}
		write(&l)
		if !errors.Is(l.err, lfb.ErrInvalid) || !strings.Contains(l.err.Error(), "WardName") {
			t.Errorf("%s: error %v, want %v that names the column", name, l.err, lfb.ErrInvalid)
		}
	}
}
