package verifier_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// exampleVerifier has a clock that the examples move, and a key ring that is none.
func exampleVerifier(now *time.Time) *verifier.Verifier {
	master, err := otp.NewSecret([]byte("a real one comes from a manager!"))
	if err != nil {
		log.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(verifier.NewMemory(), ring, verifier.Config{Now: func() time.Time { return *now }})
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// app is an authenticator app.
func app(k otp.Key) *otp.Generator {
	g, err := otp.Prepare(k)
	if err != nil {
		log.Fatal(err)
	}
	return g
}

func Example() {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := exampleVerifier(&now)

	// Alice is signed in and sets up her app.
	key, err := v.Begin(ctx, "alice", verifier.NewKey{Issuer: "Example", Account: "alice"})
	if err != nil {
		log.Fatal(err)
	}
	phone := app(key) // she scans key.URI() as a QR picture
	recovery, err := v.Confirm(ctx, "alice", phone.Code(key.Step(now)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("recovery codes to show once:", len(recovery))
	if err := v.Acknowledge(ctx, "alice"); err != nil {
		log.Fatal(err)
	}

	// Later she signs in; somebody who saw the code tries it too.
	now = now.Add(time.Hour)
	for range 2 {
		r, err := v.Verify(ctx, "alice", verifier.Attempt{Code: phone.Code(key.Step(now)), Source: "192.0.2.1"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.OK(), r.Outcome, "|", r.Public())
	}
	// Without the phone, a recovery code opens.
	r, err := v.Verify(ctx, "alice", verifier.Attempt{Code: recovery[0]})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.OK(), r.Method, r.RecoveryLeft)
	// Output:
	// recovery codes to show once: 10
	// true accepted | The code is right.
	// false replayed | The code was not accepted. Wait for the next code and try again.
	// true recovery 9
}

func ExampleVerifier_Resync() {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := exampleVerifier(&now)
	key, err := otp.New(otp.TOTP, "Example", "alice", otp.NewOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Adopt(ctx, "alice", key); err != nil {
		log.Fatal(err)
	}
	phone := app(key)
	now = now.Add(time.Hour)
	shows := func(t time.Time) string { return phone.Code(key.Step(t.Add(-4 * time.Minute))) } // its clock is slow

	r, err := v.Verify(ctx, "alice", verifier.Attempt{Code: shows(now)})
	fmt.Println(r.Outcome, err)
	r, err = v.Resync(ctx, "alice", verifier.Resync{Codes: []string{shows(now.Add(-30 * time.Second)), shows(now)}})
	fmt.Println(r.Outcome, r.OK(), r.Delta, err)
	now = now.Add(30 * time.Second)
	r, err = v.Verify(ctx, "alice", verifier.Attempt{Code: shows(now)})
	fmt.Println(r.Outcome, err)
	// Output:
	// invalid <nil>
	// resynced false -8 <nil>
	// accepted <nil>
}

func ExampleVerifier_NewLink() {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := exampleVerifier(&now)
	key, err := otp.New(otp.TOTP, "Example", "alice", otp.NewOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Adopt(ctx, "alice", key); err != nil {
		log.Fatal(err)
	}
	// In a session that is signed in and has just asked for the password.
	token, err := v.NewLink(ctx, "alice", now)
	if err != nil {
		log.Fatal(err)
	}
	shown, err := v.CheckLink(ctx, "alice", token) // GET
	fmt.Println(shown, err)
	for range 2 { // POST
		r, err := v.UseLink(ctx, "alice", verifier.Attempt{Code: token})
		fmt.Println(r.OK(), err)
	}
	// Output:
	// true <nil>
	// true <nil>
	// false <nil>
}

func ExamplePolicy_Odds() {
	p := verifier.DefaultPolicy()
	day := p.Odds(otp.Key{Type: otp.TOTP, Digits: 6}, 24*time.Hour)
	year := p.Odds(otp.Key{Type: otp.TOTP, Digits: 6}, 365*24*time.Hour)
	fmt.Printf("%.3f %% a day, %.2f %% a year\n", 100*day, 100*year)
	// Output: 0.017 % a day, 0.36 % a year
}

// Who has lost the phone and the recovery codes asks a person.
func ExampleVerifier_SubmitRequest() {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := exampleVerifier(&now)
	key, err := v.Begin(ctx, "alice", verifier.NewKey{Issuer: "Example", Account: "alice"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Confirm(ctx, "alice", app(key).Code(key.Step(now))); err != nil {
		log.Fatal(err)
	}
	status := func() {
		r, err := v.Request(ctx, "alice")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Number, r.Status)
	}

	form := verifier.RequestForm{Contact: "alice@example.com", Registered: "alice@example.com"}
	if err := v.SubmitRequest(ctx, "alice", form); err != nil {
		log.Fatal(err)
	}
	status()
	if err := v.ReviewRequest(ctx, "alice", "reviewer 7"); err != nil {
		log.Fatal(err)
	}
	status()
	now = now.Add(25 * time.Hour) // in which the holder could object
	token, err := v.ApproveRequest(ctx, "alice", "reviewer 7")
	if err != nil {
		log.Fatal(err)
	}
	status()

	// The link leads to a new key, and never to a session.
	fresh, err := v.UseRequestLink(ctx, "alice", token, verifier.NewKey{Issuer: "Example", Account: "alice"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Confirm(ctx, "alice", app(fresh).Code(fresh.Step(now))); err != nil {
		log.Fatal(err)
	}
	status()
	r, err := v.Verify(ctx, "alice", verifier.Attempt{Code: app(key).Code(key.Step(now))})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the old phone:", r.OK())
	// Output:
	// 1 submitted
	// 1 in-review
	// 1 approved
	// 1 used
	// the old phone: false
}
