package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// TestInterrupt: a command that waits for standard input ends when it is told to.
func TestInterrupt(t *testing.T) {
	silent, writer := io.Pipe()
	defer writer.Close()
	var stderr bytes.Buffer
	a := &app{
		stdin: silent, stdout: io.Discard, stderr: &stderr, now: time.Now,
		getenv: func(string) string { return "" },
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if code := a.run(ctx, []string{"code", "-"}); code != exitInterrupted || stderr.String() != "authctl: error: interrupted\n" {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}

func TestInterruptibleReads(t *testing.T) {
	got, err := io.ReadAll(interruptible{context.Background(), strings.NewReader("all of it")})
	if err != nil || string(got) != "all of it" {
		t.Errorf("%q, %v", got, err)
	}
}
