// Package temporald runs a Temporal server and its Web UI in this process, for
// one machine: SQLite in one file, one history shard, everything on loopback.
//
//	Start ─▶ schema (once, whole or not at all) ─▶ four services + UI ─▶ ready
//
// It is the real server, not a stand-in: schedules, visibility, search
// attributes, updates and restarts work as they do in production. It survives a
// kill at any moment, since SQLite's write-ahead log does.
//
// It deliberately does not speak TLS, cluster or archive. Start reading at Start.
package temporald
