package drift_test

import (
	"context"
	"fmt"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
)

// Three servers have answered. One of them lies.
func ExampleCombine() {
	slow := func(d time.Duration) drift.Interval {
		return drift.Interval{Lo: d - 20*time.Millisecond, Hi: d + 20*time.Millisecond}
	}
	report := drift.Combine([]drift.Sample{
		{Name: "a.example", Kind: drift.NTP, Offset: slow(48 * time.Second)},
		{Name: "b.example", Kind: drift.NTP, Offset: slow(48 * time.Second)},
		{Name: "c.example", Kind: drift.NTP, Offset: slow(0)},
	}, drift.Policy{})
	fmt.Println(report.Verdict)
	fmt.Println(report.Reason)
	fmt.Println("A code made now is", report.Offset.Window(30*time.Second, 1).String()+".")
	// Output:
	// warn
	// This clock is 48 s slow ± 20 ms; 2 of 3 sources agree.
	// A code made now is accepted 4 times in 10.
}

// A clock that is 90 s slow is measured against three servers on loopback.
func ExampleMeasure() {
	var servers []string
	for range 3 {
		s := drifttest.NewServer()
		defer s.Close()
		servers = append(servers, s.Addr)
	}
	report, err := drift.Measure(context.Background(), drift.Options{
		Servers: servers,
		Clock:   drift.Clock(drift.Machine).Plus(-90 * time.Second),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict, report.Confirmed, report.Offset.Contains(90*time.Second))
	// Output: bad true true
}
