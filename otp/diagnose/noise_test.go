package diagnose_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// TestNoise gives random wrong codes, of keys and cases of every make. At most one
// in a thousand may be given a cause with confidence, and none with certainty.
// AUTHCTL_NOISE is the number of codes.
func TestNoise(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 200
	}
	if s := os.Getenv("AUTHCTL_NOISE"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	confident, named, tried, causes := 0, 0, 0, map[diagnose.Cause]int{}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < n; i += workers {
				r := diagnose.Explain(noise(world{rand.New(rand.NewPCG(uint64(i), 4226))}, i))
				if r.Outcome == diagnose.Accepted {
					continue // a lucky guess of a live code
				}
				cause, confidence := answer(r)
				mu.Lock()
				tried++
				if cause != diagnose.Unknown {
					named++
					causes[cause]++
				}
				if confidence != diagnose.Possible {
					confident++
				}
				mu.Unlock()
				if confidence == diagnose.Certain {
					t.Errorf("code %d is certainly %s", i, cause)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("of %d random wrong codes %d (%.3f %%) are likely explained, %d (%.2f %%) possibly: %v",
		tried, confident, 100*float64(confident)/float64(tried), named, 100*float64(named)/float64(tried), causes)
	limit := tried / 1000
	if tried < 10_000 {
		limit += 3 // so few codes cannot show a rate of one in a thousand
	}
	if confident > limit {
		t.Errorf("%d of %d random codes are explained with confidence, more than %d", confident, tried, limit)
	}
}

// TestNoisePairs gives two random codes each, for which the search goes furthest.
// Hardly one pair in a million fits anything.
func TestNoisePairs(t *testing.T) {
	for i := range 20 {
		w := world{rand.New(rand.NewPCG(uint64(i), 6238))}
		c := noise(w, i)
		c.Inputs = append(c.Inputs, diagnose.Input{Text: fmt.Sprintf("%0*d", c.Key.Digits, w.Int64N(pow10(c.Key.Digits)))})
		if cause, confidence := answer(diagnose.Explain(c)); cause != diagnose.Unknown && confidence != diagnose.Possible {
			t.Errorf("pair %d is %s (%s)", i, cause, confidence)
		}
	}
}

// noise is a case with a random code of the right form: mostly for the common
// TOTP key, also for HOTP keys, other settings, and with other keys around.
func noise(w world, i int) diagnose.Case {
	d := w.totp()
	switch i % 10 {
	case 7:
		d = w.hotp()
	case 8:
		d = w.any()
	case 9:
		d.period = 60
	}
	secret, err := otp.NewSecret(d.secret)
	if err != nil {
		panic(err)
	}
	kind := map[string]otp.Type{"totp": otp.TOTP, "hotp": otp.HOTP}[d.kind]
	algorithm, err := otp.ParseAlgorithm(d.hash)
	if err != nil {
		panic(err)
	}
	key := otp.Key{Type: kind, Secret: secret, Algorithm: algorithm, Digits: d.digits, Period: int(d.period), Counter: d.counter, Account: "alice"}

	c := diagnose.Case{Key: key, At: unix(w.time()), Inputs: []diagnose.Input{{Text: fmt.Sprintf("%0*d", d.digits, w.Int64N(pow10(d.digits)))}}}
	if i%4 == 1 {
		last := key.Step(c.At) - int64(w.IntN(50))
		c.Last = &last
	}
	if i%4 == 2 {
		offset := time.Duration(w.IntN(600)-300) * time.Second
		c.Clock = &diagnose.Interval{Lo: offset - 20*time.Millisecond, Hi: offset + 20*time.Millisecond}
	}
	for j := range i % 7 {
		other := key
		other.Secret, err = otp.NewSecret(w.bytes(20))
		if err != nil {
			panic(err)
		}
		other.Account = fmt.Sprintf("account %d", j)
		c.Others = append(c.Others, diagnose.Named{Name: other.Account, Key: other, Archived: j == 1})
	}
	return c
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
