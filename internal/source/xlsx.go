package source

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// partMemory is the largest part of a workbook that is read in memory; larger sheets and
// shared strings are unpacked to temporary files.
const partMemory = 8 << 20

// workbook reads the sheet of a workbook that holds the table, and the sheets that carry
// it on: 1,048,576 rows are the most that one has. Its rows hold what the cells hold: of
// dates and times the numbers of days.
type workbook struct {
	book   *excelize.File
	parts  []*zip.File
	header []string
	sheets []string       // from the current one on
	rows   *excelize.Rows // of the current one
	line   int64          // of the current row, counted through all sheets
	before int64          // lines of the sheets already read
}

// openWorkbook reads the workbook that has the parts of z.
func (r *Reader) openWorkbook(z *zip.Reader) error {
	file, err := r.repackWorkbook(z)
	if err != nil {
		return err
	}
	// The library leaves its files behind where it cannot open a workbook.
	dir, err := os.MkdirTemp("", "lfb-workbook-*")
	if err != nil {
		return err
	}
	r.closers = append(r.closers, func() error { return os.RemoveAll(dir) })
	book, err := excelize.OpenFile(file.Name(), excelize.Options{
		UnzipXMLSizeLimit: partMemory, RawCellValue: true,
		TmpDir: dir,
	})
	if book != nil {
		r.closers = append(r.closers, book.Close)
	}
	if err != nil {
		return err
	}
	if props, err := book.GetWorkbookProps(); err != nil {
		return err
	} else if props.Date1904 != nil && *props.Date1904 {
		return fmt.Errorf("a workbook that counts its days from 1904: save it with days from 1900: %w", lfb.ErrInvalid)
	}
	w := &workbook{book: book, parts: z.File, sheets: book.GetSheetList()}
	r.rows = w
	r.closers = append(r.closers, w.closeSheet)
	return w.chooseSheet()
}

// The part that says where a workbook's main part is.
const (
	relationsName = "_rels/.rels"
	relations     = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
)

// repackWorkbook makes a workbook of the parts that hold the table, for the library to read:
// others (styles, pictures) it would hold in memory, and refuse the workbook for their faults.
// Of a path it holds little in memory, of a reader all.
func (r *Reader) repackWorkbook(z *zip.Reader) (*os.File, error) {
	tmp, err := r.createTemp()
	if err != nil {
		return nil, err
	}
	w := zip.NewWriter(tmp)
	for _, f := range z.File {
		switch name := partName(f.Name); {
		case name == "[content_types].xml", name == "xl/workbook.xml", name == "xl/_rels/workbook.xml.rels",
			name == "xl/sharedstrings.xml", path.Dir(name) == "xl/worksheets":
			if err := w.Copy(f); err != nil {
				return nil, err
			}
		}
	}
	part, err := w.Create(relationsName)
	if err == nil {
		_, err = io.WriteString(part, relations)
	}
	return tmp, errors.Join(err, w.Close())
}

// createTemp makes a file that goes when the Reader is closed.
func (r *Reader) createTemp() (*os.File, error) {
	tmp, err := os.CreateTemp("", "lfb-workbook-*")
	if err == nil {
		r.closers = append(r.closers, func() error { return errors.Join(tmp.Close(), os.Remove(tmp.Name())) })
	}
	return tmp, err
}

// chooseSheet opens the sheet whose first row is the widest: others explain the table. A
// hidden one is it only where no other has a table.
func (w *workbook) chooseSheet() error {
	best, width := 0, 0
	for i, name := range w.sheets {
		header, err := w.openSheet(name)
		if err = errors.Join(err, w.closeSheet()); err != nil {
			return err
		}
		columns := len(header)
		if shown, err := w.book.GetSheetVisible(name); err != nil {
			return err
		} else if !shown {
			columns = min(columns, 1)
		}
		if columns > width {
			best, width = i, columns
		}
	}
	if width == 0 {
		return fmt.Errorf("empty, not even a header: %w", lfb.ErrInvalid)
	}
	w.line, w.sheets = 0, w.sheets[best:]
	var err error
	w.header, err = w.openSheet(w.sheets[0])
	return err
}

// openSheet starts with a sheet and reads its header: its first row that is not blank,
// if there is one.
func (w *workbook) openSheet(name string) (header []string, err error) {
	w.before = w.line
	if w.rows, err = w.book.Rows(name); err != nil {
		return nil, fmt.Errorf("sheet %q: %w", name, err)
	}
	first, err := w.nextInSheet(name)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, name := range table.TrimBlank(first.Fields) {
		header = append(header, strings.TrimSpace(name))
	}
	return header, nil
}

func (w *workbook) closeSheet() error {
	if w.rows == nil {
		return nil
	}
	rows := w.rows
	w.rows = nil
	return rows.Close()
}

// Header is the names of the columns.
func (w *workbook) Header() []string { return w.header }

// Next reads on, in the sheets behind too that have the same header.
func (w *workbook) Next() (table.Row, error) {
	for {
		row, err := w.nextInSheet(w.sheets[0])
		if !errors.Is(err, io.EOF) {
			for len(row.Fields) < len(w.header) {
				row.Fields = append(row.Fields, "") // a sheet leaves out empty cells
			}
			return row, err
		}
		if err := w.nextSheet(); err != nil {
			return table.Row{}, err
		}
	}
}

// nextSheet opens the next sheet of the table. After the last it returns io.EOF, unless
// the workbook turns out to be damaged.
func (w *workbook) nextSheet() error {
	for {
		if err := w.closeSheet(); err != nil {
			return err
		}
		if w.sheets = w.sheets[1:]; len(w.sheets) == 0 {
			return cmp.Or(w.checkParts(), io.EOF)
		}
		header, err := w.openSheet(w.sheets[0])
		if err != nil || slices.Equal(header, w.header) {
			return err
		}
		w.line = w.before
	}
}

// nextInSheet reads the next row of the current sheet that is not blank.
func (w *workbook) nextInSheet(name string) (table.Row, error) {
	for w.rows.Next() {
		w.line++
		fields, err := w.rows.Columns()
		if err != nil {
			return table.Row{}, fmt.Errorf("sheet %q line %d: %w", name, w.line-w.before, err)
		}
		if !table.IsBlank(fields) {
			return table.Row{Line: w.line, Fields: fields}, nil
		}
	}
	if err := w.rows.Error(); err != nil {
		return table.Row{}, fmt.Errorf("sheet %q line %d: %w", name, w.line-w.before, err)
	}
	return table.Row{}, io.EOF
}

// checkParts reads the XML of sheets and texts to its end: the library takes a sheet that
// breaks off for a short one, and a text that is not there for an empty one.
func (w *workbook) checkParts() error {
	texts := 0
	for _, prefix := range []string{"xl/sharedstrings.xml", "xl/worksheets/"} {
		for _, f := range w.parts {
			if name := partName(f.Name); !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, ".xml") {
				continue
			}
			n, err := checkPart(f, texts)
			if err != nil {
				return fmt.Errorf("%s in the workbook: %w", f.Name, err)
			}
			texts += n
		}
	}
	return nil
}

// checkPart reads the XML of a part whose cells may refer to so many shared texts, and
// returns how many texts it has itself.
func checkPart(f *zip.File, texts int) (own int, err error) {
	body, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer body.Close() // only read
	shared, column := false, 0
	for d := xml.NewDecoder(body); ; {
		token, err := d.Token()
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				own++
			case "row":
				column = 0
			case "c":
				before := column
				if column = columnOf(t, before+1); column <= before {
					return own, fmt.Errorf("a cell in column %d behind one in %d: %w", column, before, lfb.ErrInvalid)
				}
			}
			shared = (shared && t.Name.Local == "v") || slices.ContainsFunc(t.Attr, func(a xml.Attr) bool {
				return t.Name.Local == "c" && a.Name.Local == "t" && a.Value == "s"
			})
		case xml.EndElement:
			shared = false
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); shared && text != "" {
				if i, err := strconv.Atoi(text); err != nil || i < 0 || i >= texts {
					return own, fmt.Errorf("shared string %.20q of %d: %w", text, texts, lfb.ErrInvalid)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return own, nil
		}
		if err != nil {
			return own, err
		}
	}
}

// columnOf is the column of a cell, counted from 1; cells need not say which.
func columnOf(cell xml.StartElement, next int) int {
	for _, a := range cell.Attr {
		if a.Name.Local == "r" {
			if column, _, err := excelize.CellNameToCoordinates(a.Value); err == nil {
				return column
			}
		}
	}
	return next
}
