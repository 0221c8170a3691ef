package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault/agent"
)

// defaultUnlock is how long an agent keeps the identity, maxUnlock the longest.
const (
	defaultUnlock = 15 * time.Minute
	maxUnlock     = 24 * time.Hour
)

// unlockCmd is `authctl unlock`.
func (a *app) unlockCmd() *cobra.Command {
	var f vaultFlags
	var span time.Duration
	var inKeyring bool
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Open the vault for a while without its passphrase",
		Long: "Keep what opens the vault in the memory of an agent, so that no command asks for the\n" +
			"passphrase until the time is over or `authctl lock`. With --keyring it is kept in the\n" +
			"system's keyring instead, for as long as that is open.",
		Example: "  authctl unlock --for 1h",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if span <= 0 || span > maxUnlock {
				return failf(exitUsage, "--for %v is not within 1s to %v", span, maxUnlock)
			}
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			if inKeyring {
				if err := keyringStore(v.Path(), v.Identity()); err != nil {
					return withHint(err, "without --keyring an agent keeps it")
				}
				return a.done(map[string]any{"vault": v.Path(), "keyring": true}, "Unlocked by the keyring, until authctl lock.\n")
			}
			until := a.now().Add(span).Truncate(time.Second)
			if err := a.startAgent(cmd.Context(), a.agentSocket(v.Path()), v.Identity(), until); err != nil {
				return err
			}
			return a.done(map[string]any{"vault": v.Path(), "until": until.UTC()}, "Unlocked until %s.\n", until.Local().Format("15:04:05"))
		},
	}
	f.register(cmd)
	cmd.Flags().DurationVar(&span, "for", defaultUnlock, "how long, at most 24h")
	cmd.Flags().BoolVar(&inKeyring, "keyring", false, "keep it in the system's keyring")
	return cmd
}

// lockCmd is `authctl lock`.
func (a *app) lockCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:     "lock",
		Short:   "Forget what unlock kept",
		Example: "  authctl lock",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := a.vaultPath(f)
			if err != nil {
				return err
			}
			a.forgetEverywhere(cmd.Context(), path)
			return a.done(map[string]any{"vault": path, "locked": true}, "Locked.\n")
		},
	}
	cmd.Flags().StringVar(&f.vault, "vault", "", "the vault's `file`")
	return cmd
}

// forgetEverywhere clears the agent and the keyring; nothing to clear is fine.
func (a *app) forgetEverywhere(ctx context.Context, path string) {
	for _, err := range []error{agent.Lock(ctx, a.agentSocket(path)), keyringForget(path)} {
		if err != nil && !errors.Is(err, agent.ErrNotRunning) {
			a.warn("%v", err)
		}
	}
}

// isUnlocked reports whether an agent or the keyring holds what opens the vault.
func (a *app) isUnlocked(ctx context.Context, path string) bool {
	_, err := agent.Get(ctx, a.agentSocket(path))
	return !errors.Is(err, agent.ErrNotRunning) || exists(path+keyringMark) // an agent that is slow to answer is no locked vault
}

// maxSocket is the longest path of a socket, in bytes: a zero ends it.
const maxSocket = len(syscall.RawSockaddrUnix{}.Path) - 1

// startAgent runs this program again as an agent that outlives this command. The
// identity goes through a pipe: arguments and environment can be seen by others.
func (a *app) startAgent(ctx context.Context, socket string, identity otp.Secret, until time.Time) error {
	if len(socket) > maxSocket {
		return withHint(failf(exitFailure, "start agent: the path of its socket has %d bytes, and %d are allowed: %s", len(socket), maxSocket, socket),
			"set XDG_RUNTIME_DIR to a folder with a shorter path, for every command")
	}
	if err := agent.Lock(ctx, socket); err != nil && !errors.Is(err, agent.ErrNotRunning) {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start agent: %w", err)
	}
	child := exec.Command(program, agentName, "--socket", socket, "--until", until.Format(time.RFC3339))
	detach(child)
	in, err := child.StdinPipe()
	if err != nil {
		return fmt.Errorf("start agent: %w", err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start agent: %w", err)
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start agent: %w", err)
	}
	fmt.Fprintf(in, "%s\n", identity.Bytes())
	in.Close()
	answer, _ := bufio.NewReader(out).ReadString('\n')
	if answer != agentReady {
		return errors.New(cmp.Or(otp.CleanText(answer), "start agent: it ended at once"))
	}
	return child.Process.Release()
}

const (
	agentName  = "agent"
	agentReady = "ready\n"
)

// agentCmd is the agent itself, which unlock starts.
func (a *app) agentCmd() *cobra.Command {
	var socket, until string
	cmd := &cobra.Command{
		Use:    agentName,
		Short:  "Keep an identity in memory (unlock starts this)",
		Hidden: true,
		Args:   exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := a.runAgent(cmd.Context(), socket, until)
			if err != nil {
				fmt.Fprintln(a.stdout, err) // unlock waits for a line
			}
			return err
		},
	}
	cmd.Flags().StringVar(&socket, "socket", "", "where to listen")
	cmd.Flags().StringVar(&until, "until", "", "when to end (RFC 3339)")
	return cmd
}

func (a *app) runAgent(ctx context.Context, socket, until string) error {
	end, err := time.Parse(time.RFC3339, until)
	if err != nil {
		return failf(exitUsage, "--until %q is not RFC 3339", until)
	}
	hideMemory()
	line, err := bufio.NewReader(io.LimitReader(a.stdin, 4096)).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("start agent: no identity on standard input")
	}
	identity, err := otp.NewSecret(line[:len(line)-1])
	if err != nil {
		return err
	}
	l, err := agent.Listen(socket)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(a.stdout, agentReady); err != nil {
		l.Close()
		return err
	}
	return agent.Serve(ctx, l, agent.Held{Identity: identity, Until: end}, a.now)
}
