//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// resizes tells when the terminal's size has changed, until stop.
func resizes() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}

// stopSelf stops this program, as Ctrl-Z does where the terminal sees to it, and
// returns when the shell lets it go on. Where there is no shell that could, the
// system stops nothing.
func stopSelf() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	if syscall.Kill(0, syscall.SIGTSTP) != nil {
		return
	}
	select { // the signal may reach another thread first, a moment later
	case <-continued:
	case <-time.After(200 * time.Millisecond):
	}
}
