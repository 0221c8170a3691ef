package transfer

import (
	"encoding/base32"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/authctl/authctl/otp"
)

// params are the parts of a key as a file spells them. What is empty is left out
// by the file and has the default that it has in an otpauth URI.
type params struct {
	typ             string
	issuer, account string
	secret          string // base32
	raw             []byte // the secret where the file does not write base32
	algorithm       string
	digits, period  string
	counter         string
	counterIsLast   bool // counter is the last one used, not the next
}

// key reads the parts as otp.ParseURI does, so that there is one place that
// decides what a key may be, what is only unusual, and how names are cleaned.
func (p params) key() (otp.Key, []otp.Warning, error) {
	typ := otp.TOTP
	if p.typ != "" {
		var err error
		if typ, err = otp.ParseType(p.typ); err != nil {
			return otp.Key{}, nil, err
		}
	}
	var warnings []otp.Warning
	orDefault := func(name, value string) string {
		if value == "0" { // apps have written it where they mean nothing
			warnings = append(warnings, otp.Warning{Code: ValueDefault, Message: name + " is 0: the default is taken"})
			return ""
		}
		return value
	}
	var uri strings.Builder
	fmt.Fprintf(&uri, "otpauth://%v/%s:%s?secret=%s", typ, escape(p.issuer), escape(p.account), escape(p.base32()))
	set := func(name, value string) {
		if value != "" {
			uri.WriteString("&" + name + "=" + escape(value))
		}
	}
	set("issuer", p.issuer)
	set("algorithm", p.algorithm)
	set("digits", orDefault("digits", p.digits))
	if typ == otp.HOTP {
		counter, err := p.nextCounter()
		if err != nil {
			return otp.Key{}, nil, err
		}
		set("counter", counter)
	} else {
		set("period", orDefault("period", p.period))
	}
	key, more, err := otp.ParseURI(uri.String())
	if err != nil {
		return otp.Key{}, nil, unwrap(err)
	}
	return key, append(warnings, more...), nil
}

// nextCounter is the counter to use next, which is what a Key has.
func (p params) nextCounter() (string, error) {
	if !p.counterIsLast || p.counter == "" {
		return p.counter, nil
	}
	last, err := strconv.ParseInt(p.counter, 10, 64)
	if err != nil {
		return "", fmt.Errorf("counter is not a number")
	}
	if last == math.MaxInt64 {
		return "", fmt.Errorf("counter is %d: no counter is left after it", last)
	}
	return strconv.FormatInt(last+1, 10), nil
}

func (p params) base32() string {
	if p.raw != nil {
		return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(p.raw)
	}
	return p.secret
}

func (p params) name() string {
	return otp.Key{Issuer: p.issuer, Account: p.account}.Name()
}

// escape percent-encodes for any place in a URI.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
