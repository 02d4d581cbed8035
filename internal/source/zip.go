package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		return fmt.Errorf("starts like XLSX or ZIP but is not whole: %w: %w", err, lfb.ErrInvalid)
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
	body, err := openPart(f)
	if err != nil {
		return err
	}
	r.closers = append(r.closers, body.Close)
	magic := make([]byte, 4)
	n, err := io.ReadFull(body, magic)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	whole := io.MultiReader(strings.NewReader(string(magic[:n])), body)
	if !isZIP(magic[:n]) {
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
		return fmt.Errorf("%s in the ZIP: %w: %w", f.Name, err, lfb.ErrInvalid)
	}
	return r.openWorkbook(z)
}

// part is a file in a ZIP whose damage is the file's fault and no read error's.
type part struct {
	io.ReadCloser
	name string
}

func openPart(f *zip.File) (part, error) {
	body, err := f.Open()
	if err != nil {
		return part{}, fmt.Errorf("%s in the ZIP: %w: %w", f.Name, err, lfb.ErrInvalid)
	}
	return part{body, f.Name}, nil
}

// Read hides what kind of damage it is from errors.Is: io.ErrUnexpectedEOF would
// be taken for an end of file.
func (p part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	var onDisk *fs.PathError
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &onDisk) {
		return n, err
	}
	return n, fmt.Errorf("%s in the ZIP is damaged: %w: %w", p.name, err, lfb.ErrInvalid)
}
