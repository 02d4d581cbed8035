package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// Reader reads the rows of one file. It is for one goroutine.
type Reader struct {
	name    string
	rows    rows
	err     error // that ended the reading
	closers []func() error
}

// rows is what each container gives.
type rows interface {
	Header() []string
	// Next returns every row but the blank ones, and io.EOF after the last.
	// Errors name the line.
	Next() (table.Row, error)
}

// NewReader opens the file of size bytes in r, and reads its header. It finds
// out by content whether the file is CSV, XLSX, or a ZIP that holds one of them.
// Errors name the file; lfb.ErrInvalid is one that is none of these, or empty.
func NewReader(r io.ReaderAt, size int64, name string) (*Reader, error) {
	rd := &Reader{name: name}
	if err := rd.openContainer(r, size); err != nil {
		return nil, errors.Join(rd.wrapError(err), rd.Close())
	}
	return rd, nil
}

// OpenFile opens the file at path as NewReader does, under name. Close closes the file too.
func OpenFile(path, name string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r, err := NewReader(f, info.Size(), name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.closers = slices.Insert(r.closers, 0, f.Close) // the last to be closed
	return r, nil
}

// Header is the names of the columns, as the file spells them.
func (r *Reader) Header() []string { return r.rows.Header() }

// Next returns the next row that is not blank, and io.EOF after the last. A row
// that has more or fewer fields than the header is returned as it is, for the caller
// to reject: but a short row at the very end, or a quote that is never closed, is
// a file that was cut off, and lfb.ErrInvalid with the file's name and the line.
func (r *Reader) Next() (table.Row, error) {
	if r.err != nil {
		return table.Row{}, r.err
	}
	row, err := r.rows.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.wrapError(err)
	}
	r.err = err
	return row, err
}

// Close gives back what the Reader holds. A file that NewReader was given is the caller's.
func (r *Reader) Close() error {
	var errs []error
	for _, c := range slices.Backward(r.closers) {
		errs = append(errs, c())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// wrapError names the file, and says that it is at fault unless the disk is.
func (r *Reader) wrapError(err error) error {
	var onDisk *fs.PathError
	if errors.As(err, &onDisk) || errors.Is(err, lfb.ErrInvalid) {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return fmt.Errorf("%s: damaged: %w: %w", r.name, err, lfb.ErrInvalid)
}

// openContainer chooses the container by the file's first bytes.
func (r *Reader) openContainer(f io.ReaderAt, size int64) error {
	magic := make([]byte, min(size, 4))
	if _, err := f.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if isZIP(magic) {
		return r.openZIP(f, size)
	}
	return r.openText(io.NewSectionReader(f, 0, size))
}

func (r *Reader) openText(src io.Reader) error {
	t, err := table.NewReader(src)
	r.rows = &textRows{Reader: t}
	return err
}

// textRows are the rows of a text, which may have been cut off.
type textRows struct {
	*table.Reader
	ahead    table.Row // read already, where it or aheadErr is set
	aheadErr error
}

// Next gives the rows that are not blank. A short one is the last of a whole file only
// if something follows it.
func (t *textRows) Next() (table.Row, error) {
	row, err := t.ahead, t.aheadErr
	t.ahead, t.aheadErr = table.Row{}, nil
	if row.Fields == nil && err == nil {
		row, err = t.skipBlank()
	}
	if err != nil || len(row.Fields) >= len(t.Header()) {
		return row, err
	}
	row.Fields = slices.Clone(row.Fields)
	if t.ahead, t.aheadErr = t.skipBlank(); errors.Is(t.aheadErr, io.EOF) {
		return table.Row{}, fmt.Errorf("line %d: cut off after %d of %d fields: %w",
			row.Line, len(row.Fields), len(t.Header()), lfb.ErrInvalid)
	}
	return row, nil
}

func (t *textRows) skipBlank() (table.Row, error) {
	for {
		row, err := t.Reader.Next()
		if err != nil || !table.IsBlank(row.Fields) {
			return row, err
		}
	}
}
