// Package backfill replays years of a synthetic city, and the real months where
// they are, with the real workflow and activities on MariaDB: what
// docs/OPERATIONS.md shows. It needs no Temporal server.
//
//	make bench-backfill
//
// The pages, drawings and tables are left in bench/out.
package backfill
