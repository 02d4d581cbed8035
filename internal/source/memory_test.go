package source

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// bigFile writes about 64 MB of rows: as text, or as a workbook whose texts are
// shared strings, every one its own.
func bigFile(t *testing.T, rows int, workbook bool) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "big"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // removed with its folder
	if !workbook {
		w := bufio.NewWriter(f)
		for i := range rows {
			fmt.Fprintf(w, "%06d-01012017,2017-01-01,00:04:27,Special Service,a text that makes the row longer,%d\n", i, i)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return f
	}
	z := zip.NewWriter(f)
	part := func(name string, write func(io.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	part("xl/workbook.xml", func(w io.Writer) { fmt.Fprint(w, `<workbook><sheets><sheet name="S" r:id="1"/></sheets></workbook>`) })
	part("xl/_rels/workbook.xml.rels", func(w io.Writer) {
		fmt.Fprint(w, `<R><Relationship Id="1" Type="worksheet" Target="s.xml"/><Relationship Id="2" Type="x/sharedStrings" Target="t.xml"/></R>`)
	})
	part("xl/t.xml", func(w io.Writer) {
		for i := range rows {
			fmt.Fprintf(w, "<si><t>%06d-01012017 and a text that makes the row longer</t></si>", i)
		}
	})
	part("xl/s.xml", func(w io.Writer) {
		fmt.Fprint(w, "<worksheet><sheetData>")
		for i := range rows {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="s"><v>%d</v></c><c r="B%d"><v>%d</v></c></row>`, i+1, i+1, i, i+1, i)
		}
		fmt.Fprint(w, "</sheetData></worksheet>")
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// The heap while a file is read must not follow its size.
func TestReaderMemory(t *testing.T) { // not parallel: it looks at the process's heap
	const bound = 24 << 20
	tests := []struct {
		name     string
		rows     int
		workbook bool
	}{{"csv of 64 MB", 700_000, false}, {"workbook with 16 MB of shared strings", 300_000, true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := bigFile(t, tt.rows, tt.workbook)
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			held := func() int64 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return int64(m.HeapAlloc)
			}
			before := held()
			r, err := NewReader(f, info.Size(), "big")
			if err != nil {
				t.Fatal(err)
			}
			most := int64(0)
			n := 1
			for ; ; n++ {
				_, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if n%100_000 == 0 {
					most = max(most, held()-before)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if n != tt.rows || most > bound {
				t.Errorf("%d rows, %d MiB held, want %d, %d MiB at most", n, most>>20, tt.rows, bound>>20)
			}
			t.Logf("%d MiB held", most>>20)
		})
	}
}
