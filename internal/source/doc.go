// Package source is where published files come from, and how their rows are read.
//
//	datastore ┐ List    what there is now: name, address, version
//	dir       ├ Open    its bytes, from any offset ──▶ Download ──▶ a file, its SHA-256
//	synthetic │                                                        │
//	os        ┘ (places: package places reads them)                    │
//	                                     NewReader ◀───────────────────┘
//	                  CSV · XLSX · ZIP of one of them, told apart by content
//	                                         │ Header, Next
//	                                         ▼ texts, by line
//
// Text is read by package table, workbooks by excelize. Memory does not grow with the
// file: large sheets, and the texts that they share, lie in temporary files until
// Close. Names are not believed: the publication has had CSV under .xlsx names, and
// XLSX under .csv.xlsx.
//
// A request is made once, a download is one attempt that goes on where the last one
// ended: who calls (an activity, by its retry policy) decides how often. RetryError
// passes on when a server wants to be asked again.
//
// Nothing here knows what a column means; who lists a folder says which headers are of
// which table (NewDir). Nothing here logs; addresses in errors never show a
// query, as the datastore redirects to signed ones.
//
// Start reading at source.go, then reader.go and download.go.
package source
