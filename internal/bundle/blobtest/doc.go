// Package blobtest is what every store of objects must do: in memory, in the
// local stack and on a real server.
package blobtest
