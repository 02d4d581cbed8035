// Package memblob keeps objects in memory: the twin of an s3.Bucket for tests.
// It passes the same conformance suite, so that what a test proves on it holds
// on a real store.
package memblob
