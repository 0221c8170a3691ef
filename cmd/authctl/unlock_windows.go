package main

import (
	"os/exec"

	"golang.org/x/sys/windows"
)

// detach lets child live on when the console of this command closes.
func detach(child *exec.Cmd) {
	child.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
