// Package servetest is a small city to serve from in tests: attendances around
// four stations, champions fitted on them in a second, and a ledger, a store and
// accounts in memory that can be told to be away.
//
//	City ─▶ Fit ─▶ Bundle ─▶ World.Promote ─▶ serve.Champion
//
// It serves no one else: nothing outside of tests may import it.
package servetest
