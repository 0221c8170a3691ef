package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
)

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
		entry, err := a.typedKey()
		a.warnEntries([]transfer.Entry{entry})
		return entry, err
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
	issuer, err := a.ask(in, "Service: ")
	if err != nil {
		return transfer.Entry{}, err
	}
	account, err := a.ask(in, "Account: ")
	if err != nil {
		return transfer.Entry{}, err
	}
	var text string
	if a.typing {
		text, err = a.prompt("Secret, or an otpauth URI: ")
	} else {
		text, err = a.ask(in, "Secret, or an otpauth URI: ")
	}
	if err != nil {
		return transfer.Entry{}, err
	}
	if isURI(text) {
		k, warnings, err := otp.ParseURI(text)
		if err != nil {
			return transfer.Entry{}, hinted(err)
		}
		return transfer.Entry{Key: k, Written: otp.WrittenSecret(text), Warnings: warnings}, nil
	}
	secret, warnings, err := otp.ParseSecret(text)
	if err != nil {
		return transfer.Entry{}, withHint(err, "type the secret once more, as the site shows it beside the QR code")
	}
	kind, err := a.ask(in, "Kind of code, where the site names one (like: hotp digits=8), else enter: ")
	if err != nil {
		return transfer.Entry{}, err
	}
	k, more, err := keyOfKind(kind, issuer, account, secret)
	if err != nil {
		return transfer.Entry{}, withHint(err, "totp, hotp or steam, then what differs of: algorithm=SHA256 digits=8 period=60 counter=0")
	}
	if k.Name() == "" {
		return transfer.Entry{}, failf(exitUsage, "neither service nor account has a name")
	}
	warnings = append(warnings, more...)
	written, _ := otp.NewSecret([]byte(text)) // none where spaces make it too long
	return transfer.Entry{Key: k, Written: written, Warnings: warnings}, nil
}

// keyOfKind is a key of a kind that is written as in an otpauth URI: "hotp digits=8".
// No kind is totp.
func keyOfKind(kind, issuer, account string, secret otp.Secret) (otp.Key, []otp.Warning, error) {
	typ, params := "totp", ""
	for i, word := range strings.Fields(kind) {
		switch {
		case strings.Contains(word, "="):
			params += "&" + word
		case i == 0:
			typ = word
		default:
			return otp.Key{}, nil, failf(exitUsage, "the kind of code is one word, then NAME=VALUE")
		}
	}
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	if issuer != "" { // which may have a colon
		params += "&issuer=" + url.QueryEscape(issuer)
	}
	k, warnings, err := otp.ParseURI("otpauth://" + typ + "/" + label + "?secret=" + secret.Base32() + params)
	if err != nil {
		return otp.Key{}, nil, failf(exitUsage, "the kind of code is not understood: %w", errors.Unwrap(err))
	}
	return k, warnings, nil
}
