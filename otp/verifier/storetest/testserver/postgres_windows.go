package testserver

import (
	"os/exec"
	"testing"
)

// killServer ends the first process of a server; the others miss it and end.
func killServer(server *exec.Cmd) {
	_ = server.Process.Kill()
	_ = server.Wait()
}

// Here a server runs as whoever starts it.
func runAsPostgres(testing.TB, *exec.Cmd) {}
func giveToPostgres(testing.TB, string)   {}
