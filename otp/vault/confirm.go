package vault

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// Confirmation says which key a code belongs to.
type Confirmation struct {
	By    ConfirmedBy
	Older int       // for ByOlder: which of the keys given
	Match otp.Match // where in the window
}

// ConfirmedBy names a key.
type ConfirmedBy string

const (
	ByNew   ConfirmedBy = "new"   // the site uses the new key
	ByOlder ConfirmedBy = "older" // the site still uses an older key: do not throw that away
	ByBoth  ConfirmedBy = "both"  // chance: ask for another code
	ByNone  ConfirmedBy = "none"
)

// Confirm compares a code that a site accepts, or another app shows, at this time
// with the new key and with the older ones of the same account, each in its usual
// window ([otp.Key.Window]). The error is that of [otp.Key.Normalize], if the code
// can be none of any of them.
func Confirm(code string, at time.Time, newKey otp.Key, older ...otp.Key) (Confirmation, error) {
	match, inNew, err := confirms(code, at, newKey)
	for i, k := range older {
		olderMatch, ok, e := confirms(code, at, k)
		if e == nil {
			err = nil
		}
		switch {
		case ok && inNew:
			return Confirmation{By: ByBoth, Older: i, Match: match}, nil
		case ok:
			return Confirmation{By: ByOlder, Older: i, Match: olderMatch}, nil
		}
	}
	if inNew {
		return Confirmation{By: ByNew, Match: match}, nil
	}
	return Confirmation{By: ByNone}, err
}

func confirms(code string, at time.Time, k otp.Key) (otp.Match, bool, error) {
	normal, _, err := k.Normalize(code)
	if err != nil {
		return otp.Match{}, false, err
	}
	g, err := otp.Prepare(k)
	if err != nil {
		return otp.Match{}, false, fmt.Errorf("confirm: %w", err)
	}
	m, ok := g.Match(normal, k.Step(at), k.Window())
	return m, ok, nil
}
