package verifier

import (
	"fmt"
	"time"
)

// Attempt is what a person typed, after the first factor was right. Attempts
// before it must not reach the Verifier: they would let anyone lock the account.
type Attempt struct {
	Code   string // as typed: a code or a recovery code, told apart by shape
	Source string // who asks, as a limiter and the audit want it: a network address, a device; may be empty
}

// Outcome is what became of an attempt.
type Outcome string

const (
	Accepted    Outcome = "accepted"
	Invalid     Outcome = "invalid"
	Replayed    Outcome = "replayed"     // it was right, and was used before; the person is told the same as for Invalid
	Locked      Outcome = "locked"       // not looked at
	Limited     Outcome = "limited"      // Config.Allow said no; not looked at
	Malformed   Outcome = "malformed"    // no code of this account has that form; not counted
	NotEnrolled Outcome = "not-enrolled" // there is nothing to compare with; not counted
	NeedsResync Outcome = "needs-resync" // the only key is an HOTP key whose counter is not trusted, see Config.Epoch
	Resynced    Outcome = "resynced"     // of Resync: the key is in step again, and a fresh code must follow
)

// Method is what a person signs in with.
type Method string

const (
	ByTOTP     Method = "totp"
	ByHOTP     Method = "hotp"
	ByRecovery Method = "recovery"
	ByLink     Method = "link"
	ByRequest  Method = "request" // a recovery request; it leads to a new key and signs nobody in
)

// Result is the answer to an attempt.
type Result struct {
	Outcome      Outcome
	Method       Method
	Enrolment    uint64        // of the key that matched
	Counter      int64         // the step or counter that matched
	Delta        int64         // Counter minus the expected one; negative: the code was old
	Remaining    int           // tries left before a lock
	LockedUntil  time.Time     // Locked: when to try again; zero if codes are shut until recovery
	Wait         time.Duration // Locked: how long that is
	RecoveryLeft int           // ByRecovery: unused codes left
	Incomplete   bool          // accepted, but the account has no acknowledged recovery codes: ask for that now
}

// OK reports whether the person may sign in. Nothing else does: a resync does not.
func (r Result) OK() bool { return r.Outcome == Accepted }

// Public is what the person may be told. It is the same for a wrong code, a code
// that was used before and an account that is not enrolled.
func (r Result) Public() string {
	switch r.Outcome {
	case Accepted:
		return "The code is right."
	case Resynced:
		return "The app is in step again. Wait for its next code and enter that."
	case Malformed:
		return "That is not a code. Enter all digits that the app shows, or a recovery code."
	case NeedsResync:
		return "Codes cannot be checked yet. Enter two codes that follow each other to resynchronise, or use a login link."
	case Limited:
		return "Too many tries. Wait a few minutes and try again."
	case Locked:
		if r.LockedUntil.IsZero() {
			return "Codes are switched off after too many wrong ones. Use a recovery code or a login link."
		}
		other := "use a recovery code or a login link"
		if r.Method == ByRecovery {
			other = "use a code or a login link"
		}
		return fmt.Sprintf("Too many wrong codes. Try again in %s, or %s.", minutes(r.Wait), other)
	default:
		return "The code was not accepted. Wait for the next code and try again."
	}
}

func minutes(d time.Duration) string {
	if n := int64((d + time.Minute - 1) / time.Minute); n > 1 {
		return fmt.Sprintf("%d minutes", n)
	}
	return "a minute"
}
