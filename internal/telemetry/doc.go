// Package telemetry builds the logger and adapts it to Temporal's, keeps a process's
// Prometheus metrics, and makes its OpenTelemetry traces.
//
//	config.Telemetry ── New ─▶ Telemetry ── Into ─▶ ctx ── From ─▶ clients, pools and handlers that are watched
//
// Traces are off unless a collector is named. A trace goes from whoever starts a
// workflow through its activities to their SQL and object store, and through the
// API. Spans hold statements and keys, never values.
//
// A log message is a constant, lower case, an event ("model promoted"); values
// are fields with fixed snake_case keys. Core packages do not log.
package telemetry
