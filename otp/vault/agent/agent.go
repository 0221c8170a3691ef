// Package agent keeps the identity of an unlocked vault in the memory of one
// process for a while, and gives it to other processes of the same user.
//
// [Listen] and [Serve] are the process that keeps it, [Get] and [Lock] those that
// ask. They speak over a unix socket in a folder that only the user can enter: one
// line of request, one line of JSON in answer. On Linux and macOS each side also
// asks the kernel whose process the other one is. Nothing is written to a disk; the
// caller should turn off core dumps.
//
// Whoever can run programs as the user can ask the agent, as they can ask an
// ssh-agent. Lock the vault, or give it a short time, where that matters.
package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/authctl/authctl/otp"
)

// ErrNotRunning says that no agent keeps this vault's identity: nobody unlocked
// it, its time ended, or it was locked.
var ErrNotRunning = errors.New("the vault is locked: no agent holds its identity")

// Held is what an agent keeps.
type Held struct {
	Identity otp.Secret // see vault.ParseIdentity
	Until    time.Time  // when the agent forgets it
}

// exchange bounds how long one request and its answer may take.
const exchange = 2 * time.Second

// maxLine bounds a request and an answer, in bytes.
const maxLine = 4 << 10

// recheck is how often the clock on the wall is compared with Held.Until. A timer
// alone would stand still while the machine sleeps.
const recheck = 5 * time.Second

const (
	requestGet  = "get"
	requestLock = "lock"
)

// answer is the line that the agent sends back.
type answer struct {
	Identity string    `json:"identity,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Error    string    `json:"error,omitempty"`
}

// Listen opens the agent's socket, in a folder that it makes if need be and that
// must be the user's alone. A socket that nobody listens on any more is replaced;
// one in use is fs.ErrExist.
func Listen(path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	if err := checkFolder(dir); err != nil {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("start agent: one is running on %s: %w", path, fs.ErrExist)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("start agent: %w", err)
	}
	return l, nil
}

// Serve answers on l until the time of h is over, somebody calls [Lock] or ctx
// ends; all three are its normal end. It closes l. now is the clock, nil meaning
// time.Now.
func Serve(ctx context.Context, l net.Listener, h Held, now func() time.Time) error {
	if now == nil {
		now = time.Now
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		defer l.Close()
		for {
			left := h.Until.Sub(now().Round(0)) // without the monotonic clock
			if left <= 0 {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(left, recheck)):
			}
		}
	}()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("run agent: %w", err)
		}
		if locked := serveOne(conn, h, now); locked {
			return nil
		}
	}
}

// serveOne answers one request and reports whether the agent shall forget.
func serveOne(conn net.Conn, h Held, now func() time.Time) (locked bool) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(exchange))
	if checkPeer(conn) != nil {
		return false
	}
	request, err := readLine(conn)
	if err != nil {
		return false
	}
	a := answer{Error: "unknown request"}
	switch string(request) {
	case requestLock:
		a, locked = answer{}, true
	case requestGet:
		if !now().Round(0).Before(h.Until) {
			a, locked = answer{Error: "its time is over"}, true
			break
		}
		a = answer{Identity: string(h.Identity.Bytes()), Until: h.Until}
	}
	json.NewEncoder(conn).Encode(a) // the client sees for itself if this failed
	return locked
}

// Get asks the agent on path. The error is [ErrNotRunning] if there is none.
func Get(ctx context.Context, path string) (Held, error) {
	a, err := ask(ctx, path, requestGet)
	if err != nil {
		return Held{}, err
	}
	identity, err := otp.NewSecret([]byte(a.Identity))
	if err != nil {
		return Held{}, fmt.Errorf("ask agent: its answer has no identity")
	}
	return Held{Identity: identity, Until: a.Until}, nil
}

// Lock makes the agent on path forget what it keeps, and end. The error is
// [ErrNotRunning] if there is none.
func Lock(ctx context.Context, path string) error {
	_, err := ask(ctx, path, requestLock)
	return err
}

func ask(ctx context.Context, path, request string) (answer, error) {
	if err := checkFolder(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return answer{}, ErrNotRunning
	} else if err != nil {
		return answer{}, fmt.Errorf("ask agent: %w", err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case ctx.Err() != nil:
		return answer{}, fmt.Errorf("ask agent: %w", ctx.Err())
	case err != nil: // no socket, or nobody behind it
		return answer{}, ErrNotRunning
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(exchange))
	if err := checkPeer(conn); err != nil {
		return answer{}, fmt.Errorf("ask agent: %w", err)
	}
	var line []byte
	if _, err = io.WriteString(conn, request+"\n"); err == nil {
		line, err = readLine(conn)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return answer{}, fmt.Errorf("ask agent: %w", err)
	case err != nil: // it ended with this connection still in its queue
		return answer{}, ErrNotRunning
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return answer{}, fmt.Errorf("ask agent: its answer is not understood")
	}
	if a.Error != "" {
		return answer{}, fmt.Errorf("%w (%s)", ErrNotRunning, a.Error)
	}
	return a, nil
}

func readLine(r io.Reader) ([]byte, error) {
	s := bufio.NewScanner(io.LimitReader(r, maxLine))
	if !s.Scan() {
		return nil, errors.Join(s.Err(), io.ErrUnexpectedEOF)
	}
	return s.Bytes(), nil
}
