// Package mysqltest is the conformance suite of package mysql: what must hold on
// every server that the project runs on.
//
// Run it against another server, such as the embedded one, from a test of the
// module that starts it:
//
//	mysqltest.Run(t, func(t *testing.T) config.MySQL {
//		return config.MySQL{Address: addr, User: "root", Database: mysqltest.FreshName(),
//			TLS: "false", MaxConns: 16, LocalInfile: true, SingleWriter: true}
//	})
//
// The suite creates the database that open names, and drops it at the end.
package mysqltest
