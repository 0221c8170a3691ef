package otp_test

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// The URI of a QR picture becomes a key, and the key makes codes.
func Example() {
	k, warnings, err := otp.ParseURI("otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		panic(err)
	}
	g, err := otp.Prepare(k)
	if err != nil {
		panic(err)
	}
	at := time.Date(2009, 2, 13, 23, 31, 30, 0, time.UTC)
	fmt.Println(k)
	fmt.Println(len(warnings), "warnings")
	fmt.Println(g.Code(k.Step(at)))
	// Output:
	// Example:alice@example.com (totp, SHA1, 6 digits, 30 s)
	// 0 warnings
	// 005924
}

// Check what a person typed: normalise it, match it, and remember Latest.
func ExampleGenerator_Match() {
	k, _, err := otp.ParseURI("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		panic(err)
	}
	g, err := otp.Prepare(k)
	if err != nil {
		panic(err)
	}
	last := int64(41152261) // the last step that was accepted, kept with the account
	at := time.Unix(1234567905, 0)

	code, changes, err := k.Normalize("005 924")
	if err != nil {
		panic(err)
	}
	m, ok := g.Match(code, k.Step(at), k.Window())
	fmt.Println(code, changes, ok, m.Delta)
	if ok && m.Latest > last {
		last = m.Latest
		fmt.Println("accepted; nothing up to step", last, "passes again")
	}
	// Output:
	// 005924 [1 space removed] true 0
	// accepted; nothing up to step 41152263 passes again
}

// Search looks far, to find out when a refused code would have been right.
func ExampleGenerator_Search() {
	k, _, err := otp.ParseURI("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		panic(err)
	}
	g, err := otp.Prepare(k)
	if err != nil {
		panic(err)
	}
	now := k.Step(time.Unix(1234567890+120, 0))
	for step := range g.Search("005924", now-20, now+20) {
		fmt.Printf("the code of %d steps from now\n", step-now)
	}
	// Output: the code of -4 steps from now
}

// A new key for an account, as a URI for a QR picture.
func ExampleNew() {
	k, err := otp.New(otp.TOTP, "Example", "alice@example.com", otp.NewOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(k)
	fmt.Println(k.Secret, k.Secret.Len(), "bytes")
	// Output:
	// Example:alice@example.com (totp, SHA1, 6 digits, 30 s)
	// [redacted] 20 bytes
}

// Keys of github.com/pquerna/otp convert both ways.
func ExampleKey_Pquerna() {
	k, err := otp.New(otp.TOTP, "Example", "alice", otp.NewOptions{Digits: 8})
	if err != nil {
		panic(err)
	}
	theirs, err := k.Pquerna()
	if err != nil {
		panic(err)
	}
	back, _, err := otp.FromPquerna(theirs)
	fmt.Println(theirs.Issuer(), theirs.AccountName(), theirs.Digits(), back.Equal(k), err)
	// Output: Example alice 8 true <nil>
}
