package mariadb

import "syscall"

// childAttr lets the child die with us, and keeps Ctrl-C from reaching it before
// we have ended what uses it.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
