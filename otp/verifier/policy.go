package verifier

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// Policy holds the numbers of the login side. Start from [DefaultPolicy] and
// change what must differ; [New] refuses values that break a promise.
type Policy struct {
	// New keys.
	MinSecret  int           // bytes of a new secret: 16 (RFC 4226 R6)
	MaxPeriod  int           // seconds a new TOTP code lives at most: 120 (RFC 6238 §5.2 asks for a short step)
	PendingFor time.Duration // an enrolment that is not confirmed dies after: 15 min
	MaxWrong   int           // wrong codes at Confirm before the pending key is dropped: 10

	// Keys that come from another system, see [Verifier.Adopt].
	MinAdoptedSecret int // bytes: 10; below MinSecret with a warning

	// Replacing keys.
	RevokeOldAtBegin bool          // true: the old key dies at Begin (the rule of some services), not at Confirm
	MaxOverlap       time.Duration // the longest time that two keys live side by side: 90 days
	Want             Form          // keys of another form are marked in [Account].Todo; zero: any form

	// Matching.
	Window       otp.Window // TOTP steps around the present: −1 to +1, at most ±2 (RFC 6238 §5.2, §6); {Behind: 1} takes no future code
	LookAhead    int64      // HOTP counters after the expected one, from 7 digits on: 10 (RFC 4226 §7.4)
	LookAheadSix int64      // the same at 6 digits and below: 5
	DriftAhead   int64      // steps ahead that ordinary logins can teach: at most 2 (RFC 6238 §6)
	DriftAfter   int        // agreeing logins before a step is learned or forgotten: 3

	// Resynchronisation, see [Verifier.Resync].
	ResyncTOTP     int64 // steps to either side: 20 (RFC 6238 §6)
	ResyncOperator int64 // the same, for an operator: 1500
	ResyncTwo      int64 // HOTP counters ahead that two codes open: 100 (RFC 4226 §7.4)
	ResyncThree    int64 // HOTP counters ahead that three codes open: 1000

	// Lockout of TOTP, HOTP and resynchronisation together.
	Failures  int           // wrong codes in a row: 5 (the guide; NIST SP 800-63B §5.2.2 allows 100)
	LockFor   time.Duration // then nothing for: 15 min; a run that old is forgotten too
	LockGrow  int           // failures in 30 days that double the lock: 10
	LockMax   time.Duration // the longest lock: 24 h
	AlertAt   int           // failures in 30 days that raise an alert: 5
	ShutAt    int           // failures in 30 days that shut codes until recovery: 100 (NIST SP 800-63B §5.2.2)
	KeepLimit int           // events that wait in an outbox at most: 128

	// Recovery codes, which have a budget of their own.
	RecoveryFailures int           // wrong recovery codes in a row: 10
	RecoveryLockFor  time.Duration // then no recovery code for: 5 min, at most 15
	RecoveryHash     HashCost      // the slow hash of new sets
	LockRecovery     bool          // true: a lock also shuts recovery codes and links (the rule of some services); whoever has the password can then keep the holder out

	// One-time login links.
	LinkFor  time.Duration // a link lives: 15 min
	FreshFor time.Duration // making one asks for a re-authentication not older than: 5 min

	// Recovery requests.
	RequestWait    time.Duration // between a form and its approval, in which the holder can object: 24 h
	AnswerFor      time.Duration // a person who was asked for more has: 48 h (the guide)
	RequestLinkFor time.Duration // the link of an approved request lives: 24 h
}

// Form is what a policy wants a key to be. Zero fields are not looked at.
type Form struct {
	Type      otp.Type
	Algorithm otp.Algorithm
	Digits    int
}

func (f Form) fits(k Enrolled) bool {
	return (f.Type == 0 || f.Type == k.Type) &&
		(f.Algorithm == 0 || f.Algorithm == k.Algorithm) &&
		(f.Digits == 0 || f.Digits == k.Digits)
}

// HashCost are the parameters of argon2id (RFC 9106 §3.1). They are kept with each
// set of recovery codes, so a change concerns new sets.
type HashCost struct {
	Time    uint32 `json:"t"` // passes
	Memory  uint32 `json:"m"` // KiB
	Threads uint8  `json:"p"`
}

// DefaultPolicy is what is right for almost everyone. doc/security.md has the
// guess odds that follow from it.
func DefaultPolicy() *Policy {
	return &Policy{
		MinSecret: otp.MinNewSecret, MaxPeriod: 120, PendingFor: 15 * time.Minute, MaxWrong: 10,
		MinAdoptedSecret: 10,
		MaxOverlap:       90 * 24 * time.Hour,
		Window:           otp.Window{Behind: 1, Ahead: 1}, LookAhead: 10, LookAheadSix: 5,
		DriftAhead: 2, DriftAfter: 3,
		ResyncTOTP: 20, ResyncOperator: otp.MaxWindow, ResyncTwo: 100, ResyncThree: 1000,
		Failures: 5, LockFor: 15 * time.Minute, LockGrow: 10, LockMax: 24 * time.Hour,
		AlertAt: 5, ShutAt: 100, KeepLimit: 128,
		RecoveryFailures: 10, RecoveryLockFor: 5 * time.Minute,
		RecoveryHash: HashCost{Time: 2, Memory: 19 << 10, Threads: 1},
		LinkFor:      15 * time.Minute, FreshFor: 5 * time.Minute,
		RequestWait: 24 * time.Hour, AnswerFor: 48 * time.Hour, RequestLinkFor: 24 * time.Hour,
	}
}

// Validate reports the first field that breaks a promise of the package.
func (p *Policy) Validate() error {
	for _, f := range []struct {
		name        string
		got, lo, hi int64
	}{
		{"MinSecret", int64(p.MinSecret), otp.MinNewSecret, otp.MaxSecret},
		{"MaxPeriod", int64(p.MaxPeriod), 1, 120},
		{"PendingFor in s", seconds(p.PendingFor), 30, 86400},
		{"MaxWrong", int64(p.MaxWrong), 1, 100},
		{"MinAdoptedSecret", int64(p.MinAdoptedSecret), 10, int64(p.MinSecret)},
		{"MaxOverlap in s", seconds(p.MaxOverlap), 0, 366 * 86400},
		{"Window.Behind", p.Window.Behind, 0, 2},
		{"Window.Ahead", p.Window.Ahead, 0, 2},
		{"LookAhead", p.LookAhead, 0, 10},
		{"LookAheadSix", p.LookAheadSix, 0, 10},
		{"DriftAhead", p.DriftAhead, 0, 2},
		{"DriftAfter", int64(p.DriftAfter), 3, 100},
		{"ResyncTOTP", p.ResyncTOTP, 0, 20},
		{"ResyncOperator", p.ResyncOperator, 0, otp.MaxWindow},
		{"ResyncTwo", p.ResyncTwo, 0, 100},
		{"ResyncThree", p.ResyncThree, 0, 1000},
		{"Failures", int64(p.Failures), 1, 100},
		{"LockFor in s", seconds(p.LockFor), 60, 86400},
		{"LockGrow", int64(p.LockGrow), 1, 100},
		{"LockMax in s", seconds(p.LockMax), seconds(p.LockFor), 86400},
		{"AlertAt", int64(p.AlertAt), 1, 100},
		{"ShutAt", int64(p.ShutAt), int64(p.Failures), 100},
		{"KeepLimit", int64(p.KeepLimit), 1, 1024},
		{"RecoveryFailures", int64(p.RecoveryFailures), 1, 20},
		{"RecoveryLockFor in s", seconds(p.RecoveryLockFor), 60, 15 * 60},
		{"RecoveryHash.Time", int64(p.RecoveryHash.Time), 1, 100},
		{"RecoveryHash.Memory", int64(p.RecoveryHash.Memory), 8, 1 << 20},
		{"RecoveryHash.Threads", int64(p.RecoveryHash.Threads), 1, 16},
		{"LinkFor in s", seconds(p.LinkFor), 60, 15 * 60},
		{"FreshFor in s", seconds(p.FreshFor), 30, 3600},
		{"RequestWait in s", seconds(p.RequestWait), 0, 30 * 86400},
		{"AnswerFor in s", seconds(p.AnswerFor), 3600, 30 * 86400},
		{"RequestLinkFor in s", seconds(p.RequestLinkFor), 60, 7 * 86400},
	} {
		if f.got < f.lo || f.got > f.hi {
			return fmt.Errorf("policy: %s is %d, not %d to %d (start from DefaultPolicy)", f.name, f.got, f.lo, f.hi)
		}
	}
	return nil
}

// lookAhead is how far after the expected counter an HOTP code may be.
func (p *Policy) lookAhead(digits int) int64 {
	if digits >= 7 {
		return p.LookAhead
	}
	return p.LookAheadSix
}

// lockFor is the length of a lock that begins after n failures in 30 days.
func (p *Policy) lockFor(n int) time.Duration {
	d := p.LockFor
	for range n / p.LockGrow {
		if d *= 2; d >= p.LockMax {
			return p.LockMax
		}
	}
	return d
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
