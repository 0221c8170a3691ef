package qr_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
)

// A key becomes a picture, and the picture a key.
func Example() {
	c, err := qr.Encode("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example")
	if err != nil {
		log.Fatal(err)
	}
	var picture bytes.Buffer
	if err := c.PNG(&picture, qr.DefaultScale); err != nil {
		log.Fatal(err)
	}

	symbols, err := qr.Scan(context.Background(), &picture, qr.ScanOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range symbols {
		fmt.Println(s)
		key, _, err := otp.ParseURI(s.Text())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(key)
	}
	// Output:
	// otpauth, 83 bytes, at (32,32)-(328,328)
	// Example:alice (totp, SHA1, 6 digits, 30 s)
}

// Errors say whether another picture would help.
func ExampleScan() {
	_, err := qr.Scan(context.Background(), strings.NewReader("otpauth://totp/…"), qr.ScanOptions{})
	switch {
	case errors.Is(err, qr.ErrNoCode):
		fmt.Println("try a sharper picture")
	case errors.Is(err, qr.ErrNotPicture):
		fmt.Println(err)
	}
	// Output:
	// not a picture: not PNG, JPEG, GIF, WebP, BMP or TIFF
}

// What would be lost if this key were scanned into an app?
func ExampleCheck() {
	key, _, err := otp.ParseURI("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&algorithm=SHA256")
	if err != nil {
		log.Fatal(err)
	}
	losses, err := qr.Check(key, qr.Authy)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range losses {
		fmt.Println(l.Field, l.Effect+":", l.Message)
	}
	// Output:
	// algorithm changed: Authy makes codes with SHA1, and does not say so
}

// On a terminal the code is drawn in half blocks; this is the corner of one.
func ExampleCode_Terminal() {
	c, err := qr.Encode("hello")
	if err != nil {
		log.Fatal(err)
	}
	var b strings.Builder
	if err := c.Terminal(&b, true); err != nil {
		log.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n")[2:6] {
		fmt.Println(strings.TrimSpace(string([]rune(line)[:11])))
	}
	// Output:
	// █▀▀▀▀▀█
	// █ ███ █
	// █ ▀▀▀ █
	// ▀▀▀▀▀▀▀
}
