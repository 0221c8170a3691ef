package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/authctl/authctl/otp/vault"
)

// askRecovery asks for recovery codes on a terminal, and else reminds of them.
func (a *app) askRecovery(ctx context.Context, v *vault.Vault, acc *vault.Account, found vault.Comparison) {
	fresh := found.Kind == vault.ReEnrolment // the old set is probably void
	if acc.RecoveryLeft() > 0 && !fresh {
		return
	}
	if !a.typing {
		a.hint("save the site's recovery codes now: authctl recovery add %s < codes.txt", acc.ID)
		if fresh && acc.RecoveryLeft() > 0 {
			a.warn("the recovery codes of before may be void: authctl recovery add --replace %s", acc.ID)
		}
		return
	}
	fmt.Fprintln(a.stderr, "Recovery codes of the site, one a line, then an empty line (only that: none):")
	codes, err := readRecoveryNow(a.stdin)
	if ctx.Err() != nil { // the key is kept, and that is the answer
		codes, err = nil, nil
		fmt.Fprintln(a.stderr)
	}
	if err == nil && len(codes) > 0 {
		var changed vault.Account
		changed, err = changeAccount(ctx, v, acc.ID, func(_ *vault.Tx, acc *vault.Account) error {
			return acc.AddRecovery(codes, fresh)
		})
		if err == nil {
			*acc = changed
		}
	}
	if err != nil {
		a.warn("the key is kept, but not the recovery codes: %v", err)
	} else if len(codes) == 0 {
		a.hint("authctl recovery add %s keeps them later", acc.ID)
	}
}

// readRecoveryNow is readRecovery that ends at the first empty line.
func readRecoveryNow(r io.Reader) ([]string, error) {
	in := bufio.NewReader(r)
	var lines strings.Builder
	for {
		line, err := in.ReadString('\n')
		if strings.TrimSpace(line) == "" || err != nil {
			lines.WriteString(line)
			return readRecovery(strings.NewReader(lines.String()))
		}
		lines.WriteString(line)
	}
}
