// Package alarm notifies people that an alarm opened or cleared: in the log, and by
// a webhook that takes Slack's JSON. For mail and everything else there is
// Alertmanager, which gets the same alarms from the gauges (deploy/prometheus).
//
// It sends what it is given, once per call. What is an alarm, when it opens and who
// has been notified already is decided in package registry and kept in the database;
// a channel that fails says so and is tried again by the next monitor run.
//
// The webhook's address is a secret: no error and no log line has it. Start reading
// at New.
package alarm
