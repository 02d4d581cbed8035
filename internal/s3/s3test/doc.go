// Package s3test is what an s3.Bucket must do on every server beyond what every
// store must (package blobtest): files, streams, listings.
package s3test
