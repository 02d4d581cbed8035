package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"lfb/internal/lfb"
)

// workbookBytes writes a workbook with another program's writer.
func workbookBytes(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// putRows writes rows to a sheet, texts as shared strings, numbers and times as such.
func putRows(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	if i, err := f.GetSheetIndex(sheet); err != nil {
		t.Fatal(err)
	} else if i < 0 {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range rows {
		if len(row) == 0 {
			continue
		}
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
}

// tableHeader begins like the incident table's, to be recognised.
func tableHeader() []any {
	return []any{"IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentGroup", "StopCodeDescription"}
}

func TestReadXLSX(t *testing.T) {
	t.Parallel()
	data := workbookBytes(t, func(f *excelize.File) {
		day := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
		putRows(t, f, "Sheet1", tableHeader(),
			[]any{"000001-01012018", day, 0.0015162037037037036, "a < b & \"c\"", 416.0},
			[]any{235138081, day.Add(5*time.Hour + 38*time.Second), 0.5, nil, 1.5},
			nil,
			[]any{"é£", nil, nil, "last", true},
			[]any{"short"})
		clock, err := f.NewStyle(&excelize.Style{NumFmt: 21}) // h:mm:ss
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", "C2", "C6", clock); err != nil {
			t.Fatal(err)
		}
	})
	header, got, err := readAll(data, "x.csv.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("IncidentNumber DateOfCall TimeOfCall IncidentGroup StopCodeDescription",
		strings.Join(header, " ")); diff != "" {
		t.Errorf("Header (-want +got):\n%s", diff)
	}
	want := []string{
		`2:000001-01012018|43101|0.00151620370370370|a < b & "c"|416`,
		"3:235138081|43101.20877314815|0.5||1.5",
		"5:é£|||last|1",
		"6:short||||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// Excelize's stream writer leaves texts in the cells.
func TestReadXLSXInlineStrings(t *testing.T) {
	t.Parallel()
	data := workbookBytes(t, func(f *excelize.File) {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range [][]any{tableHeader(), {"1", "2", " three ", "a\nb", 5}} {
			if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	_, got, err := readAll(data, "x.xlsx")
	if diff := cmp.Diff([]string{"2:1|2| three |a\nb|5"}, got); diff != "" || err != nil {
		t.Errorf("rows (-want +got):\n%s%v", diff, err)
	}
}

func TestReadXLSXSheets(t *testing.T) {
	t.Parallel()
	data := workbookBytes(t, func(f *excelize.File) {
		putRows(t, f, "Sheet1", []any{"About this workbook"}, []any{"text"})
		putRows(t, f, "Empty")
		putRows(t, f, "Data", nil, tableHeader(), []any{"1"}, []any{"2"})
		putRows(t, f, "Codes", []any{"Code", "Meaning"}, []any{12, "Not held up"})
		putRows(t, f, "More data", tableHeader(), []any{"3"})
	})
	_, got, err := readAll(data, "x.xlsx")
	if diff := cmp.Diff([]string{"3:1||||", "4:2||||", "6:3||||"}, got); diff != "" || err != nil {
		t.Errorf("rows (-want +got):\n%s%v", diff, err)
	}
}

// TestReadXLSXHiddenSheet: what people hide in a workbook is not its table, however wide.
func TestReadXLSXHiddenSheet(t *testing.T) {
	t.Parallel()
	for _, shown := range []bool{true, false} {
		data := workbookBytes(t, func(f *excelize.File) {
			putRows(t, f, "Sheet1", append(tableHeader(), "Old"), []any{"1", 2, 3, 4, 5, 6})
			if shown {
				putRows(t, f, "Data", tableHeader(), []any{"10", 20, 30, 40, 50})
			} else if _, err := f.NewSheet("Empty"); err != nil {
				t.Fatal(err)
			}
			f.SetActiveSheet(1)
			if err := f.SetSheetVisible("Sheet1", false); err != nil {
				t.Fatal(err)
			}
		})
		want := map[bool]string{true: "2:10|20|30|40|50", false: "2:1|2|3|4|5|6"}[shown]
		if _, got, err := readAll(data, "x.xlsx"); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("with a sheet that is shown %v: %q, %v, want %s", shown, got, err, want)
		}
	}
}

// zipOf packs files, in the order given, as name, content, name, content.
func zipOf(t testing.TB, nameContent ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(nameContent); i += 2 {
		w, err := z.Create(nameContent[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, nameContent[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// handMade is a workbook as other writers make them: prefixed tags, absolute
// targets, unnumbered rows and cells, rich text, CDATA, an error, ISO dates.
func handMade(t testing.TB, sheetData string, more ...string) []byte {
	t.Helper()
	const types, office = "http://schemas.openxmlformats.org/package/2006/content-types",
		"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const relations, main = "http://schemas.openxmlformats.org/package/2006/relationships",
		"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	return zipOf(t, append(more,
		"[Content_Types].xml", `<Types xmlns="`+types+`"><Override PartName="/xl/workbook.xml" `+
			`ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels", `<Relationships xmlns="`+relations+`"><Relationship Id="R1" Type="`+office+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<?xml version="1.0"?><x:workbook xmlns:x="`+main+`" xmlns:rel="`+office+`"><!-- a > b -->`+
			`<x:sheets><x:sheet name="D&amp;C" sheetId="1" rel:id="R1"/></x:sheets></x:workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships xmlns="`+relations+`"><Relationship Target='/xl/worksheets/s.xml' Id='R1' Type='`+office+`/worksheet'/>`+
			`<Relationship Id="R2" Type="`+office+`/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/SharedStrings.xml", `<sst xmlns="`+main+`"><si><t>plain</t></si><si><r><rPr/><t xml:space="preserve">rich </t></r><r><t>text</t></r>`+
			`<rPh><t>aid</t></rPh></si><si><t/></si><si><t><![CDATA[a<b]]></t></si></sst>`,
		"xl/worksheets/s.xml", `<x:worksheet xmlns:x="`+main+`"><x:sheetData>`+sheetData+`</x:sheetData></x:worksheet>`)...)
}

func TestReadXLSXOfOtherWriters(t *testing.T) {
	t.Parallel()
	data := handMade(t, `<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="str"><x:f>1+1</x:f><x:v>b</x:v></x:c>`+
		`<x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>`+
		`<x:row><x:c t="s"><x:v>2</x:v></x:c><x:c s="1"><x:v>7.5</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>`+
		`<x:row r="9"><x:c r="B9" t="d"><x:v>2018-01-01T00:05:38</x:v></x:c><x:c r="D9" t="s"><x:v>3</x:v></x:c></x:row>`)
	header, got, err := readAll(data, "x.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "plain", "rich text"}, header); diff != "" {
		t.Errorf("Header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2:|7.5|1|#N/A", "9:|2018-01-01T00:05:38||a<b"}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestReadXLSXRefuses(t *testing.T) {
	t.Parallel()
	whole := workbookBytes(t, func(f *excelize.File) { putRows(t, f, "Sheet1", tableHeader(), []any{"1"}) })
	damaged := bytes.Clone(whole)
	for i := 40; i < 80; i++ {
		damaged[i] ^= 0x55 // inside the first part's content
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"cut off", whole[:len(whole)/2], "not whole"},
		{"nothing but a workbook part", zipOf(t, "xl/workbook.xml", "<workbook/>"), "damaged"},
		{"binary workbook", zipOf(t, "xl/workbook.bin", "x"), ".xlsb"},
		{"OpenDocument", zipOf(t, "content.xml", "x", "styles.xml", "x"), "OpenDocument"},
		{"empty workbook", workbookBytes(t, func(*excelize.File) {}), "empty"},
		{"shared string that is none", handMade(t, `<x:row><x:c t="s"><x:v>0</x:v></x:c></x:row><x:row><x:c t="s"><x:v>99</x:v></x:c></x:row>`), `shared string "99" of 4`},
		{"sheet cut off", handMade(t, `<x:row r="1"><x:c><x:v>1</x:v></x:c></x:row><x:row r="2"><x:c>`+"<!--"), "xl/worksheets/s.xml in the workbook: "},
		{"cells out of order", handMade(t, `<x:row><x:c r="B1"><x:v>1</x:v></x:c><x:c r="A1"><x:v>1</x:v></x:c></x:row>`), "a cell in column 1 behind one in 2"},
		{"column beyond any sheet", handMade(t, `<x:row><x:c r="ZZZZZZZZ1"><x:v>1</x:v></x:c></x:row>`), "column number must be"},
		{"ZIP of many", zipOf(t, "a.csv", "a,b\n", "b.csv", "a,b\n"), "a ZIP of 2 files"},
		{"empty ZIP", zipOf(t), "an empty ZIP"},
		{"ZIP of a web page", zipOf(t, "a.csv", "<html>"), "a web page"},
		{"damaged", damaged, ""},
		{"days from 1904", workbookBytes(t, func(f *excelize.File) {
			yes := true
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
				t.Fatal(err)
			}
			putRows(t, f, "Sheet1", tableHeader(), []any{"1"})
		}), "from 1904"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(tt.data, "LFB data.xlsx")
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("error = %v, want lfb.ErrInvalid", err)
			}
			for _, want := range []string{"LFB data.xlsx: ", tt.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error = %q, want it to say %q", err, want)
				}
			}
		})
	}
}

func TestReadZIP(t *testing.T) {
	t.Parallel()
	book := workbookBytes(t, func(f *excelize.File) { putRows(t, f, "Sheet1", []any{"a", "b"}, []any{"1", "2"}) })
	tests := []struct {
		name string
		data []byte
	}{
		{"one CSV", zipOf(t, "data/LFB (2).csv", "a,b\n1,2\n")},
		{"one CSV among others", zipOf(t, "__MACOSX/._x.csv", "junk", "readme.txt", "hello", ".DS_Store", "x", "x.csv",
			"a,b\n1,2\n")},
		{"one file of another name", zipOf(t, "export", "a,b\n1,2\n")},
		{"one workbook", zipOf(t, "x.xlsx", string(book))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, got, err := readAll(tt.data, "x.zip")
			if diff := cmp.Diff([]string{"2:1|2"}, got); diff != "" || err != nil {
				t.Errorf("rows (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

// Damage in the middle of a ZIP must not look like the end of the file.
func TestReadZIPDamagedInside(t *testing.T) {
	t.Parallel()
	var csv strings.Builder
	csv.WriteString("a,b\n")
	for i := range 200_000 {
		fmt.Fprintf(&csv, "%d,%d\n", i, i*i*7919)
	}
	data := zipOf(t, "x.csv", csv.String())
	for i := len(data) / 2; i < len(data)/2+64; i++ {
		data[i] ^= 0x5a
	}
	_, got, err := readAll(data, "x.zip")
	if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%d rows, error %v, want lfb.ErrInvalid about damage", len(got), err)
	}
}

func BenchmarkReadXLSX(b *testing.B) {
	data := workbookBytes(b, func(f *excelize.File) {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		for i := range 20_000 {
			row := tableHeader()
			for c := range row {
				if i > 0 {
					row[c] = fmt.Sprintf("value %d", i*c)
				}
			}
			for c := range 30 {
				row = append(row, i*c)
			}
			if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(data), int64(len(data)), "x")
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
			rows++
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
