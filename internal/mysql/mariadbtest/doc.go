// Package mariadbtest starts a MariaDB server for a test: a folder, a port and a
// process of the test's own, ended with it.
package mariadbtest
