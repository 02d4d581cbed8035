// Package table reads tables of text as people and tools save them, whoever they
// come from: the files of the publication, and the tables of callers.
//
//	bytes ─▶ encoding (UTF-8, UTF-16, Windows-1252 field by field), byte-order mark, CR line ends
//	      ─▶ separator (comma, semicolon, tab, bar, or what a "sep=" line names)
//	      ─▶ encoding/csv ─▶ Row: line and fields
//	cell  ─▶ Text, ParseNumber, ParseWhole, ParseTime (or ParseDate and ParseClock)
//
// A caller's table is read like this:
//
//	r, err := table.NewReader(body) // reads the header
//	if err != nil {
//		return err // lfb.ErrInvalid, says what the bytes are if they are no table
//	}
//	when := slices.IndexFunc(r.Header(), func(name string) bool { return table.FoldName(name) == "dateofcall" })
//	for {
//		row, err := r.Next()
//		if errors.Is(err, io.EOF) {
//			break
//		}
//		if err != nil {
//			return err // the rest cannot be read: an open quote, an endless row, a zero byte
//		}
//		if len(row.Fields) != len(r.Header()) {
//			continue // the row's own fault; row.Line says where
//		}
//		switch text := table.Text(row.Fields[when]); {
//		case text == "": // a hole, however it was written
//		default:
//			at, err := table.ParseTime(text, lfb.London)
//			...
//		}
//	}
//
// Numbers of a table with semicolons have a decimal comma: r.ParseNumber knows.
//
// The package knows no columns and rejects no rows. What the publication's files
// must be held to beyond this (cut-off files, its own mistakes) is checked by
// packages source and clean.
package table
