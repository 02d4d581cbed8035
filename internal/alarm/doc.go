// Package alarm tells people that something opened or cleared: by a webhook that
// takes Slack's JSON, by e-mail over SMTP, and in the log.
//
// It sends what it is given, once per call. What is an alarm, when it opens and
// who has heard of it already is decided in package registry and kept in the
// database; a channel that fails says so and is tried again at the next look.
//
// The webhook's address and the SMTP password are secrets: no error and no log
// line has them. Start reading at New.
package alarm
