//go:build !linux

package drift

import "time"

// boot knows of no clock that counts sleep: a sleep then shows as a step of
// the wall against the monotonic clock.
func boot(mono time.Duration) time.Duration { return mono }
