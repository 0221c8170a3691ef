// Package drift measures how wrong a clock is, and how sure one can be of it.
//
// An offset is true time minus the clock in question: positive is a slow clock.
// It is never one number but an Interval that holds the truth, made from bounds
// that causality gives (a reply cannot arrive before it was sent) and not from
// the usual guess that both ways take equally long.
//
// Measure asks several servers at once and returns a Report:
//
//	report, err := drift.Measure(ctx, drift.Options{})
//	fmt.Println(report.Reason) // This clock is 73.2 s slow ± 20 ms; 4 of 5 sources agree.
//	fmt.Println(report.Offset.Window(30*time.Second, 1)) // refused
//
// The zero Options ask servers of five operators, and a few HTTPS hosts where UDP
// is blocked. Name Options.Servers to ask others instead. Watch measures again and
// again, tells steps and sleep of the machine from drift, and foretells when the
// limit will be passed. Combine is the judgement alone, without a network.
// Synchronization and Advise say what the operating system does about its clock
// and what its user should do.
//
// A verdict is Unknown rather than a guess: when fewer than a strict majority
// agree, when the interval straddles the limit, when authenticated sources
// contradict the others. One server named by the user is believed, but the report
// is then not Confirmed.
//
// Package drift/nts adds authenticated NTP servers. Package drift/drifttest has
// honest, lying and dying servers for tests; doc/faults.md lists what is survived.
//
// The package never sets a clock. For keeping one right, run chrony.
package drift
