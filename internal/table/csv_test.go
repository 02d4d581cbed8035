package table

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

// readAll returns the header and the rows as line:field|field.
func readAll(src io.Reader) (header, got []string, err error) {
	r, err := NewReader(src)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header(), got, nil
		}
		if err != nil {
			_, again := r.Next()
			return r.Header(), got, errors.Join(err, again)
		}
		got = append(got, fmt.Sprintf("%d:%s", row.Line, strings.Join(row.Fields, "|")))
	}
}

func encodeUTF16(s string, bom, big bool) string {
	var out []byte
	if bom {
		s = "\ufeff" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

func TestRead(t *testing.T) {
	t.Parallel()
	plain := "a,b,Cost (£)\n1,two,3\n4,,6\n"
	want := []string{"2:1|two|3", "3:4||6"}
	tests := []struct {
		name, data string
		header     []string // as that of plain where nil
		want       []string
	}{
		{name: "plain", data: plain, want: want},
		{name: "no newline at the end", data: strings.TrimSuffix(plain, "\n"), want: want},
		{name: "crlf", data: strings.ReplaceAll(plain, "\n", "\r\n"), want: want},
		{name: "old mac", data: strings.ReplaceAll(plain, "\n", "\r"), want: want},
		{name: "byte-order mark", data: "\ufeff" + plain, want: want},
		{name: "byte-order mark before a quote", data: "\ufeff\"a\",\"b\",\"Cost (£)\"\n\"1\",\"two\",3\n", want: want[:1]},
		{name: "semicolons", data: strings.ReplaceAll(plain, ",", ";"), want: want},
		{name: "tabs", data: strings.ReplaceAll(plain, ",", "\t"), want: want},
		{name: "sep line in quotes", data: "\"sep=,\"\r\n" + plain, want: []string{"3:1|two|3", "4:4||6"}},
		{name: "sep line", data: "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"), want: []string{"3:1|two|3", "4:4||6"}},
		{name: "starts like ZIP", data: "PK,b\n1,2\n", header: []string{"PK", "b"}, want: []string{"2:1|2"}},
		{name: "utf-16 le", data: encodeUTF16(plain, true, false), want: want},
		{name: "utf-16 be", data: encodeUTF16(plain, true, true), want: want},
		{name: "utf-16 le unmarked", data: encodeUTF16(plain, false, false), want: want},
		{name: "quoted", data: "a,b,Cost (£)\n\"1\",\"tw,o \"\"x\"\"\",3\n", want: []string{`2:1|tw,o "x"|3`}},
		{
			name: "newline in quotes", data: "a,b,Cost (£)\n1,\"t\nw\r\no\",3\n4,5,6\n",
			want: []string{"2:1|t\nw\no|3", "5:4|5|6"},
		},
		{
			name: "quotes inside a field", data: "a,b,Cost (£)\n1,5\" hose,3\n4,\"the \"Red Lion\" pub\",6\n7,8,9\n",
			want: []string{`2:1|5" hose|3`, `3:4|the "Red Lion" pub|6`, "4:7|8|9"},
		},
		{
			name: "newline in quotes before quotes inside a field",
			data: "a,b,Cost (£)\n1,\"t\nw\",\"the \"Red Lion\" pub\"\n4,5,6\n",
			want: []string{"2:1|t\nw|the \"Red Lion\" pub", "4:4|5|6"},
		},
		{
			name: "quotes inside a field of the last row, which is long",
			data: "a,b,Cost (£)\n1,two,3\n4,5\" hose of twenty metres,6\n",
			want: []string{"2:1|two|3", `3:4|5" hose of twenty metres|6`},
		},
		{
			name: "a quote that nothing makes sense of", data: "a,b,Cost (£)\n4,\"five\"s,6\n7,8,9\n",
			want: []string{"2:4|five\"s,6\n", "3:7|8|9"},
		},
		{
			name: "blank lines and rows", data: "\n\na,b,Cost (£)\n\n1,2,3\n,,\n \n4,5,6\n\n",
			want: []string{"5:1|2|3", "6:||", "7: ", "8:4|5|6"},
		},
		{
			name: "padded by a spreadsheet", data: "a,b,Cost (£),,\n1,2,3,,\n4,5,6,7,\n",
			want: []string{"2:1|2|3", "3:4|5|6|7"},
		},
		{name: "short rows", data: "a,b,Cost (£)\n1\n4,5", want: []string{"2:1", "3:4|5"}},
		{
			name: "windows-1252", data: "a,b,Cost (\xa3)\n1,\xa35\x80,3\n4,é,6\n",
			want: []string{"2:1|£5€|3", "3:4|é|6"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header, got, err := readAll(strings.NewReader(tt.data))
			if err != nil {
				t.Fatalf("NewReader = %v", err)
			}
			if tt.header == nil {
				tt.header = []string{"a", "b", "Cost (£)"}
			}
			if diff := cmp.Diff(tt.header, header); diff != "" {
				t.Errorf("Header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// endless gives its letters again and again, and counts them.
type endless struct {
	letters string
	n       int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.letters)
	e.n += n
	return n, nil
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1,2,3\n", 100_000)
	tests := []struct{ name, data, want string }{
		{"empty", "", "empty"},
		{"only blank lines", "\n\r\n \n", "empty"},
		{"quote never closed", "a,b,c\n1,2,3\n4,\"5,6\n7,8,9\n", "line 3 column 2: a quote is never closed"},
		{"quote never closed in the last column", "a,b\n1,\"open\n3,4\n5,6\n", "line 2 column 2: a quote is never closed"},
		{"quote never closed in the last row", "a,b\n1,2\n3,\"open", "line 3 column 2: a quote is never closed"},
		{"quote closed by a later row's", "a,b\n1,\"open\n2,\"x\"\n3,4\n", "line 2 column 2: a quote is never closed"},
		{
			"quote closed by a later row's with rows between", "a,b\n1,2\n3,\"open\n4,5\n\"6\",\"x\"\n7,8\n",
			"line 3 column 2: a quote is never closed",
		},
		{"quote never closed in a long file", "a,b,c\n\n1,\"2,3\n" + strings.Repeat(long, 3), "line 3 column 2: a quote"},
		{"one long line", "a,b,c\n\n" + strings.Repeat("x", 3<<20), "line 3: longer than"},
		{"zero byte far in", "a,b,c\n" + long + "4,\x00,6\n", "line 100002: a zero byte"},
		{"web page", "\n<!DOCTYPE html><html>", "a web page"},
		{"json", `{"error": "not found"}`, "JSON"},
		{"old excel", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"},
		{"workbook", "PK\x03\x04abc", "a workbook"},
		{"gzip", "\x1f\x8b\x08\x00", "gzip"},
		{"binary", "\x01\x02\x03\x04\x05\x06", "not text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(strings.NewReader(tt.data))
			if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want lfb.ErrInvalid that says %q", err, tt.want)
			}
		})
	}
}

// An endless field must not fill the memory, whatever it is made of.
func TestReadStopsEarly(t *testing.T) {
	t.Parallel()
	for _, letters := range []string{"x", "x\n", "\n", "\"\"", ",x"} {
		src := &endless{letters: letters}
		_, _, err := readAll(io.MultiReader(strings.NewReader("a,b\n1,\"2"), src))
		if !errors.Is(err, lfb.ErrInvalid) || src.n > 2*MaxRowBytes {
			t.Errorf("endless %q: %v after %d bytes, want lfb.ErrInvalid within %d", letters, err, src.n, 2*MaxRowBytes)
		}
	}
}

// Rows must come out the same wherever the blocks' ends fall, and texts stay.
func TestReadAcrossBlocks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("n,text,quoted\n")
	var want []string
	line := 2
	for i := range 40_000 {
		fmt.Fprintf(&b, "%d,%s,\"a \"\"%d\"\"\nb\"\r\n", i, strings.Repeat("é", i%23), i)
		want = append(want, fmt.Sprintf("%d:%d|%s|a \"%d\"\nb", line, i, strings.Repeat("é", i%23), i))
		line += 2
	}
	_, got, err := readAll(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFoldName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Date.Of_Call": "dateofcall", " Notional Cost (£)": "notionalcost",
		"£": "",
	} {
		if got := FoldName(name); got != want {
			t.Errorf("FoldName(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\ufeffa;b\n\"1\";\"2\"\"\n\"\n"))
	f.Add([]byte("sep=,\na,b\r1,\"2\"x\r\"3"))
	f.Add([]byte(encodeUTF16("a,b\n1,2\n", true, false)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, rows, err := readAll(strings.NewReader(string(data)))
		if len(rows) > len(data) {
			t.Error("more rows than bytes")
		}
		if err != nil && !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("error = %v, want lfb.ErrInvalid", err)
		}
	})
}
