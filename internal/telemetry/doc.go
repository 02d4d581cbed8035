// Package telemetry builds the logger and adapts it to Temporal's.
//
// A log message is a constant, lower case, an event ("model promoted"); values
// are fields with fixed snake_case keys. Core packages do not log.
package telemetry
