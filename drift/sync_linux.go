package drift

import (
	"bytes"
	"context"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// chronyCommand is where chronyd answers questions about itself; reading needs no
// privileges.
const chronyCommand = "127.0.0.1:323"

func synchronization(ctx context.Context) Sync {
	s := Sync{System: Linux}
	s.Known, s.Synchronized = kernel()
	if known, synchronized := chrony(ctx, chronyCommand); known {
		s.System, s.Service, s.Known, s.Synchronized = Chrony, "chrony", true, synchronized
	} else if exists("/run/systemd/timesync") {
		s.System, s.Service = Systemd, "systemd-timesyncd"
	} else if exists("/run/ntpd.pid") {
		s.Service = "ntpd"
	} else if exists("/run/systemd/system") {
		s.System = Systemd
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil && bytes.Contains(bytes.ToLower(release), []byte("microsoft")) {
		s.System = WSL
	}
	if runtime.GOOS == "android" {
		s.System = Android
	}
	return s
}

// kernel asks adjtimex(2), changing nothing. It calls a clock unsynchronized
// when no program has disciplined it for long.
func kernel() (known, synchronized bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, false
	}
	return true, state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
