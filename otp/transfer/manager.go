package transfer

import (
	"fmt"
	"net/url"
	"strings"
)

// takeTOTP adds the key that a password manager keeps in the one-time password
// field of an item: an otpauth or steam URI, the "key=…&size=…" of KeeOtp, or bare
// base32. title and user are those of the item.
func (f *File) takeTOTP(index int, value, title, user string, e Entry) {
	value = strings.TrimSpace(value)
	p := params{issuer: title, account: user, secret: value}
	switch {
	case strings.Contains(value, "://"):
		f.takeURI(index, value, title, user, e)
		return
	case strings.HasPrefix(strings.ToLower(value), "key="):
		q, err := url.ParseQuery(value)
		if err != nil {
			f.skip(index, p.name(), fmt.Errorf("its one-time password is not written as KeeOtp does"))
			return
		}
		p.secret, p.digits, p.period, p.algorithm = q.Get("key"), q.Get("size"), q.Get("step"), q.Get("otpHashMode")
		p.typ, p.counter = q.Get("type"), q.Get("counter")
	}
	f.take(index, p, e)
}

// withoutKey warns of the items of a password manager that have no key.
func (f *File) withoutKey(items int) {
	switch items {
	case 0:
	case 1:
		f.warn(ItemsWithoutKey, "one item has no one-time password")
	default:
		f.warn(ItemsWithoutKey, "%d items have no one-time password", items)
	}
}
