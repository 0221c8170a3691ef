package otp

import (
	"fmt"
	"strings"
)

// MaxURI is the longest otpauth URI that is read, in bytes. The longest secret
// with room for a label fits well.
const MaxURI = 16 << 10

// ParseURI reads an otpauth URI as Google's key URI format describes it and as
// apps and services really write it. What is unusual but clear is read with a
// warning; what could give wrong codes is an error: an unknown or missing value,
// a parameter that stands twice, a secret that is not base32. Missing parameters
// mean SHA1, 6 digits (Steam: 5), 30 seconds and counter 0.
//
// steam://SECRET, as password managers write it, is read too. Kinds of keys that
// are known but that this package makes no codes for give [ErrUnsupported].
// Errors and warnings never hold the secret.
func ParseURI(s string) (Key, []Warning, error) {
	var p uriParser
	k, err := p.parse(strings.TrimSpace(s))
	if err != nil {
		return Key{}, nil, fmt.Errorf("read otpauth URI: %w", err)
	}
	return k, p.warnings, nil
}

// WrittenSecret is the secret of an otpauth URI as the URI spells it: not the key,
// but the bytes of the text, with its case, spaces and padding. Software that reads
// the text in another way makes other codes, which package diagnose finds. It is
// the zero Secret where s has no secret that [ParseURI] would read.
func WrittenSecret(s string) Secret {
	if _, _, err := ParseURI(s); err != nil {
		return Secret{}
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(s), "://")
	text := steamSecret(rest)
	if !strings.EqualFold(scheme, "steam") {
		_, query, _ := strings.Cut(rest, "?")
		params, err := new(uriParser).params(query)
		if err != nil {
			return Secret{}
		}
		text, _ = params.get("secret")
	}
	secret, _ := NewSecret([]byte(text)) // none where spaces make it too long
	return secret
}

// uriParser collects the warnings of one URI.
type uriParser struct {
	warnings []Warning
	cased    bool // something that is usually lower case was not
}

func (p *uriParser) warn(code WarningCode, format string, args ...any) {
	p.warnings = append(p.warnings, warn(code, format, args...))
}

func (p *uriParser) parse(s string) (Key, error) {
	if len(s) > MaxURI {
		return Key{}, fmt.Errorf("%d bytes are more than %d", len(s), MaxURI)
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Key{}, fmt.Errorf("it does not begin with otpauth://")
	}
	switch strings.ToLower(scheme) {
	case "otpauth":
		return p.parseOTPAuth(rest)
	case "steam":
		return p.parseSteam(rest)
	case "otpauth-migration":
		return Key{}, fmt.Errorf("it is a Google Authenticator export, which holds several keys: import it instead")
	case "motp", "phonefactor", "microsoft-authenticator", "duo", "tpm", "fido":
		return Key{}, fmt.Errorf("a %s key: %w: it is not an HOTP, TOTP or Steam key", strings.ToLower(scheme), ErrUnsupported)
	case "https":
		if strings.HasPrefix(strings.ToLower(rest), "s.team/") {
			return Key{}, fmt.Errorf("a Steam sign-in link: %w: it holds no key", ErrUnsupported)
		}
	}
	return Key{}, fmt.Errorf("it does not begin with otpauth://")
}

// parseSteam reads what follows steam://: the bare secret.
func (p *uriParser) parseSteam(rest string) (Key, error) {
	k := Key{Type: Steam}
	k.setDefaults()
	return k, p.setSecret(&k, steamSecret(rest))
}

func steamSecret(rest string) string { return strings.TrimSuffix(unescape(rest, false), "/") }

// parseOTPAuth reads what follows otpauth://. A # does not begin a fragment, since
// services write it unescaped in names: what follows it would be lost.
func (p *uriParser) parseOTPAuth(rest string) (Key, error) {
	path, query, _ := strings.Cut(rest, "?")
	typ, label, _ := strings.Cut(path, "/")
	if strings.ContainsAny(rest, "# ") || badEscape(rest) {
		p.warn(TextRaw, "a space, # or %% is not percent-encoded; it is taken as it stands")
	}
	var k Key
	var err error
	if k.Type, err = ParseType(typ); err != nil {
		return Key{}, err
	}
	params, err := p.params(query)
	if err != nil {
		return Key{}, err
	}
	if p.cased || typ != strings.ToLower(typ) {
		p.warn(TextCase, "the type and the names of parameters are usually in lower case")
	}
	if encoder, _ := params.get("encoder"); strings.EqualFold(encoder, "steam") { // KeePassXC, gopass
		k.Type = Steam
	}
	if err := p.setNumbers(&k, &params); err != nil {
		return Key{}, err
	}
	issuer, _ := params.get("issuer")
	p.setLabel(&k, label, issuer)
	if _, ok := params.get("digits"); p.isSteam(k, ok) {
		k.Type, k.Digits = Steam, steamDigits
	}
	if err := p.checkNumbers(&k); err != nil {
		return Key{}, err
	}
	secret, ok := params.get("secret")
	if !ok {
		return Key{}, fmt.Errorf("it has no secret")
	}
	return k, p.setSecret(&k, secret)
}

func (p *uriParser) setSecret(k *Key, s string) error {
	secret, warnings, err := ParseSecret(s)
	if err != nil {
		return err
	}
	p.warnings = append(p.warnings, warnings...)
	if n := secret.Len(); n < MinNewSecret {
		p.warn(SecretShort, "the secret has %d bits; RFC 4226 asks for 128", n*8)
	}
	k.Secret = secret
	return nil
}

// setLabel splits the label into issuer and account: after the issuer, where the
// parameter names it (it may hold a colon itself), else at the first colon that is
// not encoded, else at the first that is.
func (p *uriParser) setLabel(k *Key, label, issuer string) {
	k.Issuer = p.clean("issuer", issuer)
	full := unescape(label, false)
	if full == "{token.label}" { // FreeOTP+ writes this for an account whose issuer it does not know
		label, full = "", ""
	}
	prefix, account := "", full
	if issuer != "" && strings.HasPrefix(full, issuer+":") {
		account = full[len(issuer)+1:]
	} else if before, after, ok := strings.Cut(label, ":"); ok {
		prefix, account = unescape(before, false), unescape(after, false)
	} else if before, after, ok := strings.Cut(full, ":"); ok {
		prefix, account = before, after
		p.warn(LabelColon, "the colon between issuer and account is percent-encoded")
	}
	prefix = p.clean("issuer in the label", prefix)
	k.Account = p.clean("account", account)
	switch {
	case k.Issuer == "":
		k.Issuer = prefix
		if strings.Contains(prefix, "@") && !strings.Contains(k.Account, "@") && k.Account != "" {
			p.warn(LabelReversed, "issuer and account look exchanged")
		}
	case prefix != "" && !strings.EqualFold(prefix, k.Issuer):
		p.warn(IssuerMismatch, "the label says issuer %q, the parameter %q: the parameter is taken", prefix, k.Issuer)
	}
	if k.Name() == "" {
		p.warn(LabelEmpty, "it names neither issuer nor account")
	}
	if plus := strings.IndexByte(label, '+'); plus >= 0 && !strings.Contains(unescape(label[plus:], false), "@") {
		p.warn(LabelPlus, "the label has a +, which some services write for a space; it is taken as it stands")
	}
}

func (p *uriParser) clean(name, text string) string {
	clean := CleanText(text)
	if clean != strings.TrimSpace(text) {
		p.warn(TextCleaned, "the %s had control characters or was not UTF-8; they are left out", name)
	}
	return clean
}
