// Package activities does the work that workflows order: one activity a file,
// each of them decode, call, store.
//
// Activities is a struct of dependencies, each a small interface that the
// edges (mysql, s3, source) meet without knowing. Inputs and results are one
// struct each and hold references, never data. Every activity may be killed at
// any moment and run again: artifacts have content addresses, expensive results
// are remembered under the hash of their input (step.go), and only
// AppendPromotion changes what serves, by one INSERT.
//
// wire.go translates errors: what no retry can cure is marked so.
package activities
