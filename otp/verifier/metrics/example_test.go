package metrics_test

import (
	"context"
	"fmt"
	"log"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/metrics"
)

func Example() {
	registry := prometheus.NewRegistry() // a service takes prometheus.DefaultRegisterer
	m, err := metrics.New(registry)
	if err != nil {
		log.Fatal(err)
	}
	secret, err := otp.NewSecret([]byte("a real one comes from a manager!"))
	if err != nil {
		log.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: secret})
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(m.Store(verifier.NewMemory()), ring, verifier.Config{Handle: m.Handle(nil)})
	if err != nil {
		log.Fatal(err)
	}

	if _, err := v.Verify(context.Background(), "nobody", verifier.Attempt{Code: "123456"}); err != nil {
		log.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range families {
		for _, series := range f.Metric {
			if series.Counter.GetValue() > 0 {
				fmt.Print(f.GetName())
				for _, l := range series.Label {
					fmt.Printf(" %s=%q", l.GetName(), l.GetValue())
				}
				fmt.Println()
			}
		}
	}
	// Output:
	// authctl_events_total kind="login-refused"
	// authctl_logins_total method="" outcome="not-enrolled"
}
