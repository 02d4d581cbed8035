// Package source is where published files come from, and how their rows are read.
//
//	datastore ┐ List    what there is now: name, address, version
//	dir       ├ Open    its bytes, from any offset ──▶ Download ──▶ a file, its SHA-256
//	synthetic ┘                                                        │
//	                                     NewReader ◀───────────────────┘
//	                  CSV · XLSX · ZIP of one of them, told apart by content
//	                                         │ Header, Next
//	                                         ▼ texts, by line
//
// The reader holds one block of the file at a time, so memory does not grow with
// the file. Of a workbook it also holds the shared strings, up to a bound; what is
// beyond lies in a temporary file until Close. Names are not believed: the
// publication has had CSV under .xlsx names, and XLSX under .csv.xlsx.
//
// Nothing here knows what a column means, but for List of a folder, which leaves
// out files that are neither table and says so (package clean decides by header).
// Nothing here logs; addresses in errors never show a query, as the datastore
// redirects to signed ones.
//
// Start reading at source.go, then reader.go and download.go.
package source
