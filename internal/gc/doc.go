// Package gc decides what may be removed: everything that nothing needs any more
// and that has been kept as long as the policy says.
//
//	ledgers ─▶ versions ─▶ bundles
//	              └──▶ data sets ─▶ manifest, months, summary, report
//	                       └──▶ files ─▶ raw objects
//	backfills ─▶ reports; their versions and data sets while they are young
//	leaderboards ─▶ records of searches
//	scored months, claims of retrains ─▶ looks at the champion
//	steps that are remembered ─▶ whatever they name: they go before it does
//
// What is reached stays, and so does what is young, by the time it was stored
// last. Objects of a kind that this package does not know are never touched.
//
// The package is pure: it marks over an Inventory that package activities
// gathers, and removes nothing itself. Start reading at mark.go.
package gc
