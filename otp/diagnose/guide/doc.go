// Package guide walks a person from "my code is refused" to "I am in again".
//
// The path is data: guide.json has its steps, in their order, with their text in
// English and Japanese; a [Profile] has the numbers of one service (how many
// refused codes lock the account, for how long, ...), to which the texts refer by
// name. [New] starts a [Session] on it; [Session.Next] says what to do or to ask
// now, [Session.Answer] takes the answer, [Session.Report] says at any time where
// the walk stands. What could be checked without asking is handed in as [Facts].
//
// # Promises
//
// A walk goes forward only, so it ends. It never spends the try or the message
// that would lock the account: when only that one is left, the next step is to
// wait, with the time at which the wait ends, and Answer takes no shorter wait.
// A cause that a code has shown (see package diagnose) brings the steps that
// remedy it forward; nothing is said about a clock that the facts do not carry.
//
// [ParsePhone] says how a phone number is written for a service, and what was
// wrong with the form given. It is a hint from a small table, not a validation.
//
// The package is pure: it reads no clock, no file and no environment. doc/doctor.md
// says how the path is ordered and why, and how to add a service or a language.
package guide
