package send_test

import (
	"context"
	"fmt"
	"log"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/send"
)

// inbox stands for a send.SMTP.
type inbox struct{ last send.Message }

func (i *inbox) Send(_ context.Context, m send.Message) error {
	i.last = m
	return nil
}

func Example() {
	ctx, mail := context.Background(), &inbox{}
	secret, err := otp.NewSecret([]byte("a real one comes from a manager!"))
	if err != nil {
		log.Fatal(err)
	}
	// A service has both stores on one server, under prefixes of their own.
	codes, err := send.New(verifier.NewMemory(), verifier.NewMemory(), send.Config{
		Secret:  secret,
		Senders: map[send.Kind]send.Sender{send.Mail: mail},
	})
	if err != nil {
		log.Fatal(err)
	}

	// Alice is signed in and adds an address, which has to confirm.
	to, err := send.ParseMail("Alice@Example.com")
	if err != nil {
		log.Fatal(err)
	}
	if err := codes.Begin(ctx, "alice", to, "en"); err != nil {
		log.Fatal(err)
	}
	r, err := codes.Confirm(ctx, "alice", to, mail.last.Code)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("confirmed", to.Masked(), r.OK())

	// Later she asks for a code to sign in with. It works once.
	if err := codes.Send(ctx, "alice", to, "en"); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		r, err := codes.Verify(ctx, "alice", to, mail.last.Code)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.OK(), r.Outcome)
	}
	// Output:
	// confirmed A•••@example.com true
	// true accepted
	// false invalid
}
