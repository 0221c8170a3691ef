package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for _, arg := range []string{
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", " otpauth://totp/a?secret=JBSWY3DPEHPK3PXP",
		"'otpauth://totp/a?secret=JBSWY3DPEHPK3PXP'", `"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"`,
		"--file=otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", "https://example.com/?s=JBSWY3DPEHPK3PXP",
		"JBSWY3DPEHPK3PXP", "jbswy3dp ehpk 3pxp jbsw", "JBSW-Y3DP-EHPK-3PXP",
	} {
		for _, format := range []string{"there is no file %s", "unknown command %q", "there is no account %q, and no file ./%[1]s"} {
			got := redact(fmt.Sprintf(format, arg), []string{"code", arg})
			if strings.Contains(strings.ToUpper(got), "JBSW") {
				t.Errorf("%s", got)
			}
		}
	}
	for _, arg := range []string{"picture.png", "GitHub:alice@example.com", "123456", "--at", "extract_otp_secrets/example.png", "secret.txt"} {
		if got := redact("there is no file "+arg, []string{arg}); got != "there is no file "+arg {
			t.Errorf("%s became %s", arg, got)
		}
	}
}
