// Package report draws a data set's data report: one HTML file that needs
// nothing but itself, neither scripts nor network, and follows the reader's light
// or dark scheme.
//
//	Table ─▶ dataset.Summarise ─▶ Summary ─┐
//	               previous snapshot's ────┼─▶ HTML ─▶ dataset/report/<sha256>.html
//	        Manifest's counts, rejects ────┘
//
// It shows what is in each column and how that changed since the previous
// snapshot, what was rejected, dropped and repaired and why, rows by month, the
// targets by engine and by hour, and a map of hexagons. The same input gives the
// same bytes.
//
// Charts and histograms are drawn through svgplot; the map is part of the template.
// Everything that came from a file passes through html/template.
//
// Start reading at Publish, then HTML.
package report
