// Package s3 is all object storage: bytes by key in one bucket, over minio-go.
//
//	bytes, file, stream ─▶ Put… ─▶ object + its SHA-256 ─▶ lfb.Ref
//	lfb.Ref ─▶ Open, ReadAll, Download ─▶ bytes, checked against the Ref
//
// An object never changes once it is stored: storing the same bytes again does
// nothing, and storing other bytes under its key is lfb.ErrConflict. Every write
// is therefore safe to repeat, and a Ref stays true. What is read is checked
// against the Ref's hash, so damage is an error and not a wrong model.
//
// Errors are the sentinels of package lfb: a key that is not there is
// ErrNotFound, a bad key, refused credentials or a hash that differs ErrInvalid,
// a server that does not answer ErrUnavailable. A cancelled context stays
// context.Canceled.
//
// The package does not list versions, set policies or expire anything. Package
// memblob is its twin in memory, and s3test.RunBlobs holds what both
// must do. Start reading at Bucket.
package s3
