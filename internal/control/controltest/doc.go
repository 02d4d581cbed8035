// Package controltest reads recorded executions, as tests hold the reading of histories
// against them.
//
// It serves tests only.
package controltest
