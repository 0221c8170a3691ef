package drift

import "context"

// A Sync is what the operating system says about keeping its own clock. It never
// improves a verdict: "synchronized" stays true for months after the last server
// has gone.
type Sync struct {
	// System is what the advice goes by.
	System System
	// Service is the program that keeps the clock: "chrony",
	// "systemd-timesyncd", "ntpd"; empty if it is not known.
	Service string
	// Known says whether the system tells at all; where it does, Synchronized is
	// what it says.
	Known, Synchronized bool
}

// Synchronization asks the operating system, without leaving the machine. On
// Linux it asks the kernel (adjtimex, which is also all that systemd's timedate1
// goes by, so that D-Bus is not needed) and chrony, if that runs. Elsewhere the
// answer is "not known".
func Synchronization(ctx context.Context) Sync { return synchronization(ctx) }

// String is "synchronized by chrony", "not synchronized", "not known".
func (s Sync) String() string {
	by := ""
	if s.Service != "" {
		by = " by " + s.Service
	}
	switch {
	case !s.Known:
		return "not known"
	case s.Synchronized:
		return "synchronized" + by
	case s.Service != "":
		return "not synchronized, though " + s.Service + " runs"
	default:
		return "not synchronized"
	}
}
