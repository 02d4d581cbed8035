// Package gc decides what may be removed: everything that nothing needs any more
// and that has been kept as long as the policy says.
//
//	ledgers ─▶ versions ─▶ bundles, explanations
//	              └──▶ data sets ─▶ manifest, months, summary, report
//	                       └──▶ files ─▶ raw objects
//	backfills ─▶ reports; their versions and data sets while they are young
//	leaderboards ─▶ records of searches, verdicts
//	scored months, claims of retrains ─▶ monitor runs
//	sets of places ─▶ their files, and the files that they were made of
//	attempts ─▶ what programs elsewhere were given, and gave back
//	steps that are remembered ─▶ whatever they name: they go before it does
//
// All of these are items that lead to items: what is pinned, young or among the
// newest of its group stays, and so does whatever it leads to. Age is by the time of
// the last storing. Objects of a kind that this package does not know are never touched.
//
// The package is pure: internal/mysql reads the rows as items, package activities
// adds the objects, and removes what Mark returns. Start reading at Mark.
package gc
