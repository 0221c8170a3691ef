// Package verifier is the login side of one-time codes: enrolment, verification,
// lockout and recovery, such that a code is accepted once at most, whatever is
// retried, raced, restarted or restored.
//
// # A login in a page
//
// Make a [Verifier] over a store and a key ring. For a service in one process the
// store is package boltstore, for one of many machines redisstore or pgstore;
// [Memory] is for tests.
//
//	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
//	store, err := boltstore.Open("accounts.db")
//	v, err := verifier.New(store, ring, verifier.Config{Handle: sendAlerts})
//
// To enrol, in a session that is signed in: [Verifier.Begin] gives a key, whose URI
// the page shows as a QR picture; [Verifier.Confirm] takes the first code and gives
// recovery codes to show; [Verifier.Acknowledge] when the person has them.
//
// To sign in, after the password was right:
//
//	required, err := v.Required(ctx, id)      // an error means: deny
//	r, err := v.Verify(ctx, id, verifier.Attempt{Code: typed, Source: address})
//	if err != nil || !r.OK() { … r.Public() … }
//
// That is all: Verify takes codes and recovery codes, remembers what was used,
// counts what was wrong and locks. Do not compare codes yourself, do not call
// Verify before the first factor (anyone could lock the account), and do not show
// more than [Result.Public].
//
// # Ways back in
//
// Five wrong codes lock every code for 15 minutes, a hundred in 30 days until
// recovery. Recovery codes and login links ([Verifier.NewLink]) have budgets of
// their own, so who guesses codes cannot keep the holder out. [Verifier.Resync]
// finds an authenticator that has left the window. [Verifier.Unlock],
// [Verifier.Revoke] and [Verifier.Reset] are for operators. Who has lost every way
// in asks a person with [Verifier.SubmitRequest]. Package send delivers codes by mail
// and message.
//
// # What is kept
//
// A [Store] is three methods and keeps one [State] for each account. Secrets in it
// are sealed under the key ring to their account, enrolment and parameters;
// recovery codes and links are kept as hashes. [Config].Handle gets an [Event] for
// every change and every refusal; those of changes wait in the State until they
// are handed over, so no alert is lost in a crash. Package metrics counts them for
// Prometheus.
//
// doc/verifier.md has the states, the order of checks and the figures;
// doc/security.md the threat model, the guess odds and the table of known failures
// with the test for each.
package verifier
