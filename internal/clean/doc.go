// Package clean turns raw rows of the two published tables into typed ones, or
// says why a row cannot be used.
//
//	header ─▶ KindOf ─▶ NewIncidents / NewMobilisations     columns found by name, in every vintage
//	fields ─▶ Parse ─┬▶ lfb.Incident / lfb.Mobilisation
//	                 ├▶ *lfb.Reject      the row cannot be used: key, date or width
//	                 └▶ Tally            rejects and repairs, counted by reason
//	Tally  ─▶ Expect.Check               may the file be used at all?
//	Incident ─▶ Reported                 what the caller can have said
//
// A reject is a row without a usable key or time. Everything less is a repair:
// the row stays, the one value becomes missing or is mended, and the repair is
// counted by its reason. So nothing is dropped silently, and Rows = Accepted +
// Rejected always.
//
// Cells are read by package table, as callers' are; what this package adds is what the
// publication must be held to. Texts are trimmed, and spelled one way where the files
// spell them several ways: boroughs and wards in capitals, ProperCase as English has it,
// stations capitalised.
//
// The package joins nothing, drops no duplicates (loading does, by key) and reads
// no files. The quirks of the publication that it meets are tested by number in
// quirks_test.go.
package clean
