// Package load brings published files into tables incident and mobilisation, and
// reads them back in key order.
//
//	rows of a file ─▶ staging table of this load ─ no warning, every row ─▶ one transaction
//	                                                                           ▼
//	Incidents, Mobilisations ◀─ streaming, by key ─────────────────── incident, mobilisation
//
// Readers never see half a file, as it arrives by one transaction. A process may
// be killed anywhere in a load: the transaction is rolled back, the locks go with
// the connection, the next load drops the staging table that nobody holds a lock
// of, and loading again is exact.
//
// Texts compare and sort by bytes (utf8mb4_bin), so key order is Go's.
//
// What a column is called, how it is written and how it is read stands in one row
// of a table: incident.go and mobilisation.go. Start reading at load.go.
package load
