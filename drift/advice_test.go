package drift_test

import (
	"testing"

	"github.com/authctl/authctl/drift"
)

func TestAdviseNamesOneThingToDo(t *testing.T) {
	for _, s := range []drift.System{
		drift.Systemd, drift.Chrony, drift.Linux, drift.MacOS, drift.Windows, drift.WSL, drift.Android, drift.IPhone, "plan9",
	} {
		a := drift.Advise(s)
		if a.System != s || a.Settings == "" && len(a.Commands) == 0 && a.Note == "" {
			t.Errorf("%s: %+v", s, a)
		}
	}
}

func TestSyncString(t *testing.T) {
	for want, s := range map[string]drift.Sync{
		"not known":              {},
		"synchronized":           {Known: true, Synchronized: true},
		"synchronized by chrony": {Known: true, Synchronized: true, Service: "chrony"},
		"not synchronized":       {Known: true},
		"not synchronized, though systemd-timesyncd runs": {Known: true, Service: "systemd-timesyncd"},
	} {
		if s.String() != want {
			t.Errorf("%+v is %q, want %q", s, s, want)
		}
	}
}
