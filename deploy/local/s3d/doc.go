// Package s3d runs an S3 server in this process, on a local folder and on
// loopback: versitygw over plain files, so that what is stored can be looked at
// with ls. Metadata lies in extended attributes, or in files beside where the
// file system has none.
//
// Since keys are paths, a key cannot be the folder of another: after "a" is
// stored, "a/b" is refused, where S3 itself has both.
//
// One server a process: its library keeps global state.
package s3d
