// Package mysql is all of the project's SQL: the schema, the bulk loads, the
// scans and the registry, on MySQL, MariaDB and the embedded database alike.
//
//	rows of a file ─▶ staging table of this load ─ no warning, every row ─▶ one transaction
//	                                                                           ▼
//	Incidents, Mobilisations ◀─ streaming, by key ─────────────────── incident, mobilisation
//
//	runs, ledger, files, predictions, accounts, audit: small statements
//
// What one code path needs to be right on all three servers:
//   - No row lock is relied on, as the embedded database has none. What must
//     happen once is a unique INSERT (the ledger), what must not overlap holds a
//     named lock (lock.go).
//   - What the server gave up for another transaction (1213, 1205) is run again,
//     in one place (retry.go).
//   - In single-writer mode all small writes share one connection, and bulk loads
//     have two others, so that a load of a minute holds up neither an audit entry
//     nor the other table's: their staging tables are private and nothing else
//     writes their targets.
//   - No join decides how long something takes: the servers plan them differently.
//     Tables are walked in key order side by side (compare.go).
//   - Texts compare and sort by bytes (utf8mb4_bin), so key order is Go's.
//
// Readers never see half a file, as it arrives by one transaction. A process may
// be killed anywhere in a load: the transaction is rolled back, the locks go with
// the connection, the next load drops the staging table that nobody holds a lock
// of, and loading again is exact.
//
// Instants are kept in UTC; DateOfCall and TimeOfCall are London's wall clock, as
// published. Errors carry lfb's sentinels.
//
// Start reading at open.go, then load.go. Package mysqltest is the conformance
// suite, package mariadbtest starts a server for tests.
package mysql
