// Package drifttest has time servers for tests: honest ones, and ones that fail
// or lie in every way that package drift must survive. They run in the test's
// own process, on loopback, without privileges, and leave the system clock alone.
//
// NewServer is an NTP server, NewHTTPS a web server whose Date header tells the
// time. Both are honest unless told otherwise:
//
//	s := drifttest.NewServer(drifttest.Offset(90 * time.Second))
//	defer s.Close()
//	report, err := drift.Measure(ctx, drift.Options{Servers: []string{s.Addr}})
//
// A Lie changes a reply before it is sent; several are applied in order. To put
// the clock under test wrong, give drift.Options a Clock instead.
package drifttest
