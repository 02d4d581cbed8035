// Package stack starts the servers of the all-in-one command in this process:
// Temporal with its Web UI, an S3 store and a MySQL-protocol database, on
// loopback, with all state in one folder.
//
//	Options ─▶ lock the folder ─▶ ports free? ─▶ passwords ─▶ three servers ─▶ Stack
//	                                                │
//	                                                └─▶ <folder>/env, for Settings
//
// Nothing starts before every check has passed, so that a mistake leaves nothing
// half up. Passwords are made once, kept in <folder>/env with mode 0600, and
// never printed. State survives a kill at any moment.
//
// The servers speak the real protocols, so Stack.Config only fills addresses and
// passwords into the same config.Config that every other process has: nothing
// else knows that it runs locally. Start reading at Start.
package stack
