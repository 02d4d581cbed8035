package source

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"lfb/internal/lfb"
)

// isZIP reports whether the first four bytes are those of a ZIP, be it an empty one.
func isZIP(magic []byte) bool {
	return string(magic) == "PK\x03\x04" || string(magic) == "PK\x05\x06"
}

// openZIP reads a workbook, or the one table in a ZIP.
func (r *Reader) openZIP(f io.ReaderAt, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("starts like XLSX or ZIP but is not whole: %w", err)
	}
	for _, part := range z.File {
		switch partName(part.Name) {
		case "xl/workbook.xml":
			return r.openWorkbook(z)
		case "xl/workbook.bin":
			return fmt.Errorf("a binary workbook (.xlsb): save it as .xlsx or .csv: %w", lfb.ErrInvalid)
		case "content.xml":
			return fmt.Errorf("an OpenDocument file: save it as .xlsx or .csv: %w", lfb.ErrInvalid)
		}
	}
	table, err := onlyTable(z.File)
	if err != nil {
		return err
	}
	return r.openPacked(table)
}

// partName is the name of a part of a workbook, in which case does not count.
func partName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "\\", "/")) }

// onlyTable is the file that a ZIP is about.
func onlyTable(files []*zip.File) (*zip.File, error) {
	var all, tables []*zip.File
	var names []string
	for _, f := range files {
		base := path.Base(f.Name)
		if f.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		all, names = append(all, f), append(names, f.Name)
		switch strings.ToLower(path.Ext(base)) {
		case ".csv", ".xlsx":
			tables = append(tables, f)
		}
	}
	switch {
	case len(tables) == 1:
		return tables[0], nil
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return nil, fmt.Errorf("an empty ZIP: %w", lfb.ErrInvalid)
	}
	return nil, fmt.Errorf("a ZIP of %d files, not of one table: %.200q: %w", len(all), names, lfb.ErrInvalid)
}

// openPacked reads text straight from the ZIP, and a workbook, which must be read
// from many places, by way of a temporary file.
func (r *Reader) openPacked(f *zip.File) error {
	body, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s in the ZIP: %w", f.Name, err)
	}
	r.closers = append(r.closers, body.Close)
	whole := bufio.NewReader(body)
	if magic, _ := whole.Peek(4); !isZIP(magic) { // an error comes again
		return r.openText(whole)
	}
	tmp, err := r.createTemp()
	if err != nil {
		return err
	}
	size, err := io.Copy(tmp, whole)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(tmp, size)
	if err != nil {
		return fmt.Errorf("%s in the ZIP: %w", f.Name, err)
	}
	return r.openWorkbook(z)
}
