package drift

// A System is an operating system, as far as setting its clock goes.
type System string

// The systems that have advice of their own.
const (
	Systemd System = "systemd" // Linux whose clock is kept by systemd-timesyncd
	Chrony  System = "chrony"  // any system whose clock is kept by chrony
	Linux   System = "linux"   // any other Linux
	MacOS   System = "macos"
	Windows System = "windows"
	WSL     System = "wsl" // Linux inside Windows
	Android System = "android"
	IPhone  System = "iphone"
)

// An Advice is how to have a clock kept right.
type Advice struct {
	System System
	// Settings is the path through the menus, empty where there is none.
	Settings string
	// Commands do the same in a terminal.
	Commands []string
	// Note is what else to know, as a sentence, or empty.
	Note string
}

// Advise returns the advice for a system. For one that it does not know the
// advice has only a note.
func Advise(s System) Advice {
	for _, a := range advice {
		if a.System == s {
			return a
		}
	}
	return Advice{System: s, Note: "Turn on automatic time in the settings of this device."}
}

var advice = []Advice{
	{
		System:   Systemd,
		Commands: []string{"sudo timedatectl set-ntp true", "sudo systemctl restart systemd-timesyncd"},
		Note:     "timedatectl status shows whether it works.",
	},
	{
		System:   Chrony,
		Commands: []string{"sudo chronyc makestep", "chronyc sources -v"},
		Note:     "chrony corrects a large error only at its start, or when told to with makestep; if no source is marked with a *, its servers cannot be reached.",
	},
	{
		System: Linux,
		Note:   "No program keeps this clock: install and start one, such as chrony or systemd-timesyncd. In a container or a virtual machine, set the clock of the host.",
	},
	{
		System:   MacOS,
		Settings: "System Settings > General > Date & Time > Set time and date automatically",
		Commands: []string{"sudo systemsetup -setusingnetworktime on", "sudo sntp -sS time.apple.com"},
	},
	{
		System:   Windows,
		Settings: "Settings > Time & language > Date & time > Set time automatically, then Sync now",
		Commands: []string{"net start w32time", "w32tm /resync /force"},
		Note:     "The commands need a terminal that is run as administrator.",
	},
	{
		System:   WSL,
		Commands: []string{"sudo hwclock --hctosys"},
		Note:     "The clock of WSL falls behind when Windows sleeps: put the time of Windows right first; wsl --shutdown, run in Windows, makes WSL take it over.",
	},
	{
		System:   Android,
		Settings: "Settings > System > Date & time > Set time automatically",
		Note:     "On Samsung phones it is under Settings > General management.",
	},
	{
		System:   IPhone,
		Settings: "Settings > General > Date & Time > Set Automatically",
		Note:     "If the switch is grey, Screen Time or a company profile holds it.",
	},
}
