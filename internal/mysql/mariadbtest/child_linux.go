package mariadbtest

import "syscall"

// childAttr lets the server die with the test, however that ends, and keeps
// Ctrl-C from reaching it first.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
