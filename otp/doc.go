// Package otp makes and checks one-time codes: HOTP (RFC 4226), TOTP (RFC 6238)
// and Steam Guard.
//
// A [Key] is a value: what was enrolled, with its secret. [ParseURI] reads one
// from an otpauth URI, [New] makes one, [Key.URI] writes it. [Prepare] turns a
// Key into a [Generator], which makes codes and matches them without allocating
// and is safe for concurrent use.
//
// To check a code, normalise what was typed with [Key.Normalize], then call
// [Generator.Match] with the step of the time ([Key.Step]) or with the next
// counter. Match says which step matched; whoever accepts a code must remember
// [Match.Latest] and refuse every step up to it from then on (RFC 6238 §5.2).
// Package verifier does that, with lockout and recovery; use it for a login.
// [Generator.Search] is for diagnosis only: it looks far and is not constant-time.
//
// The package is pure. It reads no clock, no file and no environment; times are
// given to it, and [NewOptions].Rand can replace the random source. A [Secret] and
// a Generator print as "[redacted]" however they are formatted.
//
// # Words
//
// A step is the counter of a TOTP key: the number of whole periods since T0
// (RFC 6238 §4.2). A delta is a matched step minus the expected one; it is
// negative when the code is old. Digits are symbols of a code, whatever the
// alphabet.
package otp
