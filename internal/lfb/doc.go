// Package lfb holds the words of the domain that every other package speaks:
// incidents and mobilisations as the London Fire Brigade publishes them, a Call
// as an operator knows it, an Attendance as it turned out, references to stored
// objects, and the sentinel errors.
//
//	published file ─▶ Incident, Mobilisation ─▶ Attendance{Call, Outcome}
//	                  (every column, typed)       │          └ targets and hindsight
//	                                              └ what the operator knew: all a model may see
//
// The split between Call and Outcome is the project's guard against hindsight:
// features are made from a Call alone, so a column that is known only after the
// event cannot be named where features are made.
//
// The package does no I/O and imports nothing of the project.
package lfb
