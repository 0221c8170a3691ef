package diagnose_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// exampleKey is the key of RFC 6238 Appendix B with six digits.
func exampleKey() otp.Key {
	k, _, err := otp.ParseURI("otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme")
	if err != nil {
		panic(err)
	}
	return k
}

// The holder of a key asks why it was refused, and gives the next code as well.
func ExampleExplain() {
	report := diagnose.Explain(diagnose.Case{
		Key:    exampleKey(),
		At:     time.Unix(1111111109, 0),
		Inputs: []diagnose.Input{{Text: "257 124"}, {Text: "335769"}},
	})
	fmt.Println(report.Outcome)
	for _, f := range report.Findings {
		fmt.Printf("%s (%s)\n%s\n%s\n", f.Cause, f.Confidence, f.Evidence.Text, f.Fix)
	}
	// Output:
	// rejected
	// clock-behind (certain)
	// The two clocks differ by about 3 min 30 s (7 steps): the authenticator is behind this machine. Which of them is wrong was not measured. 2 codes agree.
	// Measure this machine's clock; if it is right, set the time to automatic on the device that shows the codes.
}

// A login server keeps the reason in its audit event. The person at the login is
// told only that the code was refused.
func ExampleReport_Audit() {
	last := int64(37037036)
	report := diagnose.Explain(diagnose.Case{
		Key:    exampleKey(),
		At:     time.Unix(1111111109, 0),
		Clock:  &diagnose.Interval{Lo: -20 * time.Millisecond, Hi: 20 * time.Millisecond},
		Last:   &last,
		Inputs: []diagnose.Input{{Text: "081804"}},
	})
	event, err := json.Marshal(report.Audit())
	if err != nil {
		panic(err)
	}
	fmt.Println(string(event))
	// Output:
	// {"outcome":"rejected","normalized":[],"changes":[],"findings":[{"cause":"replayed","confidence":"certain","chance":0,"evidence":{"text":"This code was accepted before. Each code works once.","input":0,"agreeing":1,"counter":37037036,"delta":0},"fix":"Wait for the next code and enter that one, once.","needs_another_code":false}]}
}

// Before a key is active there is nothing to guess yet, so a service may answer
// the person: here the app ignored that the key has eight digits.
func ExampleExplain_beforeActivation() {
	key := exampleKey()
	key.Digits = 8
	report := diagnose.Explain(diagnose.Case{
		Key:    key,
		At:     time.Unix(1111111109, 0),
		Inputs: []diagnose.Input{{Text: "081804"}, {Text: "050471"}},
	})
	best := report.Findings[0]
	fmt.Println(best.Cause, best.Confidence)
	fmt.Println(best.Evidence.Text)
	fmt.Println(best.Fix)
	// Output:
	// wrong-digits certain
	// The code is right with 6 digits; this key is set to TOTP, SHA1, 8 digits, 30 s. 2 codes agree.
	// Scan the QR code again with an app that knows this number of digits.
}

// Two codes read within a minute, and when: the clock of the phone is 209 to 224
// seconds slow.
func ExampleBound() {
	at := time.Unix(1111111109, 0)
	offset, err := diagnose.Bound(exampleKey(), []diagnose.Input{
		{Text: "257124", At: at},
		{Text: "335769", At: at.Add(15 * time.Second)},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(offset.Lo, offset.Hi)
	// Output:
	// 3m29s 3m44s
}
