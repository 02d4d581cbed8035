// Package dataset makes and reads data sets: immutable snapshots of attendances,
// one row for the first and one for the second engine's arrival at an incident.
//
//	incidents ─────┐ in key    merge join   rows by month     dataset/parts/<sha256>.parquet
//	mobilisations ─┴ order ──▶ by number ──▶ Build ─────────▶ dataset/manifest/<sha256>.json
//	                                                        │ Open
//	              Spans ◀── Split ── Table ◀── Load ────────┤
//	                                   └─▶ Summarise ──▶ dataset/summary/<sha256>.json
//	                                                        └─▶ package report: HTML
//
// What the join decides:
//
//   - An engine's time is its mobilisation's, where the incident has one for it:
//     PerformanceReporting 1 or 2, else PumpOrder; copies of a
//     ResourceMobilisationId count once. Without one it is the incident's own
//     column, so that incident files alone are enough. Where the two tables differ
//     by more than 5 s the mobilisation is believed and the row counted.
//   - Incident times are on London's clock, mobilisations in GMT. Call handling is
//     the difference of the two instants; it is unknown where the mobilisation is
//     given in whole minutes, lies before the call or more than an hour after it, and
//     where both have the same second, as in the files of recent years.
//     In the hour of October that the clock shows twice the mobilisations say which
//     pass is meant; without any, the first pass is taken.
//   - Targets are 1 to 1200 s: the publication leaves out later arrivals.
//   - The place is the centre of the 100 m cell. Over the border (some 5 in 1,000
//     incidents) borough, ward and ground are unknown and the row stays.
//   - Everything dropped, kept with a doubt or repaired is counted by reason in the
//     manifest.
//
// Same rows and same sources give the same bytes and the same id: no clock, no
// code revision, no map order is in them. A month whose bytes are stored already
// costs no new object.
//
// Memory: both streams are read row by row; what is kept is a record of 80 bytes a row
// and an incident's number, in Build and in a Table alike: 2.3 million rows take some
// 250 MB. Months are sorted and encoded one on each core.
//
// The package knows neither SQL nor S3: rows come through Input, bytes go through
// Blobs. Start reading at Build, then Table. docs/adr/0015 says why the join is a merge and
// the files are written by parquet-go's own writer.
package dataset
