// Package canned is the web UI's pages with made-up content: a small city with
// a fitted model, runs in every state, versions, a ledger, snapshots, files. The
// tests and the storybook show the same table of pages.
//
//	city.go    attendances around a dozen stations, and the model fitted to them
//	store.go   what the registry would have
//	story.go   the table of pages
package canned
