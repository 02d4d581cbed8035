// Package workflows is the order of work: which activity follows which, what
// waits for whom, what a person sees meanwhile. It is deterministic and does no
// I/O; everything it knows of the world comes from activities.
//
//	Retrain    list ─▶ fetch × files ─▶ load × files ─▶ clean ─▶ plan ─▶ tune ─▶ train × candidates
//	                                                      │ unchanged  trials,        │ in parallel
//	                                                      ▼            halved         ▼
//	                                                     end                compare ─▶ Promote (child)
//	                                                                        refit ─▶ Promote, of what passed
//	Promote    check bundle ─▶ (approve | reject | deadline) ─▶ append to the ledger
//	Refresh-   fetch the files of places ─▶ build one compact file ─▶ publish; a load starts it
//	Places
//	Scheduled  starts Retrain under its one id, or says that one is running
//
// A line of models has one workflow id, so that Temporal itself lets no two
// retrains of it run at once, however they were started (docs/adr/0002).
//
// Start reading at retrain.go; ids.go and options.go hold every name and time
// limit. Recorded histories in testdata/histories must replay.
package workflows
