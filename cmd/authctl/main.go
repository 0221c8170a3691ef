// Command authctl makes one-time codes, checks them, and says why one was
// refused. Each command is one file: it parses, makes one call into a package of
// this module, and prints.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() { os.Exit(run()) }

// run is main without the exit, so that tests run the same program.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		now: time.Now, getenv: os.Getenv,
		terminal: term.IsTerminal(int(os.Stdout.Fd())), typing: term.IsTerminal(int(os.Stdin.Fd())),
	}
	return a.run(ctx, os.Args[1:])
}
