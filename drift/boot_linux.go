package drift

import (
	"time"

	"golang.org/x/sys/unix"
)

// boot reads CLOCK_BOOTTIME, shifted to begin with the monotonic reading: it is
// their difference that tells of sleep.
func boot(mono time.Duration) time.Duration {
	return mono + asleep() - asleepAtStart
}

var asleepAtStart = asleep()

// asleep is how long the machine has slept since it was started.
func asleep() time.Duration {
	var b, m unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &b) != nil || unix.ClockGettime(unix.CLOCK_MONOTONIC, &m) != nil {
		return 0
	}
	d := time.Duration(b.Nano() - m.Nano())
	return d.Round(time.Millisecond) // the two reads are not one moment
}
