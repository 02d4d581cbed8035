//go:build !linux

package mariadbtest

import "syscall"

// childAttr is nothing where the kernel cannot tie a child to its parent.
func childAttr() *syscall.SysProcAttr { return nil }
