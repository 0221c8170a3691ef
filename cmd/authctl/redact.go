package main

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// secretive matches command line arguments that may hold a secret: URIs, and what
// looks like base32.
var secretive = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)://|secret(=|%3d)|^["' ]*[A-Z2-7]{4}([- ]?[A-Z2-7]{4}){3}|^["' ]*[A-Z2-7]{16}`)
})

// redact takes the arguments that may hold a secret out of a message, whoever made
// it: most messages quote what they could not use.
func redact(message string, args []string) string {
	for _, arg := range args {
		_, value, _ := strings.Cut(arg, "=") // --file=otpauth://…
		for _, s := range []string{arg, value} {
			if !secretive().MatchString(s) {
				continue
			}
			quoted := strconv.Quote(s)
			for _, form := range []string{s, quoted[1 : len(quoted)-1], strings.TrimSpace(s)} {
				message = strings.ReplaceAll(message, form, "[the argument]")
			}
		}
	}
	return message
}
