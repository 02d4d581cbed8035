package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"lfb/internal/clean"
	"lfb/internal/lfb"
)

// workbook is what is known of a workbook before its sheets are read.
type workbook struct {
	parts    map[string]*zip.File
	sheets   []sheet
	dates    []bool // by cell style: numbers of it are dates or times
	from1904 bool   // days are counted from 1904, as old Macs did
	shared   *sharedStrings
}

type sheet struct{ name, part string }

func (r *Reader) openWorkbook(z *zip.Reader) error {
	r.format.Container, r.format.Encoding = "xlsx", "utf-8"
	w := &workbook{parts: map[string]*zip.File{}, shared: &sharedStrings{limit: sharedMemory}}
	r.closers = append(r.closers, w.shared.close)
	for _, f := range z.File {
		w.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if err := w.read(); err != nil {
		return err
	}
	rows := &xlsxRows{book: w, format: r.format}
	r.closers = append(r.closers, rows.close)
	r.rows = rows
	return rows.choose()
}

// read takes up all but the sheets.
func (w *workbook) read() error {
	const rels, main = "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
	targets := map[string]string{} // by relation id
	var shared, styles string
	err := w.each(rels, func(x *xmlScanner) {
		if string(x.name) != "Relationship" {
			return
		}
		target := string(x.attr("Target"))
		if after, absolute := strings.CutPrefix(target, "/"); absolute {
			target = after
		} else {
			target = path.Join("xl", target)
		}
		targets[string(x.attr("Id"))] = target
		switch kind := string(x.attr("Type")); path.Base(kind) {
		case "sharedStrings":
			shared = target
		case "styles":
			styles = target
		}
	})
	if err != nil {
		return err
	}
	err = w.each(main, func(x *xmlScanner) {
		switch string(x.name) {
		case "sheet":
			if part := targets[relation(x)]; w.parts[part] != nil {
				w.sheets = append(w.sheets, sheet{string(x.attr("name")), part})
			}
		case "workbookPr":
			v := string(x.attr("date1904"))
			w.from1904 = v == "1" || v == "true"
		}
	})
	if err != nil {
		return err
	}
	if len(w.sheets) == 0 {
		return fmt.Errorf("a workbook without sheets: %w", lfb.ErrInvalid)
	}
	return errors.Join(w.readStyles(styles), w.readShared(shared))
}

// relation is the tag's r:id, whatever the prefix.
func relation(x *xmlScanner) string {
	for _, field := range strings.Fields(string(x.tag)) {
		if name, _, ok := strings.Cut(field, "="); ok && strings.HasSuffix(name, ":id") {
			return string(x.attr(name))
		}
	}
	return ""
}

// each calls see at every start tag of a part.
func (w *workbook) each(name string, see func(*xmlScanner)) error {
	f := w.parts[name]
	if f == nil {
		return fmt.Errorf("a workbook without %s: %w", name, lfb.ErrInvalid)
	}
	body, err := openPart(f)
	if err != nil {
		return err
	}
	defer body.Close() // only read
	x := newXMLScanner(body)
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if token == xmlStart {
			see(x)
		}
	}
}

func (w *workbook) readShared(name string) error {
	f := w.parts[name]
	if f == nil {
		return nil // a workbook may keep all texts in its cells
	}
	body, err := openPart(f)
	if err != nil {
		return err
	}
	defer body.Close() // only read
	if err := w.shared.read(body); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// readStyles finds the cell styles under which numbers are dates or times.
func (w *workbook) readStyles(name string) error {
	if w.parts[name] == nil {
		return nil
	}
	custom := map[string]bool{} // number format id → date
	inCells := false
	return w.each(name, func(x *xmlScanner) {
		switch string(x.name) {
		case "numFmt":
			custom[string(x.attr("numFmtId"))] = dateFormat(string(x.attr("formatCode")))
		case "cellXfs":
			inCells = true
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := string(x.attr("numFmtId"))
				date, own := custom[id]
				w.dates = append(w.dates, date || (!own && builtInDate(id)))
			}
		}
	})
}

// builtInDate reports whether a built-in number format is one of dates or times.
func builtInDate(id string) bool {
	n := 0
	for _, c := range id {
		n = n*10 + int(c-'0')
	}
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
}

// dateFormat reports whether a number format shows a date or time: whether it has
// one of their letters outside quotes, escapes and brackets, or counts hours.
func dateFormat(code string) bool {
	code = strings.ToLower(code)
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\\', '_', '*':
			i++
		case '"', '[':
			closing := map[byte]byte{'"': '"', '[': ']'}[c]
			n := strings.IndexByte(code[i+1:], closing)
			if n < 0 {
				return false
			}
			if inside := code[i+1 : i+1+n]; c == '[' && inside != "" && strings.Trim(inside, "hms") == "" {
				return true
			}
			i += n + 1
		case 'y', 'm', 'd', 'h', 's':
			return true
		}
	}
	return false
}

// recognised reports whether header is of one of the two tables.
func recognised(header []string) bool {
	_, err := clean.KindOf(header)
	return err == nil
}
