// Package verb is what the starter does: one file a verb, each printing tables
// for people or, with -json, the same for programs.
//
//	Run ─ first argument ─▶ retrain | runs | promote | … ─▶ app.Dial, app.OpenRecords ─▶ control, registry
//
// FirstRun is for a stack that has just started: it retrains where there is no
// champion yet. What runs is shown by watch.go, a line a step.
//
// The verbs know no SQL and no S3; whoever can start them may do anything.
package verb
