// Package mariadb runs an installed MariaDB as a child process, on a data folder
// of its own and on loopback. The child dies with this process, however that
// ends, and what was committed is there at the next start.
package mariadb
