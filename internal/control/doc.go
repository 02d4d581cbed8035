// Package control is what stands between people and Temporal: it starts
// workflows, asks how they stand, hands on decisions, and keeps schedules.
//
//	starter ───────────────▶ StartRetrain, SetSchedule, Decide, … ─▶ client.Client
//	api/admin, api/web ─▶ Control ─┘    checks against the ledger, audit log first
//
// The functions take a Temporal client and the input of a workflow; whoever
// holds a client may do anything. Control is for people who signed in: a change
// is checked against the ledger that it was decided from, written to the audit
// log under the Actor's name, and only then made. Its types are its own, so that
// pages know neither workflows nor Temporal, and its errors are lfb's.
//
// Retrains, monitor runs and backfills are described by the
// configuration (input.go); a request changes little of it. The package opens no
// connection: internal/app does.
//
// Start reading at control.go; start.go has what a workflow is started with.
package control
