//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach lets child live on when the terminal of this command closes and the folder
// that it was started in goes.
func detach(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	child.Dir = "/" // else a stick with that folder could not be taken out
}
