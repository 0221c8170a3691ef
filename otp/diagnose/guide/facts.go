package guide

import (
	"fmt"
	"strings"
	"time"
)

// Facts are what the caller has checked. Whatever is left at its zero value is
// not known, and nothing is said about it.
type Facts struct {
	At     time.Time // now, where the person is; without it waits are told as lengths
	System string    // of this computer: windows, macos, linux, systemd, chrony, wsl

	Clock       *Clock       // of this computer
	TimeService *TimeService // of this computer
	Zone        string       // of this computer: "Asia/Tokyo (UTC+09:00)"

	Vault         string    // ok, locked or damaged
	Key           bool      // the key is here, so that codes can be diagnosed
	KeyCreated    time.Time // when the key was made or stored
	Twins         []string  // names of entries that look like this one; empty but not nil: there are none
	RecoveryCodes *int      // unused recovery codes that are kept

	Code        *Diagnosis // of the last codes typed
	LockedUntil time.Time  // end of a lock that the service has told
}

// Clock is how wrong the clock of this computer was measured to be: an interval
// that holds true time minus that clock, so that it is positive where the clock is
// slow. Verdict is ok, warn, bad or unknown.
type Clock struct {
	Verdict string
	Lo, Hi  time.Duration
	Sources int // that agree; 0: the offset was given, not measured
}

// TimeService is what the operating system says about keeping its clock.
type TimeService struct {
	Name         string
	Synchronized bool
}

// Diagnosis is what package diagnose found out about the codes that were typed.
type Diagnosis struct {
	Accepted   bool          // a verifier with the right time takes the code
	Cause      string        // the first finding's
	Confidence string        // certain, likely or possible
	Evidence   string        // in English
	Lo, Hi     time.Duration // offset of the authenticator's clock, for a cause that is about it
}

// settled is the cause, if it is more than possible.
func (d *Diagnosis) settled() string {
	switch {
	case d.Accepted:
		return "accepted"
	case d.Confidence == "certain", d.Confidence == "likely":
		return d.Cause
	}
	return "unknown"
}

func (d *Diagnosis) aboutClock() bool {
	switch d.settled() {
	case "clock-behind", "clock-ahead", "timezone":
		return true
	}
	return false
}

// measured reports whether this computer's clock is known.
func (f Facts) measured() bool { return f.Clock != nil && f.Clock.Verdict != "unknown" }

// check is the value of a step of kind Check.
func (f Facts) check(id string) string {
	switch id {
	case "clock":
		if f.Clock != nil {
			return f.Clock.Verdict
		}
	case "time-service":
		if f.TimeService != nil && f.TimeService.Synchronized {
			return "on"
		}
		if f.TimeService != nil {
			return "off"
		}
	case "zone":
		return knownIf(f.Zone != "")
	case "vault":
		if f.Vault != "" {
			return f.Vault
		}
	case "twins":
		return someOf(f.Twins != nil, len(f.Twins))
	case "key-age":
		return knownIf(!f.KeyCreated.IsZero())
	case "recovery-left":
		if f.RecoveryCodes != nil {
			return someOf(true, *f.RecoveryCodes)
		}
	case "key":
		if f.Key {
			return "yes"
		}
	case "authenticator-clock":
		return f.authenticatorClock()
	}
	return "unknown"
}

// authenticatorClock is what a code tells of the clock that it was made by, which
// is nothing unless the clock that it was compared with was measured.
func (f Facts) authenticatorClock() string {
	switch {
	case f.Code == nil || !f.measured():
		return "unknown"
	case f.Code.aboutClock():
		return "wrong"
	case f.Code.Accepted:
		return "right"
	}
	return "unknown"
}

func knownIf(known bool) string {
	if known {
		return "known"
	}
	return "unknown"
}

func someOf(known bool, n int) string {
	switch {
	case !known:
		return "unknown"
	case n > 0:
		return "some"
	}
	return "none"
}

// values are the facts in words, by the names that the texts use.
func (f Facts) values(w words) map[string]string {
	v := map[string]string{
		"zone": f.Zone, "twins": strings.Join(f.Twins, w.say("and")),
		"key_created": f.KeyCreated.Format(time.DateOnly), "time_setting": w.say("time.other"),
		"time_service": "", "clock": "", "clock_sources": "", "recovery_left": "", "offset": "", "distance": "",
	}
	if s := w.say("time." + f.System); s != "" {
		v["time_setting"] = s
	}
	if f.TimeService != nil && f.TimeService.Name != "" {
		v["time_service"] = " (" + f.TimeService.Name + ")"
	}
	if f.Clock != nil {
		v["clock"], v["clock_sources"] = w.offset(f.Clock.Lo, f.Clock.Hi), fmt.Sprint(f.Clock.Sources)
	}
	if f.RecoveryCodes != nil {
		v["recovery_left"] = fmt.Sprint(*f.RecoveryCodes)
	}
	if f.Code != nil {
		v["offset"], v["distance"] = w.offset(f.Code.Lo, f.Code.Hi), w.distance(f.Code.Lo, f.Code.Hi)
	}
	return v
}

// note words what a check found.
func (f Facts) note(d *step, w words) text {
	value := f.check(d.ID)
	if d.ID == "clock" && f.measured() && f.Clock.Sources == 0 {
		value = "given"
	}
	return d.Notes[value]
}

// causeText words a diagnosis. Two clocks that differ are not one that is wrong.
func (f Facts) causeText(c *content) text {
	cause := f.Code.settled()
	if !f.measured() && (cause == "clock-behind" || cause == "clock-ahead") {
		cause = "clock-apart"
	}
	if t, ok := c.Causes[cause]; ok {
		return t
	}
	return c.Causes["unknown"]
}
