//go:build !linux

package mariadb

import "syscall"

// childAttr keeps Ctrl-C from reaching the child before we have ended what uses
// it. Other systems cannot tie a child's life to ours: after a kill, the next
// start finds the port taken and says so.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
