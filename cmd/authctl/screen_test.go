package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// drawn is what a terminal shows of the screen, without colour.
func drawn(s *screen) string {
	var lines []string
	for _, line := range s.render() {
		shown := ""
		for i, part := range strings.Split(line, "\x1b[") {
			if i > 0 { // the sequences of column
				number, rest, _ := strings.Cut(part, "G")
				for n := cells(shown); n+1 < atoi(number); n++ {
					shown += " "
				}
				part = rest
			}
			shown += part
		}
		lines = append(lines, strings.TrimRight(shown, " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}

// accountsOf are accounts with these keys.
func accountsOf(t *testing.T, uris ...string) (accounts []vault.Account) {
	t.Helper()
	for _, uri := range uris {
		k, _, err := otp.ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, vault.Account{ID: k.Account, Key: k})
	}
	return accounts
}

func testScreen(t *testing.T) *screen {
	accounts := accountsOf(t,
		"otpauth://hotp/Bank:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&counter=0",
		"otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&digits=8",
		"otpauth://totp/A%20service%20with%20a%20long%20name:someone@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20service%20with%20a%20long%20name",
		"otpauth://totp/%E9%8A%80%E8%A1%8C:%E8%8A%B1%E5%AD%90?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E9%8A%80%E8%A1%8C",
	)
	return &screen{
		app: &app{}, accounts: accounts, columns: 80, lines: 10, made: map[string]string{},
		now: func() time.Time { return time.Unix(1234567899, 0) }, // RFC 6238, Appendix B, 9 s later
	}
}

func TestScreen(t *testing.T) {
	for _, test := range []struct {
		name           string
		columns, lines int
		keys           []key
		want           string
	}{
		{"wide", 80, 10, []key{{text: "j"}}, `
  Bank:ann                                  press to make (n)
> Example:alice                             8900 5924  ━━━━━━━··· 21 s
  A service with a long name:someone@exam…  005 924    ━━━━━━━··· 21 s
  銀行:花子                                 005 924    ━━━━━━━··· 21 s

enter copy · n next HOTP code · / filter · q quit  2 of 4
`},
		{"narrow", 40, 10, nil, `
> Bank:ann               press n
  Example:alice          8900 5924  21 s
  A service with a lon…  005 924    21 s
  銀行:花子              005 924    21 s

enter copy · n next HOTP code · / filte…
`},
		{"low", 80, 4, []key{{name: "end"}}, `
  A service with a long name:someone@exam…  005 924    ━━━━━━━··· 21 s
> 銀行:花子                                 005 924    ━━━━━━━··· 21 s

enter copy · n next HOTP code · / filter · q quit  4 of 4
`},
		{"pages", 80, 4, []key{{name: "page down"}, {name: "page down"}, {name: "page up"}}, `
  Bank:ann                                  press to make (n)
> Example:alice                             8900 5924  ━━━━━━━··· 21 s

enter copy · n next HOTP code · / filter · q quit  2 of 4
`},
		{"filter", 80, 10, []key{{text: "/"}, {text: "花"}, {name: "enter"}}, `
> 銀行:花子  005 924  ━━━━━━━··· 21 s

/花  esc shows all
enter copy · n next HOTP code · / filter · q quit  1 of 1
`},
		{"no match", 80, 10, []key{{text: "/"}, {text: "z"}}, `
  no account fits

/z▏
enter copy · n next HOTP code · / filter · q quit  0 of 0
`},
		{"a message breaks between words", 24, 10, []key{{text: "j"}, {text: "n"}}, `
  Bank…  press n
> Exam…  8900 5924  21 s
  A se…  005 924    21 s
  銀行…  005 924    21 s

n makes the next code of
an HOTP account; here
the codes come by
themselves.
enter copy · n next HOT…
`},
	} {
		s := testScreen(t)
		s.columns, s.lines = test.columns, test.lines
		for _, k := range test.keys {
			if s.press(k) {
				t.Fatalf("%s: %v left the list", test.name, k)
			}
		}
		if diff := cmp.Diff(test.want[1:], drawn(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestEscShowsAllBeforeItLeaves: a filter is not the end of the list.
func TestEscShowsAllBeforeItLeaves(t *testing.T) {
	s := testScreen(t)
	for _, k := range []key{{text: "/"}, {text: "bank"}, {name: "enter"}, {name: "esc"}} {
		if s.press(k) {
			t.Fatalf("%v left the list", k)
		}
	}
	if n := len(s.visible()); n != 4 {
		t.Errorf("%d accounts after esc, want 4", n)
	}
	if !s.press(key{name: "esc"}) {
		t.Error("a second esc did not leave the list")
	}
}
