// Package mysql is the registry's side of the project's SQL, on MySQL, MariaDB and
// the embedded database alike: connections, schema, locks, retries, and the small
// statements of runs, ledger, files, predictions, accounts and audit. Package
// mysql/load, below it, brings files into the published tables and reads them.
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
//
// Instants are kept in UTC; DateOfCall and TimeOfCall are London's wall clock, as
// published. Errors carry lfb's sentinels.
//
// Start reading at open.go. Package mysqltest is the conformance suite, package
// mariadbtest starts a server for tests, by package mariadb.
package mysql
