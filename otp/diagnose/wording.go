package diagnose

import (
	"fmt"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
)

// sentence says what was seen, and how it is known.
func (x *examiner) sentence(h hit, f Finding) string {
	s := x.what(h, f)
	switch {
	case f.Cause == ClockBehind && f.Confidence == Possible && f.Evidence.Agreeing == 1 && h.delta >= -max(x.window.Behind, 0)-lastLate:
		s += " A code that was typed late would look the same; the next code will tell."
	case f.Evidence.Agreeing > 1:
		s += fmt.Sprintf(" %d codes agree.", f.Evidence.Agreeing)
	case h.chance >= 1.0/10000:
		s += fmt.Sprintf(" One code among %s tried is luck 1 time in %s.", thousands(h.tries), thousands(int(1/h.chance+0.5)))
	}
	return s
}

func (x *examiner) what(h hit, f Finding) string {
	switch f.Cause {
	case ClockBehind, ClockAhead, Timezone:
		if h.probe.setting == neverSet {
			at := h.probe.key.Start(h.step).UTC().Format("2006-01-02 15:04 UTC")
			return fmt.Sprintf("The authenticator's clock stands at %s, as one does that was never set.", at)
		}
		return upperFirst(x.clockSentence(h, f))
	case Expired:
		if x.Last != nil && h.step < *x.Last {
			return fmt.Sprintf("The code ended %s before it was entered, and a later one has been accepted since: it is an old code.", x.ended(h))
		}
		return fmt.Sprintf("The code ended %s before it was entered; a clock that is slow by as much would look the same.", x.ended(h))
	case Replayed:
		if h.family.record {
			return "This is the code that was accepted last. Each code works once."
		}
		return fmt.Sprintf("The code is that of counter %d, before the next one (%d): it may be one that was used before.", h.step, h.step-h.delta)
	case StaleSecret:
		return fmt.Sprintf("The code comes from an older key, %s.", entryOf(h))
	case KeyNotConfirmed:
		return fmt.Sprintf("The code comes from the newer key, %s, and the service still uses the older one.", entryOf(h))
	case OtherEntry:
		return fmt.Sprintf("The code comes from another entry, %s.", entryOf(h))
	case WrongDigits, WrongAlgorithm, WrongPeriod:
		return fmt.Sprintf("The code is right with %s; this key is set to %s.", h.probe.setting, settings(x.Key))
	case WrongType:
		as := h.probe.setting
		if h.probe.key.Type == otp.HOTP {
			as += fmt.Sprintf(" (counter %d)", h.step)
		}
		return fmt.Sprintf("The code is right if the key is read as %s; it is set to %s.", as, settings(x.Key))
	case CounterBehind:
		if h.step < 0 {
			return "The code is that of counter -1, which some apps show first: the authenticator counts one behind."
		}
		return fmt.Sprintf("The code is that of counter %d, %s before the next one (%d): it has been passed already.", h.step, count(int(-h.delta), "counter"), h.step-h.delta)
	case CounterAhead:
		return fmt.Sprintf("The code is that of counter %d, %s ahead of the next one (%d) and beyond the look-ahead.", h.step, count(int(h.delta), "counter"), h.step-h.delta)
	case Mistyped:
		return fmt.Sprintf("It is one slip away from a code that was right at that moment: %s.", h.probe.setting)
	case Truncated:
		return fmt.Sprintf("It is a part of a code that was right at that moment: %s.", h.probe.setting)
	case SecretMisread:
		return fmt.Sprintf("The code is right if the setup key was copied with one slip: %s.", h.probe.setting)
	case SecretEncoding:
		return fmt.Sprintf("The code is right if the authenticator took the setup key in another way: %s.", h.probe.setting)
	}
	return "The code matches."
}

// clockSentence begins in lower case.
func (x *examiner) clockSentence(h hit, f Finding) string {
	period := time.Duration(h.probe.key.Period) * time.Second
	amount := time.Duration(h.delta) * period
	number := count(int(max(h.delta, -h.delta)), "step")
	switch f.Evidence.Whose {
	case Checker:
		return fmt.Sprintf("this machine was measured to be %s, and the code is wrong by as much (%s): it was made with this clock.", slowOrFast(x.clock.Mid()), number)
	case Authenticator:
		own := "this machine's clock was measured and is right"
		if x.clock.Mid().Abs() >= period {
			own = fmt.Sprintf("this machine's clock was measured, and that it is %s is allowed for", slowOrFast(x.clock.Mid()))
		}
		return fmt.Sprintf("the authenticator's clock is about %s (%s); %s.", slowOrFast(-amount), number, own)
	}
	relation := "behind"
	if h.delta > 0 {
		relation = "ahead of"
	}
	return fmt.Sprintf("the two clocks differ by about %s (%s): the authenticator is %s this machine. Which of them is wrong was not measured.", human(amount.Abs()), number, relation)
}

// ended is how long before the input a code ended, at least.
func (x *examiner) ended(h hit) string {
	period := time.Duration(h.probe.key.Period) * time.Second
	last := time.Duration(-h.delta-1) * period
	return fmt.Sprintf("%s to %s", human(last), human(last+period))
}

// fix is the one next thing to do.
func fix(c Cause, whose Whose) string {
	if isClock(c) {
		return clockFix(c, whose)
	}
	return map[Cause]string{
		Replayed:        "Wait for the next code and enter that one, once.",
		Expired:         "Enter a code as soon as it appears.",
		StaleSecret:     "Use the newer entry in the app, and archive the old one so that the two are not confused.",
		OtherEntry:      "Choose the entry of this account in the app.",
		KeyNotConfirmed: "Finish the setup at the service: confirm the new key with its first code.",
		WrongDigits:     "Scan the QR code again with an app that knows this number of digits.",
		WrongAlgorithm:  "Scan the QR code again with an app that knows this algorithm.",
		WrongPeriod:     "Scan the QR code again with an app that knows this period.",
		WrongType:       "Delete the entry in the app and scan the QR code again, so that its type is right.",
		CounterBehind:   "Make fresh codes until one is new, or resynchronise with two codes in a row.",
		CounterAhead:    "Resynchronise with two codes in a row.",
		Mistyped:        "Enter the code again.",
		Truncated:       "Enter every digit of the code, zeros in front as well.",
		SecretMisread:   "Scan the QR code instead of typing the setup key, or compare the two character by character.",
		SecretEncoding:  "Enter the setup key as base32, or scan its QR code.",
		Unknown:         "Enter the next code as well; if that fails too, scan the QR code again.",
	}[c]
}

func clockFix(c Cause, whose Whose) string {
	automatic := "Set the time to automatic"
	if c == Timezone {
		automatic = "Set the time and the time zone to automatic"
	}
	switch whose {
	case Checker:
		return automatic + " on this machine."
	case Authenticator:
		return automatic + " on the device that shows the codes."
	}
	return "Measure this machine's clock; if it is right, set the time to automatic on the device that shows the codes."
}

// settings are those of a key that could differ, in one phrase.
func settings(k otp.Key) string {
	if k.Type == otp.HOTP {
		return fmt.Sprintf("HOTP, %v, %d digits", k.Algorithm, k.Digits)
	}
	return fmt.Sprintf("%s, %v, %d digits, %d s", strings.ToUpper(k.Type.String()), k.Algorithm, k.Digits, k.Period)
}

// human is a duration as people say it.
func human(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour && d%time.Minute != 0:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d > day && d%day < time.Hour:
		return thousands(int(d/day)) + " days"
	case d > 2*day:
		return fmt.Sprintf("%s days %d h", thousands(int(d/day)), d%day/time.Hour)
	case d%time.Hour < time.Minute:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

func slowOrFast(offset time.Duration) string {
	if offset < 0 {
		return human(-offset) + " fast"
	}
	return human(offset) + " slow"
}

// signed is an offset with its sign.
func signed(d time.Duration) string { return fmt.Sprintf("%+.1f s", d.Seconds()) }

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// entryOf is the other key of a hit, and what the app ignores of it.
func entryOf(h hit) string {
	if h.probe.setting == "" {
		return quoted(h.probe.entry)
	}
	return fmt.Sprintf("%s, with %s", quoted(h.probe.entry), h.probe.setting)
}

func quoted(name string) string {
	if name == "" {
		return "without a name"
	}
	return fmt.Sprintf("%q", name)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
