//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach lets child live on when the terminal of this command closes.
func detach(child *exec.Cmd) { child.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
