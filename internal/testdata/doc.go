// Package testdata finds the real rows that tests read.
//
// The rows are the London Fire Brigade's and are not part of the repository. They
// lie in the folder that the environment's LFB_TEST_DATA names, or else in
// ../shared/data beside the checkout. A test that has no data is skipped, and
// says so; in continuous integration (CI=true) it fails, so that green never
// means "nothing was looked at".
package testdata
