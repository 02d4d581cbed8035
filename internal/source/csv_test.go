package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

// readAll returns the header, the rows as line:field|field and the format.
func readAll(data []byte, name string) (header, got []string, f Format, err error) {
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), name)
	if err != nil {
		return nil, nil, f, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header(), got, r.Format(), nil
		}
		if err != nil {
			return r.Header(), got, r.Format(), err
		}
		got = append(got, fmt.Sprintf("%d:%s", rec.Line, strings.Join(rec.Fields, "|")))
	}
}

func utf16File(s string, bom, big bool) []byte {
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
	return out
}

func TestReadCSV(t *testing.T) {
	t.Parallel()
	plain := "a,b,Cost (£)\n1,two,3\n4,,6\n"
	want := []string{"2:1|two|3", "3:4||6"}
	tests := []struct {
		name    string
		data    []byte
		header  []string // as that of plain where nil
		want    []string
		recoded int64
	}{
		{name: "plain", data: []byte(plain), want: want},
		{name: "no newline at the end", data: []byte(strings.TrimSuffix(plain, "\n")), want: want},
		{name: "crlf", data: []byte(strings.ReplaceAll(plain, "\n", "\r\n")), want: want},
		{name: "old mac", data: []byte(strings.ReplaceAll(plain, "\n", "\r")), want: want},
		{name: "byte-order mark", data: []byte("\ufeff" + plain), want: want},
		{name: "semicolons", data: []byte(strings.ReplaceAll(plain, ",", ";")), want: want},
		{name: "tabs", data: []byte(strings.ReplaceAll(plain, ",", "\t")), want: want},
		{name: "starts like ZIP", data: []byte("PK,b\n1,2\n"), header: []string{"PK", "b"}, want: []string{"2:1|2"}},
		{name: "utf-16 le", data: utf16File(plain, true, false), want: want},
		{name: "utf-16 be", data: utf16File(plain, true, true), want: want},
		{name: "utf-16 le unmarked", data: utf16File(plain, false, false), want: want},
		{
			name: "quoted", data: []byte("a,b,Cost (£)\n\"1\",\"tw,o \"\"x\"\"\",3\n"),
			want: []string{`2:1|tw,o "x"|3`},
		},
		{
			name: "newline in quotes", data: []byte("a,b,Cost (£)\n1,\"t\nw\r\no\",3\n4,5,6\n"),
			want: []string{"2:1|t\nw\r\no|3", "5:4|5|6"},
		},
		{
			name: "quote inside a field", data: []byte("a,b,Cost (£)\n1,5\" hose,3\n4,\"five\"s,6\n"),
			want: []string{`2:1|5" hose|3`, `3:4|fives|6`},
		},
		{
			name: "blank lines and rows", data: []byte("\n\na,b,Cost (£)\n\n1,2,3\n,,\n \n4,5,6\n\n,,\n"),
			want: []string{"5:1|2|3", "8:4|5|6"},
		},
		{
			name: "padded by a spreadsheet", data: []byte("a,b,Cost (£),,\n1,2,3,,\n4,5,6,7,\n"),
			want: []string{"2:1|2|3", "3:4|5|6|7"},
		},
		{
			name: "short row in the middle is the caller's to reject", data: []byte("a,b,Cost (£)\n1\n4,5,6\n"),
			want: []string{"2:1", "3:4|5|6"},
		},
		{
			name: "windows-1252", data: []byte("a,b,Cost (\xa3)\n1,\xa35\x80,3\n4,é,6\n"),
			want: []string{"2:1|£5€|3", "3:4|é|6"}, recoded: 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header, got, f, err := readAll(tt.data, "x.csv")
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
			if f.Recoded != tt.recoded || f.Container != "csv" {
				t.Errorf("Format = %+v, want csv with %d recoded", f, tt.recoded)
			}
		})
	}
}

func TestReadCSVRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1,2,3\n", 100_000)
	tests := []struct{ name, data, want string }{
		{"empty", "", "empty"},
		{"only blank lines", "\n\r\n \n", "empty"},
		{"cut off in the last row", "a,b,c\n1,2,3\n4,5", "line 3: cut off after 2 of 3 fields"},
		{"cut off before a newline", "a,b,c\n1,2,3\n4\n\n", "line 3: cut off after 1 of 3 fields"},
		{"quote never closed", "a,b,c\n1,2,3\n4,\"5,6\n7,8,9\n", "line 3 column 2: a quote is never closed"},
		{"quote never closed in a long file", "a,b,c\n1,\"2,3\n" + strings.Repeat(long, 3), "line 2 column 2: a quote"},
		{"one endless line", "a,b,c\n" + strings.Repeat("x", 3<<20), "line 2: longer than"},
		{"zero byte far in", "a,b,c\n" + long + "4,\x00,6\n", "line 100002: a zero byte"},
		{"web page", "\n<!DOCTYPE html><html>", "a web page"},
		{"json", `{"error": "not found"}`, "JSON"},
		{"old excel", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"},
		{"gzip", "\x1f\x8b\x08\x00", "gzip"},
		{"binary", "\x01\x02\x03\x04\x05\x06", "not text"},
		{"zip cut off", "PK\x03\x04abcdef", "not whole"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := readAll([]byte(tt.data), "LFB data.csv.xlsx")
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("error = %v, want lfb.ErrInvalid", err)
			}
			for _, want := range []string{"LFB data.csv.xlsx: ", tt.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error = %q, want it to say %q", err, want)
				}
			}
		})
	}
}

// Rows must come out the same wherever the blocks' ends fall.
func TestReadCSVAcrossBlocks(t *testing.T) {
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
	_, got, f, err := readAll([]byte(b.String()), "x.csv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if f.Recoded != 0 {
		t.Errorf("recoded %d fields of valid UTF-8, want 0", f.Recoded)
	}
}

// A row that is kept while the next are read must not change.
func TestFieldsStay(t *testing.T) {
	t.Parallel()
	data := []byte("a,b\n" + strings.Repeat("1,2\n", 1) + strings.Repeat("3,4\n", 200_000))
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), "x")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	kept := rec.Fields[0]
	for err == nil {
		_, err = r.Next()
	}
	if kept != "1" {
		t.Errorf("field after the file = %q, want \"1\"", kept)
	}
}

// The header outlives the rows, whose memory is used again; the fields of a short
// row are still there when the reader has looked for what is behind it.
func TestReuse(t *testing.T) {
	t.Parallel()
	short := strings.Repeat("3,4\n", blockBytes/4-2) + "five\n"
	data := []byte("a,b\n" + short + strings.Repeat("\n", blockBytes) + strings.Repeat("6,7\n", blockBytes))
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), "x")
	if err != nil {
		t.Fatal(err)
	}
	r.Reuse()
	shorts, kept := 0, ""
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if kept == "" {
			kept = rec.Fields[0] // against the rule
		}
		switch got := strings.Join(rec.Fields, ","); got {
		case "3,4", "6,7":
		case "five":
			shorts++
		default:
			t.Fatalf("line %d = %q", rec.Line, got)
		}
	}
	if got := strings.Join(r.Header(), ","); got != "a,b" || shorts != 1 {
		t.Errorf("header after the file = %q with %d short rows, want \"a,b\" and 1", got, shorts)
	}
	if kept == "3" {
		t.Error("a text of the first row is still there after the last: memory is not used again")
	}
}

// A file that breaks off behind a short row gives the row, then the error, always.
func TestErrorStays(t *testing.T) {
	t.Parallel()
	data := "a,b\n" + strings.Repeat("3,4\n", blockBytes/4-3) + "5\n\n\n"
	data += strings.Repeat("\n", blockBytes-len(data)) + "\x00" + strings.Repeat("6,7\n", blockBytes)
	r, err := NewReader(strings.NewReader(data), int64(len(data)), "x")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for err == nil {
		_, err = r.Next()
		rows++
	}
	if _, again := r.Next(); rows != blockBytes/4-1 || !errors.Is(err, lfb.ErrInvalid) || !errors.Is(again, lfb.ErrInvalid) {
		t.Errorf("%d rows, then %v, then %v, want %d and lfb.ErrInvalid twice", rows, err, again, blockBytes/4-1)
	}
}

func BenchmarkReadCSV(b *testing.B) {
	data, err := os.ReadFile(testdata.Path(b, "raw", "incidents_2023_sample_iso.csv"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(data), int64(len(data)), "x")
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
