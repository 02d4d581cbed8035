// Package archtest holds the direction of imports as a table, and a test that
// parses every file and fails on an import that the table lacks.
//
//	commands ─▶ app ─▶ edges (activities, api, mysql, s3, source, serve) ─▶ core ─▶ lfb
//	commands, api ─▶ control ─▶ workflows ─▶ activities
//
// It parses and does not ask the go command: the test cache cannot see what a
// subprocess reads, and a stale pass is worse than none.
package archtest
