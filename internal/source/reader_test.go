package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

// readAll returns the header and the rows as line:field|field.
func readAll(data []byte, name string) (header, got []string, err error) {
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header(), got, nil
		}
		if err != nil {
			return r.Header(), got, err
		}
		got = append(got, fmt.Sprintf("%d:%s", row.Line, strings.Join(row.Fields, "|")))
	}
}

// What a text may be like is tested in package table.
func TestReadText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       []string
	}{
		{"blank lines and rows", "\n\na,b,c\n\n1,2,3\n,,\n \n4,5,6\n\n,,\n", []string{"5:1|2|3", "8:4|5|6"}},
		{"no newline at the end", "a,b,c\n1,2,3\n4,5,6", []string{"2:1|2|3", "3:4|5|6"}},
		{"short rows in the middle", "a,b,c\n1\n,\n2\n4,5,6\n", []string{"2:1", "4:2", "5:4|5|6"}},
		{"too long at the end", "a,b,c\n1,2,3,4", []string{"2:1|2|3|4"}},
		{"semicolons", "a;b;c\n1;2,5;3\n", []string{"2:1|2,5|3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header, got, err := readAll([]byte(tt.data), "x.csv")
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil || strings.Join(header, "") != "abc" {
				t.Errorf("header %q, rows (-want +got):\n%s%v", header, diff, err)
			}
		})
	}
}

func TestReadTextRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, want string }{
		{"empty", "", "empty"},
		{"cut off in the last row", "a,b,c\n1,2,3\n4,5", "line 3: cut off after 2 of 3 fields"},
		{"cut off before a newline", "a,b,c\n1,2,3\n4\n\n,,\n", "line 3: cut off after 1 of 3 fields"},
		{"cut off within quotes", "a,b,c\n1,2,3\n4,\"5,6\n7,8,9\n", "line 3 column 2: a quote is never closed"},
		{"damaged behind a short row", "a,b,c\n1,2,3\n4\n5,\x00,6\n" + strings.Repeat("1,2,3\n", 99), "line 4: a zero byte"},
		{"web page", "\n<!DOCTYPE html><html>", "a web page"},
		{"zip cut off", "PK\x03\x04abcdef", "not whole"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll([]byte(tt.data), "LFB data.csv.xlsx")
			if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "LFB data.csv.xlsx: ") ||
				!strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want lfb.ErrInvalid that names the file and says %q", err, tt.want)
			}
		})
	}
}

// A file that breaks off behind a short row gives the row, then the error, always.
func TestErrorStays(t *testing.T) {
	t.Parallel()
	data := "a,b\n3,4\n5\n\n\n\x00,6\n" + strings.Repeat("7,8\n", 99)
	r, err := NewReader(strings.NewReader(data), int64(len(data)), "x")
	if err != nil {
		t.Fatal(err)
	}
	rows := -1
	for ; err == nil; rows++ {
		_, err = r.Next()
	}
	if _, again := r.Next(); rows != 2 || !errors.Is(err, lfb.ErrInvalid) || !errors.Is(again, lfb.ErrInvalid) {
		t.Errorf("%d rows, then %v, then %v, want 2 and lfb.ErrInvalid twice", rows, err, again)
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
