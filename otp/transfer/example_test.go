package transfer_test

import (
	"context"
	"fmt"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
)

func ExampleRead() {
	file := []byte(`{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"entries":[
		{"type":"totp","issuer":"Acme","name":"bob","info":{"secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","algo":"SHA1","digits":6,"period":30}},
		{"type":"motp","issuer":"Old","name":"box","info":{"secret":"GEZDGNBV","algo":"MD5","digits":6,"period":10}}]}}`)

	f, err := transfer.Read(context.Background(), file, transfer.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Format, f.Version, f.Encrypted)
	for _, e := range f.Entries {
		fmt.Println(e.Source.Index, e.Key)
	}
	for _, s := range f.Skipped {
		fmt.Println(s.Index, s.Name, "skipped:", s.Reason)
	}
	// Output:
	// aegis 3 false
	// 1 Acme:bob (totp, SHA1, 6 digits, 30 s)
	// 2 Old:box skipped: type motp: not supported (only totp, hotp and steam are)
}

func ExampleWrite() {
	key, _, err := otp.ParseURI("otpauth://totp/Acme:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=60")
	if err != nil {
		fmt.Println(err)
		return
	}
	entries := []transfer.Entry{{Key: key, Note: "the old phone"}}

	out, err := transfer.Write(transfer.GoogleMigration, entries, transfer.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range out.Losses {
		fmt.Printf("%s: %s (left out: %v)\n", l.Name, l.Message, l.LeftOut)
	}
	fmt.Println(len(out.Parts), "QR codes")

	out, err = transfer.Write(transfer.OTPAuth, entries, transfer.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range out.Losses {
		fmt.Printf("%s: %s (left out: %v)\n", l.Name, l.Message, l.LeftOut)
	}
	fmt.Printf("%s", out.Data)
	// Output:
	// Acme:bob: Google Authenticator knows only 30 seconds, not 60 (left out: true)
	// 0 QR codes
	// Acme:bob: the format has no notes (left out: false)
	// otpauth://totp/Acme:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=60
}

// An export of Google Authenticator that was photographed code by code.
func ExampleJoin() {
	var entries []transfer.Entry
	for i := range 25 {
		key, _, err := otp.ParseURI(fmt.Sprintf("otpauth://totp/user%d?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", i))
		if err != nil {
			fmt.Println(err)
			return
		}
		entries = append(entries, transfer.Entry{Key: key})
	}
	out, err := transfer.Write(transfer.GoogleMigration, entries, transfer.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var files []transfer.File
	for _, i := range []int{2, 0} {
		f, err := transfer.Read(context.Background(), []byte(out.Parts[i]), transfer.ReadOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		files = append(files, f)
	}
	fmt.Println(files[0].Warnings[0].Message)
	transfer.Join(files)
	fmt.Println(len(files[0].Warnings), files[1].Warnings[0].Message)
	// Output:
	// the Google Authenticator export has 3 parts; missing: 1, 2
	// 0 the Google Authenticator export has 3 parts; missing: 2
}
