package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
)

// choose returns the only entry, or the only one that name fits best: the exact
// name before a prefix before any part, in any case. It never takes the first of
// several.
func (a *app) choose(entries []transfer.Entry, name string) (transfer.Entry, error) {
	all := distinct(entries)
	found := all
	if number, ok := strings.CutPrefix(name, "#"); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(all) {
			return transfer.Entry{}, failf(exitNotFound, "--account %s: the keys have the numbers #1 to #%d", name, len(all))
		}
		return all[n-1], nil
	}
	if name != "" {
		found = fitting(all, name)
	}
	switch len(found) {
	case 0:
		a.list(all, all)
		return transfer.Entry{}, withHint(failf(exitNotFound, "no key here is called %q", name), "the names are listed above")
	case 1:
		return found[0], nil
	}
	a.list(all, found)
	return transfer.Entry{}, withHint(failf(exitAmbiguous, "%d keys fit", len(found)), "--account NAME chooses one by its name, --account '#N' by its number")
}

// fitting is the entries that fit name in the best way that any does.
func fitting(entries []transfer.Entry, name string) []transfer.Entry {
	want := strings.ToLower(name)
	for _, fits := range []func(string) bool{
		func(s string) bool { return s == want },
		func(s string) bool { return strings.HasPrefix(s, want) },
		func(s string) bool { return strings.Contains(s, want) },
	} {
		var found []transfer.Entry
		for _, e := range entries {
			if fits(strings.ToLower(e.Key.Name())) {
				found = append(found, e)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// distinct drops entries whose key stands before: the same picture twice is no
// choice.
func distinct(entries []transfer.Entry) []transfer.Entry {
	var out []transfer.Entry
next:
	for _, e := range entries {
		for _, o := range out {
			if o.Key.Equal(e.Key) {
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

// list prints those of all that were found on stderr, with their numbers among all
// and without their secrets.
func (a *app) list(all, found []transfer.Entry) {
	for i, e := range all {
		if slices.ContainsFunc(found, func(f transfer.Entry) bool { return f.Key.Equal(e.Key) }) {
			fmt.Fprintf(a.stderr, "  #%d  %v\n", i+1, e.Key)
		}
	}
}

// nameOf is what to call a key in a sentence.
func nameOf(k otp.Key) string {
	if name := k.Name(); name != "" {
		return name
	}
	return "the key without a name"
}
