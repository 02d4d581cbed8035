// Package backfill is what a replay of past months knows and shows: which months
// had been published when a decision was made, and the report of what the
// promotion policy would have done.
//
//	decision at the start of month M
//	   known: whole months that ended a publication's lag before ─▶ split, train, compare, judge
//	   scored: what serves after the decision, on the calls of M
//
// A replay can leave out rows that had not been published; it cannot bring back
// what was published then and corrected since. The report says so.
//
// The work is in packages activities and workflows. Start reading at months.go.
package backfill
