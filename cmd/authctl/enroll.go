package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// enrollFlags are the flags of `authctl enroll`.
type enrollFlags struct {
	source                    sourceFlags
	clock                     clockFlags
	screen, clipboard, manual bool
	code                      string
	replace, keepBoth         bool
}

// enrollCmd is `authctl enroll`.
func (a *app) enrollCmd() *cobra.Command {
	var f enrollFlags
	cmd := &cobra.Command{
		Use:   "enroll [PICTURE|URI|-]",
		Short: "Keep a key, and archive the one it takes the place of",
		Long: "Read a key, compare it with the vault, check a code that the site or another app shows, and\n" +
			"keep it. A new key of an account that is there already takes its place; the old key is archived.\n" +
			"Keep a session of the site logged in until the new key is confirmed.",
		Example: "  authctl enroll picture.png --code 123456\n  authctl enroll --screen\n  authctl enroll - < uri.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.enroll(cmd.Context(), args, f) },
	}
	f.source.register(cmd)
	f.clock.register(cmd)
	cmd.Flags().BoolVar(&f.screen, "screen", false, "look for a QR code on the screen")
	cmd.Flags().BoolVar(&f.clipboard, "clipboard", false, "take the picture or the URI in the clipboard")
	cmd.Flags().BoolVar(&f.manual, "manual", false, "type the secret, where a site shows it as text")
	cmd.Flags().StringVar(&f.code, "code", "", "a `code` of the key, as another app shows it or the site took it")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "take the place of the account with the same key or name")
	cmd.Flags().BoolVar(&f.keepBoth, "keep-both", false, "keep it beside the account with the same key or name")
	cmd.MarkFlagsMutuallyExclusive("screen", "clipboard", "manual", "file")
	cmd.MarkFlagsMutuallyExclusive("replace", "keep-both")
	return cmd
}

// enroll runs the steps: read, compare, confirm, keep.
func (a *app) enroll(ctx context.Context, args []string, f enrollFlags) error {
	entry, err := a.enrolled(ctx, args, f)
	if err != nil {
		return err
	}
	v, err := a.openVault(ctx, f.source.vaultFlags)
	if err != nil {
		return err
	}
	found := vault.Compare(v.Accounts(), entry.Key)
	fmt.Fprintf(a.stderr, "Found %v\n", entry.Key)
	for _, line := range dropped(entry.Key) {
		fmt.Fprintf(a.stderr, "  %s\n", line)
	}
	if found.Kind == vault.Identical {
		return a.printEnrolled(found.Account, found, "This very key is in the vault as %s (%s): nothing to do.", found.Account.Title(), found.Account.ID)
	}
	if err := a.permit(found, f); err != nil {
		return err
	}
	if entry.Key, err = a.confirm(ctx, v, entry.Key, found, f); err != nil {
		return err
	}
	acc, found, err := a.keepKey(ctx, v, entry, f)
	if err != nil {
		return vaultError(err)
	}
	a.askRecovery(ctx, v, &acc, found)
	return a.printEnrolled(acc, found, "%s", keptAs(acc, found, f))
}

// enrolled is the entry that the flags and arguments name.
func (a *app) enrolled(ctx context.Context, args []string, f enrollFlags) (transfer.Entry, error) {
	arg := ""
	if len(args) > 0 {
		arg = args[0]
	}
	var file transfer.File
	var err error
	switch from := f.screen || f.clipboard || f.manual; {
	case from == (arg != "" || f.source.file != ""):
		return transfer.Entry{}, failf(exitUsage, "one of PICTURE, URI, -, --file, --screen, --clipboard and --manual says where the key is")
	case f.manual:
		return a.typedKey()
	case f.screen:
		file, err = a.grabbed(ctx, "the screen", a.grabScreen, f)
	case f.clipboard:
		file, err = a.grabbed(ctx, "the clipboard", a.grabClipboard, f)
	case f.source.isQuery(arg): // enroll makes accounts; a name can only be a file
		file, err = a.openFile(ctx, arg, f.source)
	default:
		file, err = a.open(ctx, arg, f.source)
	}
	if err != nil {
		return transfer.Entry{}, err
	}
	a.warnOf(file)
	return a.choose(file.Entries, f.source.account)
}

func (a *app) grabbed(ctx context.Context, name string, grab func(context.Context) ([]byte, error), f enrollFlags) (transfer.File, error) {
	data, err := grab(ctx)
	if err != nil {
		return transfer.File{}, err
	}
	return a.read(ctx, bytes.NewReader(data), name, f.source)
}

// typedKey asks for what a site shows as text.
func (a *app) typedKey() (transfer.Entry, error) {
	in := bufio.NewReader(a.stdin)
	ask := func(what string) string {
		fmt.Fprintf(a.stderr, "%s: ", what)
		line, _ := in.ReadString('\n') // the end of the input is an empty answer
		return strings.TrimSpace(line)
	}
	issuer, account := ask("Service"), ask("Account")
	fmt.Fprint(a.stderr, "Secret: ")
	var text string
	if a.typing {
		var err error
		if text, err = a.prompt(""); err != nil {
			return transfer.Entry{}, err
		}
	} else {
		text = ask("")
	}
	if isURI(text) {
		k, warnings, err := otp.ParseURI(text)
		return transfer.Entry{Key: k, Warnings: warnings}, err
	}
	secret, warnings, err := otp.ParseSecret(text)
	if err != nil {
		return transfer.Entry{}, err
	}
	for _, w := range warnings {
		a.warn("%s", w.Message)
	}
	k := otp.Key{
		Type: otp.TOTP, Issuer: otp.CleanText(issuer), Account: otp.CleanText(account), Secret: secret,
		Algorithm: otp.SHA1, Digits: 6, Period: 30,
	}
	if k.Name() == "" {
		return transfer.Entry{}, failf(exitUsage, "neither service nor account has a name")
	}
	return transfer.Entry{Key: k, Warnings: warnings}, k.Validate()
}

// dropped is what widespread apps would lose of the key, a line each.
func dropped(k otp.Key) []string {
	var lines []string
	for _, app := range qr.Apps {
		losses, err := qr.Check(k, app)
		if err != nil {
			continue
		}
		for _, l := range losses {
			lines = append(lines, fmt.Sprintf("%s: %s: %s", app.Name(), l.Effect, l.Message))
		}
	}
	return lines
}

// permit refuses what nobody asked for: a twin and a step back to an older key.
func (a *app) permit(found vault.Comparison, f enrollFlags) error {
	acc := found.Account
	switch {
	case f.replace || f.keepBoth:
	case found.Kind == vault.Outdated:
		older := acc.Older[found.Older]
		return withHint(failf(exitFailure, "this key of %s (%s) was superseded on %s: an old picture?",
			acc.Title(), acc.ID, older.At.Local().Format("2006-01-02")), "--replace goes back to it and archives the one in use; scan the new picture otherwise")
	case found.Kind == vault.Twin:
		return withHint(failf(exitFailure, "%s (%s), in the vault since %s, has the same secret under that name",
			acc.Title(), acc.ID, acc.Created.Local().Format("2006-01-02")), "--replace gives it the new name, --keep-both keeps two")
	}
	if found.Kind == vault.ReEnrolment && !f.keepBoth {
		fmt.Fprintf(a.stderr, "%s (%s) is in the vault with another key: the new one takes its place, the old one is archived.\n", acc.Title(), acc.ID)
		a.warn("keep a session of the site logged in until a code of the new key was accepted there")
	}
	return nil
}

// confirm compares a code with the new key and with those it would supersede. A
// code of neither is diagnosed, and nothing is kept. Of an HOTP key the code is
// used up by then: the key that is returned goes on after it.
func (a *app) confirm(ctx context.Context, v *vault.Vault, k otp.Key, found vault.Comparison, f enrollFlags) (otp.Key, error) {
	now, err := f.clock.read(ctx, a)
	if err != nil {
		return k, err
	}
	code := f.code
	if code == "" && a.typing {
		code = a.askCode(k, now)
	}
	if code == "" {
		a.warn("the key is not confirmed: compare a code with the site or another app before you log out there (--code)")
		return k, nil
	}
	c, err := vault.Confirm(code, now.true(), k, superseded(found)...)
	switch {
	case err == nil && c.By == vault.ByNew:
		if k.Type == otp.HOTP {
			k.Counter = c.Match.Latest + 1
		}
		return k, nil
	case err == nil && c.By == vault.ByOlder:
		return k, withHint(failf(exitRejected, "the code belongs to the older key: the site does not use the new one yet, and nothing was kept"),
			"finish the set-up at the site with a code of the new key, then enroll again")
	case err == nil && c.By == vault.ByBoth:
		return k, withHint(failf(exitRejected, "by chance the code is one of the new key and of the older one"), "take the next code")
	}
	return k, a.explainUnconfirmed(v, k, found, diagnose.Input{Text: code}, now)
}

// superseded are the keys that the site may still use instead of the new one.
func superseded(found vault.Comparison) []otp.Key {
	if found.Kind != vault.ReEnrolment { // else they have the same secret, or there are none
		return nil
	}
	keys := []otp.Key{found.Account.Key}
	for _, o := range found.Account.Older {
		keys = append(keys, o.Key)
	}
	return keys
}

// explainUnconfirmed says why a code is not one of the key.
func (a *app) explainUnconfirmed(v *vault.Vault, k otp.Key, found vault.Comparison, code diagnose.Input, now reading) error {
	c := caseOfAccount(found.Account, v.Accounts())
	if found.Kind == vault.ReEnrolment {
		c.Others = append(c.Others, diagnose.Named{Name: "the key that the vault has now", Key: found.Account.Key, Archived: true})
	}
	c.Key, c.Inputs, c.At, c.Clock = k, []diagnose.Input{code}, now.at, now.interval()
	report := diagnose.Explain(c)
	if report.Outcome == diagnose.Accepted {
		return nil
	}
	fmt.Fprintln(a.stderr, "The code does not confirm the key, and nothing was kept.")
	return a.printReport(k, report, clocksOf(k, c.Inputs, now))
}

// askCode asks on the terminal for a code. The site may ask for one too: ours is
// shown for it.
func (a *app) askCode(k otp.Key, now reading) string {
	if g, err := otp.Prepare(k); err == nil && k.Type != otp.HOTP {
		fmt.Fprintf(a.stderr, "The key's code is now %s.\n", grouped(g.Code(k.Step(now.true()))))
	}
	fmt.Fprint(a.stderr, "Code that the site accepted or another app shows (enter: none): ")
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	return strings.TrimSpace(line)
}

// keepKey writes the key, comparing anew with what the vault holds by now.
func (a *app) keepKey(ctx context.Context, v *vault.Vault, entry transfer.Entry, f enrollFlags) (acc vault.Account, found vault.Comparison, err error) {
	err = v.Update(ctx, func(t *vault.Tx) error {
		found = vault.Compare(t.Accounts(), entry.Key)
		acc = found.Account
		switch {
		case found.Kind == vault.Identical:
			return nil
		case found.Kind == vault.New || f.keepBoth:
			acc, err = t.Add(vault.Account{Key: entry.Key, Note: entry.Note, Tags: entry.Tags})
			return err
		case found.Kind == vault.Twin && f.replace:
			acc.Key.Issuer, acc.Key.Account = entry.Key.Issuer, entry.Key.Account
		case found.Kind == vault.ReEnrolment || f.replace:
			acc.Supersede(entry.Key, t.Now(), "enroll")
		default:
			return failf(exitFailure, "the vault was changed meanwhile: enroll again")
		}
		return t.Put(acc)
	})
	return acc, found, err
}

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
	if err == nil && len(codes) > 0 {
		err = v.Update(ctx, func(t *vault.Tx) (err error) {
			if *acc, err = t.Account(acc.ID); err != nil {
				return err
			}
			if err := acc.AddRecovery(codes, fresh); err != nil {
				return err
			}
			return t.Put(*acc)
		})
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

// keptAs says in one line what happened to the vault.
func keptAs(acc vault.Account, found vault.Comparison, f enrollFlags) string {
	switch {
	case found.Kind == vault.New || f.keepBoth:
		return fmt.Sprintf("Kept %s (%s).", acc.Title(), acc.ID)
	case found.Kind == vault.Twin:
		return fmt.Sprintf("%s (%s) has the new name.", acc.Title(), acc.ID)
	}
	return fmt.Sprintf("%s (%s) has the new key; the old one is archived: authctl show %s.", acc.Title(), acc.ID, acc.ID)
}

// printEnrolled is the answer of enroll.
func (a *app) printEnrolled(acc vault.Account, found vault.Comparison, format string, args ...any) error {
	if !a.json {
		_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
		return err
	}
	return a.printJSON(struct {
		Schema int        `json:"schema"`
		Kind   vault.Kind `json:"kind"` // what the key was for the vault
		shownAccount
	}{schema, found.Kind, shownAccountOf(acc, false)})
}
