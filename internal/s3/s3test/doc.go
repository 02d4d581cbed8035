// Package s3test is what every store of objects must do, in memory or in a bucket
// (RunBlobs), and what an s3.Bucket must do on every server: files and listings (Run).
package s3test
