// Package mysqld runs Dolt's MySQL-protocol server in this process, on a local
// folder and on loopback: its engine alone, without the commands of its program,
// which would be 42 packages more to build.
//
// It has one account, whose password is given at every start and kept in memory
// only: there is no root, and nothing to find on disk. Two things differ from a
// MySQL server, and callers must know: SELECT … FOR UPDATE locks nothing, and
// writers that meet at commit get error 1213; so writes go through one
// connection (config.MySQL.SingleWriter) and what decides is a unique key.
//
// One server a process: its library keeps global state.
package mysqld
