package source

import (
	"archive/zip"
	"fmt"
	"io"

	"lfb/internal/lfb"
)

// openZip reads a workbook, or the one table in a ZIP.
func (r *Reader) openZip(f io.ReaderAt, size int64) error {
	_, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("starts like XLSX or ZIP but is not whole: %w: %w", err, lfb.ErrInvalid)
	}
	return fmt.Errorf("XLSX: %w", lfb.ErrInvalid)
}
