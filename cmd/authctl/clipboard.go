package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// defaultClear is how long a copied code stays in the clipboard: as long as most
// codes live.
const defaultClear = 30 * time.Second

// clipboardTool is a program that reaches the clipboard.
type clipboardTool struct{ copy, paste []string }

// clipboard finds how to reach the clipboard from here; nil: through the terminal.
func (a *app) clipboard() *clipboardTool {
	var tools []clipboardTool
	switch {
	case a.getenv("SSH_TTY") != "" || a.getenv("SSH_CONNECTION") != "": // the clipboard is on the other machine
		return nil
	case runtime.GOOS == "darwin":
		tools = []clipboardTool{{[]string{"pbcopy"}, []string{"pbpaste"}}}
	case runtime.GOOS == "windows":
		tools = []clipboardTool{{[]string{"clip.exe"}, []string{"powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"}}}
	case a.getenv("WAYLAND_DISPLAY") != "":
		tools = []clipboardTool{{[]string{"wl-copy"}, []string{"wl-paste", "--no-newline"}}}
	}
	if a.getenv("DISPLAY") != "" {
		tools = append(tools,
			clipboardTool{[]string{"xclip", "-selection", "clipboard"}, []string{"xclip", "-selection", "clipboard", "-o"}},
			clipboardTool{[]string{"xsel", "--clipboard", "--input"}, []string{"xsel", "--clipboard", "--output"}})
	}
	for _, t := range tools {
		if _, err := exec.LookPath(t.copy[0]); err == nil {
			return &t
		}
	}
	return nil
}

// copyText puts text into the clipboard, starts a process that clears it after a
// while, and says what became of the text.
func (a *app) copyText(ctx context.Context, text string, clear time.Duration) (said string, err error) {
	tool := a.clipboard()
	if err := a.setClipboard(ctx, tool, text); err != nil {
		return "", err
	}
	said = "is in the clipboard"
	if tool == nil {
		said = "went to the terminal's clipboard, if the terminal allows that"
	}
	if clear <= 0 {
		return said, nil
	}
	return fmt.Sprintf("%s; it is cleared in %v", said, clear), a.clearLater(tool, text, clear)
}

func (a *app) setClipboard(ctx context.Context, tool *clipboardTool, text string) error {
	if tool == nil {
		return a.copyThroughTerminal(text)
	}
	cmd := exec.CommandContext(ctx, tool.copy[0], tool.copy[1:]...)
	cmd.Stdin = strings.NewReader(text)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("copy with %s: %w", tool.copy[0], err)
	}
	return nil
}

// copyThroughTerminal asks the terminal to copy (OSC 52 of xterm), which works
// over SSH. Whether the terminal does, it does not say.
func (a *app) copyThroughTerminal(text string) error {
	tty, err := openTerminal()
	if err != nil {
		return withHint(failf(exitUnsupported, "no clipboard can be reached from here"),
			"install wl-clipboard (Wayland) or xclip (X11); over SSH a terminal is needed")
	}
	defer tty.Close()
	sequence := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\x07"
	if strings.HasPrefix(a.getenv("TERM"), "screen") && a.getenv("TMUX") == "" { // GNU screen wants it wrapped
		sequence = "\x1bP" + sequence + "\x1b\\"
	}
	_, err = io.WriteString(tty, sequence)
	return err
}

const clearClipboardName = "clear-clipboard"

// clearLater runs this program again to clear the clipboard. What was copied goes
// to it as a hash: it clears nothing that was copied since.
func (a *app) clearLater(tool *clipboardTool, text string, after time.Duration) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("clear the clipboard later: %w", err)
	}
	child := exec.Command(program, clearClipboardName, "--after", after.String())
	if tool != nil {
		detach(child) // else it needs this terminal
	}
	sum := sha256.Sum256([]byte(text))
	child.Stdin = nil
	in, err := child.StdinPipe()
	if err != nil {
		return fmt.Errorf("clear the clipboard later: %w", err)
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("clear the clipboard later: %w", err)
	}
	fmt.Fprintf(in, "%x\n", sum)
	in.Close()
	return child.Process.Release()
}

// clearClipboardCmd is the process that clears the clipboard.
func (a *app) clearClipboardCmd() *cobra.Command {
	var after time.Duration
	cmd := &cobra.Command{
		Use:    clearClipboardName,
		Short:  "Clear the clipboard later (code --copy starts this)",
		Hidden: true,
		Args:   exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := io.ReadAll(io.LimitReader(a.stdin, 128))
			if err != nil {
				return err
			}
			want, err := hex.DecodeString(strings.TrimSpace(string(line)))
			if err != nil || len(want) != sha256.Size {
				return errors.New("clear the clipboard: no hash on standard input")
			}
			select {
			case <-cmd.Context().Done():
			case <-time.After(after):
			}
			return a.clearClipboard(want)
		},
	}
	cmd.Flags().DurationVar(&after, "after", defaultClear, "when")
	return cmd
}

// clearClipboard clears the clipboard if it still holds what has this hash. What a
// terminal's clipboard holds cannot be asked.
func (a *app) clearClipboard(want []byte) error {
	tool, nothing := a.clipboard(), ""
	if tool == nil {
		nothing = " " // tmux would ignore an empty text
	} else {
		now, err := exec.Command(tool.paste[0], tool.paste[1:]...).Output()
		sum := sha256.Sum256(bytes.TrimRight(now, "\r\n"))
		if err != nil || !bytes.Equal(sum[:], want) {
			return nil
		}
	}
	return a.setClipboard(context.Background(), tool, nothing)
}
