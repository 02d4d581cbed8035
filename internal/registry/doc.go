// Package registry holds the rules by which models come to serve: what a run
// and a version are, the gate that a winner must pass, and the ledger whose
// highest revision is the champion.
//
//	candidates ─ ranked on validation ─▶ winner ─┐
//	                        champion, baselines ─┤ scored on the same hold-out rows
//	                                             ▼
//	                                   Judge ─▶ Verdict ─ passed ─▶ Promote ─▶ ledger (line, revision)
//
// Where a person has a say, Rights makes a one-time code out to an administrator
// and takes it back with the decision: the workflow cannot tell senders apart.
//
// The rules stand over two small store interfaces, Runs and Ledger, which
// package mysql meets. The package does no I/O of its own.
package registry
