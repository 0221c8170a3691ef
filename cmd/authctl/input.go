package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask asks for a line on standard input; the end of the input is an empty one.
func (a *app) ask(in *bufio.Reader, what string) (string, error) {
	fmt.Fprint(a.stderr, what)
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(a.stderr)
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// interruptible is a reader whose Read ends when the context does: a program that
// waits for a terminal or a pipe must still obey Ctrl-C.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	own := make([]byte, len(p)) // a read that is given up may still end, after p belongs to somebody else
	done := make(chan result, 1)
	go func() {
		n, err := r.Reader.Read(own)
		done <- result{n, err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case got := <-done:
		return copy(p, own[:got.n]), got.err
	}
}
