// Package diagnose says why a one-time code was refused, with evidence.
//
// [Explain] takes what is known of one refusal, a [Case], and returns a [Report]:
// whether a verifier with the right time accepts the code and, if not, the causes
// that fit, the best first. It tries every way in which the code could have come
// about (another step, another length, an older key, a slip of the finger, ...),
// and weighs each match by how common that cause is and by how easily it is luck.
// [Bound] says what codes alone tell about the clock of the device that made them.
//
// # How sure
//
// A finding is certain when two consecutive codes or a measured clock agree on it,
// or when it is a fact of the case (a lock, a code used before). It is likely when
// one code matches near at hand. All else is possible, and the next code settles
// it. doc/diagnosis.md has the hypotheses, the priors and the formulae.
//
// # Whose clock
//
// Causes name the authenticator's clock. Offsets are true time minus a clock:
// positive, and that clock is slow. [Case].Clock is the measured offset of the
// machine that checks; without it either clock may be the wrong one, and the
// report says so.
//
// # Who may see a report
//
// The holder of the key, and the log of a login server. Never the person at a
// login: telling "your clock is behind" from "wrong" answers a guess. For a log use
// [Report.Audit], which names no code and no match that is still to come.
//
// The package is pure: it reads no clock and no file, and equal cases give equal
// reports. Evidence never holds a secret.
package diagnose
