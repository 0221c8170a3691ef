package transfer

// totp-cli (yitsushi; `totp-cli dump`), YAML.
//
//	- name: namespace
//	  accounts:
//	  - name: account
//	    token: BASE32
//	    prefix: ""          text before each code
//	    algorithm: sha1
//	    length: 6
//	    timeperiod: 30
//
// Only this shape of YAML is read: block lists of "key: scalar", with the scalar
// plain or in quotes.

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"sync"

	"github.com/authctl/authctl/otp"
)

var totpCLILine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\s*)(- +)?([A-Za-z_]+):(?:\s+(.*))?$`) })

func isTOTPCLI(in *input) bool {
	return bytes.HasPrefix(bytes.TrimLeft(in.data, "- \r\n\t"), []byte("name:")) && bytes.Contains(in.data, []byte("accounts:"))
}

func readTOTPCLI(_ context.Context, in *input, f *File) error {
	namespace, indent := "", -1
	var account map[string]string
	line, number := 0, 0
	flush := func() {
		if account != nil {
			f.takeTOTPCLI(number, namespace, account)
		}
		account = nil
	}
	for raw := range bytes.Lines(in.data) {
		if err := in.room(f, 1); err != nil {
			return err
		}
		line++
		m := totpCLILine().FindStringSubmatch(strings.TrimRight(string(raw), " \r\n"))
		if m == nil {
			continue
		}
		key, value := strings.ToLower(m[3]), yamlScalar(m[4])
		switch depth := len(m[1]); {
		case key == "accounts":
			indent = depth
		case m[2] != "" && (indent < 0 || depth < indent): // the next namespace
			flush()
			namespace, indent = "", -1
		case m[2] != "": // the next account
			flush()
			account, number = map[string]string{}, number+1
		}
		switch {
		case account != nil:
			account[key] = value
		case key == "name":
			namespace = value
		}
	}
	flush()
	return nil
}

func (f *File) takeTOTPCLI(index int, namespace string, a map[string]string) {
	var e Entry
	if a["prefix"] != "" {
		e.Warnings = append(e.Warnings, otp.Warning{Code: PrefixIgnored, Message: "totp-cli puts a prefix before each code, which is not kept"})
	}
	f.take(index, params{
		issuer: namespace, account: a["name"], secret: a["token"], algorithm: a["algorithm"],
		digits: a["length"], period: a["timeperiod"],
	}, e)
}

// yamlScalar takes the quotes off a value. Escapes in double quotes other than \"
// and \\ do not occur in these files.
func yamlScalar(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); n >= 2 && s[0] == '\'' && s[n-1] == '\'' {
		return strings.ReplaceAll(s[1:n-1], "''", "'")
	} else if n >= 2 && s[0] == '"' && s[n-1] == '"' {
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : n-1])
	}
	if s == "null" || s == "~" {
		return ""
	}
	return s
}
