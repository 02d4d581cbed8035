// Package app is the composition root: it builds each process from the config
// and the parts, and is the only place where they meet.
//
//	Main ─ signals, exit code ─▶ Worker | Starter | API
//	                                │ mysql, s3, temporal client, source
//	                                ▼
//	                        activities.Activities, api listeners
//
// deploy/local runs the same functions in one process beside the servers.
package app
