// Explain reads the key in a QR picture, checks a code against it, and says why
// the code is refused.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/transfer"
)

func main() {
	picture, err := os.ReadFile("examples/alice.png")
	if err != nil {
		log.Fatal(err)
	}
	file, err := transfer.Read(context.Background(), picture, transfer.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	key := file.Entries[0].Key
	fmt.Println("key:     ", key)

	// A code of 23:31:30, typed three minutes later: the phone's clock is slow.
	report := diagnose.Explain(diagnose.Case{
		Key:    key,
		At:     time.Date(2009, 2, 13, 23, 34, 30, 0, time.UTC),
		Inputs: []diagnose.Input{{Text: "005 924"}},
	})
	fmt.Println("outcome: ", report.Outcome)
	for _, f := range report.Findings {
		fmt.Printf("cause:    %s (%s)\n", f.Cause, f.Confidence)
		fmt.Println("evidence:", f.Evidence.Text)
		fmt.Println("fix:     ", f.Fix)
	}
}
