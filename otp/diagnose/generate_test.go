package diagnose_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp/diagnose"
)

var update = flag.Bool("update", false, "write testdata/generated.jsonl anew")

const generated = "testdata/generated.jsonl"

// TestGenerated holds the generated cases to their generator.
//
//	go test ./otp/diagnose -run TestGenerated -update
func TestGenerated(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Made by generate_test.go, one fault a case, codes by its own HMAC; the cause is the fault that was put in.\n")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, s := range generate(12) {
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		if err := os.WriteFile(generated, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("%s is not what the generator makes; run with -update", generated)
	}
}

// device is an authenticator as a generator sees it: a key, a clock, a counter.
// It makes codes by RFC 4226 §5.3 from the standard library alone.
type device struct {
	kind    string // totp, hotp, steam
	secret  []byte
	hash    string // SHA1, ...
	digits  int
	period  int64
	counter int64   // hotp: the next
	offset  float64 // seconds: true time minus its clock
}

func (d device) code(counter int64) string {
	h := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}[d.hash]
	mac := hmac.New(h, d.secret)
	binary.Write(mac, binary.BigEndian, counter)
	sum := mac.Sum(nil)
	v := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	if d.kind == "steam" {
		var code []byte
		for range d.digits {
			code = append(code, "23456789BCDFGHJKMNPQRTVWXY"[v%26])
			v /= 26
		}
		return string(code)
	}
	s := fmt.Sprintf("%010d", v)
	return s[len(s)-d.digits:]
}

// at is the code that the device shows at a true time.
func (d device) at(t float64) string {
	return d.code(int64(math.Floor((t - d.offset) / float64(d.period))))
}

func (d device) uri(issuer, account string) string {
	q := url.Values{"secret": {base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.secret)}, "issuer": {issuer}}
	q.Set("algorithm", d.hash)
	q.Set("digits", fmt.Sprint(d.digits))
	if d.kind == "hotp" {
		q.Set("counter", fmt.Sprint(d.counter))
	} else {
		q.Set("period", fmt.Sprint(d.period))
	}
	return "otpauth://" + d.kind + "/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + q.Encode()
}

// world draws what a case needs.
type world struct{ *rand.Rand }

func (w world) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.Uint32())
	}
	return b
}

func (w world) totp() device {
	return device{kind: "totp", secret: w.bytes(20), hash: "SHA1", digits: 6, period: 30}
}

func (w world) hotp() device {
	return device{kind: "hotp", secret: w.bytes(20), hash: "SHA1", digits: []int{6, 8}[w.IntN(2)], counter: int64(w.IntN(5000) + 1100)}
}

// any is a device of any make.
func (w world) any() device {
	d := w.totp()
	switch w.IntN(4) {
	case 0:
		d.hash, d.digits = "SHA256", 8
	case 1:
		d.hash = "SHA512"
	}
	return d
}

func (w world) time() float64 { return 1.6e9 + float64(w.IntN(3e8)) + float64(w.IntN(30000))/1000 }

func (w world) uniform(lo, hi float64) float64 { return lo + w.Float64()*(hi-lo) }

// spread draws evenly over orders of magnitude.
func (w world) spread(lo, hi float64) float64 {
	return math.Round(lo * math.Exp(w.Float64()*math.Log(hi/lo)))
}

func (w world) sign() float64 { return float64(w.IntN(2)*2 - 1) }

// inStep moves a time to the first third of its step, so that a code typed within
// ten seconds is still live where it should be.
func inStep(t float64, period int64) float64 {
	p := float64(period)
	return math.Floor(t/p)*p + p/6
}

// one is a scenario in which a single code of the device is typed, late seconds
// after it was read, at true time t on a machine with a right clock.
func one(key, shows device, t, late float64, made string, arg ...any) scenario {
	return scenario{
		Key: key.uri("Acme", "alice"), At: t + late, Made: fmt.Sprintf(made, arg...),
		Inputs: []input{{Text: shows.at(t)}},
	}
}

// next adds the code that the device shows a period later, with its time.
func (s scenario) next(shows device, t float64) scenario {
	s.Inputs = append(s.Inputs, input{Text: shows.at(t + float64(shows.period)), At: t + float64(shows.period) + 4})
	return s
}

// generate makes n cases of every kind. A kind draws from a seed of its own, so
// that a new kind leaves the others as they are.
func generate(n int) []scenario {
	var all []scenario
	for seed, kind := range kinds {
		w := world{rand.New(rand.NewPCG(uint64(seed), 6238))}
		for i := range n {
			s := kind.make(w, i)
			s.ID, s.Cause = fmt.Sprintf("%s-%02d", kind.name, i), kind.cause
			all = append(all, s)
		}
	}
	return all
}

var kinds = []struct {
	name  string
	cause diagnose.Cause
	make  func(w world, i int) scenario
}{
	{"healthy", accepted, func(w world, i int) scenario {
		d := w.any()
		d.offset = w.uniform(-10, 10)
		t := w.time()
		s := one(d, d, t, w.uniform(1, 15), "a good code, the clock %.1f s off", d.offset)
		switch i % 4 {
		case 1:
			s.Inputs[0].Text = " " + s.Inputs[0].Text[:3] + " " + s.Inputs[0].Text[3:]
		case 2:
			s.Inputs[0].Text = strings.Map(func(r rune) rune { return r - '0' + '０' }, s.Inputs[0].Text)
		}
		return s
	}},
	{"healthy-two", accepted, func(w world, i int) scenario {
		d := w.any()
		t := inStep(w.time(), d.period)
		return one(d, d, t, 4, "two good codes").next(d, t)
	}},
	{"healthy-hotp", accepted, func(w world, i int) scenario {
		d := w.hotp()
		s := one(d, withPeriod(d, 30), w.time(), 0, "an HOTP code within the look-ahead")
		s.Inputs[0].Text = d.code(d.counter + int64(i%5))
		return s
	}},
	{"healthy-steam", accepted, func(w world, i int) scenario {
		d := w.totp()
		d.kind, d.digits = "steam", 5
		s := one(d, d, w.time(), 5, "a good Steam code, in lower case every other time")
		if i%2 == 1 {
			s.Inputs[0].Text = strings.ToLower(s.Inputs[0].Text)
		}
		return s
	}},
	{"checker-wrong", accepted, func(w world, i int) scenario {
		d := w.totp()
		t, m := w.time(), w.sign()*w.spread(90, 4000)
		s := one(d, d, t, 3, "a good code; the checking machine is %.0f s slow, and was measured", m)
		s.At -= m
		s.Clock = []float64{m - 0.05, m + 0.05}
		return s
	}},
	{"noise", diagnose.Unknown, func(w world, i int) scenario {
		d := w.any()
		s := one(d, d, w.time(), 3, "random digits")
		s.Inputs[0].Text = fmt.Sprintf("%0*d", d.digits, w.IntN(int(math.Pow10(d.digits))))
		return s
	}},
	{"unknown-key", diagnose.Unknown, func(w world, i int) scenario {
		d, e := w.totp(), w.totp()
		t := w.time()
		s := one(d, e, t, 3, "a key that nobody has told of, one code or two")
		if i%2 == 1 {
			s = s.next(e, t)
		}
		s.Others = w.others(i % 12)
		return s
	}},
	{"unknown-hotp", diagnose.Unknown, func(w world, i int) scenario {
		d := w.hotp()
		s := one(d, withPeriod(d, 30), w.time(), 0, "random digits against an HOTP key")
		s.Inputs[0].Text = fmt.Sprintf("%0*d", d.digits, w.IntN(int(math.Pow10(d.digits))))
		return s
	}},
	{"behind-near", diagnose.ClockBehind, func(w world, i int) scenario {
		d, e := w.clocks(w.spread(115, 585))
		return one(d, e, w.time(), 2, "phone %.0f s slow", e.offset)
	}},
	{"ahead-near", diagnose.ClockAhead, func(w world, i int) scenario {
		d, e := w.clocks(-w.spread(65, 585))
		return one(d, e, w.time(), 2, "phone %.0f s fast", -e.offset)
	}},
	{"behind-two", diagnose.ClockBehind, func(w world, i int) scenario {
		d, e := w.clocks(w.spread(70, 500))
		t := w.time()
		return one(d, e, t, 2, "phone %.0f s slow, two codes", e.offset).next(e, t)
	}},
	{"behind-far", diagnose.ClockBehind, func(w world, i int) scenario {
		d, e := w.clocks(offHours(w.spread(700, 80000)))
		t := w.time()
		s := one(d, e, t, 2, "phone %.0f s slow", e.offset)
		if i%2 == 1 {
			s = s.next(e, t)
		}
		return s
	}},
	{"ahead-far", diagnose.ClockAhead, func(w world, i int) scenario {
		d, e := w.clocks(-offHours(w.spread(700, 80000)))
		t := w.time()
		s := one(d, e, t, 2, "phone %.0f s fast", -e.offset)
		if i%2 == 1 {
			s = s.next(e, t)
		}
		return s
	}},
	{"synced-checker", diagnose.ClockAhead, func(w world, i int) scenario {
		d, e := w.clocks(-w.spread(65, 585))
		s := one(d, e, w.time(), 2, "phone %.0f s fast, the checking machine measured right", -e.offset)
		s.Clock = []float64{-0.02, 0.03}
		return s
	}},
	{"made-here-slow", diagnose.ClockBehind, func(w world, i int) scenario {
		m := offHours(w.spread(100, 40000))
		d, e := w.clocks(m)
		s := one(d, e, inStep(w.time(), 30)-math.Mod(m, 30)+30, 2, "made on the checking machine, which is %.0f s slow and was measured", m)
		s.At -= m
		s.Clock = []float64{m - 0.05, m + 0.05}
		return s
	}},
	{"made-here-fast", diagnose.ClockAhead, func(w world, i int) scenario {
		m := -offHours(w.spread(100, 40000))
		d, e := w.clocks(m)
		s := one(d, e, w.time(), 2, "made on the checking machine, which is %.0f s fast and was measured", -m)
		s.At -= m
		s.Clock = []float64{m - 0.05, m + 0.05}
		return s
	}},
	{"zone", diagnose.Timezone, func(w world, i int) scenario {
		hours := []float64{1, -1, 2, 3, -5, 5.5, 8, 9, -7, 3.5, 14, 24}[i%12]
		d, e := w.clocks(hours*3600 + w.uniform(-2, 2))
		t := inStep(w.time(), 30)
		s := one(d, e, t, 4, "phone off by %.1f h, clock set by hand", hours)
		if i%2 == 1 {
			s = s.next(e, t)
		}
		return s
	}},
	{"replayed", diagnose.Replayed, func(w world, i int) scenario {
		d := w.totp()
		t := w.time()
		step := int64(t / 30)
		s := one(d, d, t, []float64{1, 10, 25, 300}[i%4], "typed again after it was accepted")
		s.Last = &step
		return s
	}},
	{"replayed-hotp", diagnose.Replayed, func(w world, i int) scenario {
		d := w.hotp()
		last := d.counter - 1
		s := one(d, withPeriod(d, 30), w.time(), 0, "the HOTP code that was accepted last")
		s.Inputs[0].Text, s.Last = d.code(last), &last
		return s
	}},
	{"expired", diagnose.Expired, func(w world, i int) scenario {
		d := w.totp()
		t := inStep(w.time(), 30)
		late := w.uniform(56, 84)
		return one(d, d, t, late, "entered %.0f s after it was read", late)
	}},
	{"expired-strict", diagnose.Expired, func(w world, i int) scenario {
		d := w.totp()
		s := one(d, d, inStep(w.time(), 30)+20, 10, "entered 10 s after it was read, in the next step, no tolerance")
		s.Window = []int64{0, 0}
		return s
	}},
	{"expired-then-good", diagnose.Expired, func(w world, i int) scenario {
		d := w.totp()
		t := inStep(w.time(), 30)
		s := one(d, d, t, 65, "entered 65 s late, the next one at once")
		s.Inputs[0].At = t + 65
		s.Inputs = append(s.Inputs, input{Text: d.at(t + 95), At: t + 97})
		return s
	}},
	{"stale", diagnose.StaleSecret, func(w world, i int) scenario {
		d, old := w.any(), w.totp()
		s := one(d, old, inStep(w.time(), 30), 5, "the archived key's code")
		s.Others = append(w.others(i%12), other{Name: "Acme (old)", Key: old.uri("Acme", "alice"), Archived: i%2 == 0, Created: s.At - 1e7})
		s.Created = s.At - 1e5
		return s
	}},
	{"stale-skew", diagnose.StaleSecret, func(w world, i int) scenario {
		d, old := w.totp(), w.totp()
		old.offset = w.sign() * w.spread(70, 500)
		s := one(d, old, w.time(), 2, "the archived key's code, phone %.0f s slow", old.offset)
		s.Others = []other{{Name: "Acme (old)", Key: old.uri("Acme", "alice"), Archived: true}}
		return s
	}},
	{"other-entry", diagnose.OtherEntry, func(w world, i int) scenario {
		d, e := w.any(), w.any()
		s := one(d, e, inStep(w.time(), 30), 5, "another account's code")
		s.Others = append(w.others(i%12*3), other{Name: "Bank", Key: e.uri("Bank", "alice")})
		return s
	}},
	{"unconfirmed", diagnose.KeyNotConfirmed, func(w world, i int) scenario {
		d, e := w.totp(), w.totp()
		s := one(d, e, inStep(w.time(), 30), 5, "the new key's code while the service has the old one")
		o := other{Name: "Acme (new)", Key: e.uri("Acme", "alice"), Created: s.At - 100}
		s.Created = s.At - 1e7
		if i%2 == 1 {
			o.Unconfirmed, o.Created, s.Created = true, 0, 0
		}
		s.Others = append(w.others(i%12), o)
		return s
	}},
	{"digits", diagnose.WrongDigits, func(w world, i int) scenario {
		d := w.totp()
		e := d
		d.digits, e.digits = []int{6, 8, 6, 8, 7}[i%5], []int{8, 6, 7, 7, 8}[i%5]
		return one(d, e, inStep(w.time(), 30), 5, "key of %d digits, app shows %d", d.digits, e.digits)
	}},
	{"digits-skew", diagnose.WrongDigits, func(w world, i int) scenario {
		d := w.totp()
		e := d
		d.digits, e.digits = []int{6, 8}[i%2], []int{8, 6}[i%2]
		e.offset = w.sign() * w.spread(70, 500)
		t := w.time()
		return one(d, e, t, 2, "key of %d digits, app shows %d, and the phone is %.0f s slow", d.digits, e.digits, e.offset).next(e, t)
	}},
	{"digits-hotp", diagnose.WrongDigits, func(w world, i int) scenario {
		d := w.hotp()
		d.digits = 8
		s := one(d, withPeriod(d, 30), w.time(), 0, "HOTP key of 8 digits, app shows 6")
		d.digits = 6
		s.Inputs[0].Text = d.code(d.counter + int64(i%3))
		return s
	}},
	{"algorithm", diagnose.WrongAlgorithm, func(w world, i int) scenario {
		d := w.totp()
		e := d
		d.hash, e.hash = []string{"SHA256", "SHA512", "SHA1"}[i%3], []string{"SHA1", "SHA1", "SHA512"}[i%3]
		return one(d, e, inStep(w.time(), 30), 5, "key with %s, app uses %s", d.hash, e.hash)
	}},
	{"algorithm-skew", diagnose.WrongAlgorithm, func(w world, i int) scenario {
		d := w.totp()
		e := d
		d.hash = "SHA256"
		e.offset = w.sign() * w.spread(70, 70000)
		t := w.time()
		return one(d, e, t, 2, "key with SHA256, app uses SHA1, phone %.0f s slow, two codes", e.offset).next(e, t)
	}},
	{"period", diagnose.WrongPeriod, func(w world, i int) scenario {
		d := w.totp()
		e := d
		d.period, e.period = []int64{60, 30, 15, 120, 600, 60}[i%6], []int64{30, 60, 30, 30, 30, 120}[i%6]
		return one(d, e, inStep(w.time(), e.period), 4, "key of %d s, app counts %d s", d.period, e.period)
	}},
	{"type-counter", diagnose.WrongType, func(w world, i int) scenario {
		d := w.totp()
		s := one(d, d, w.time(), 2, "TOTP key entered as HOTP, pressed %d times", i%20)
		s.Inputs[0].Text = d.code(int64(i % 20))
		return s
	}},
	{"type-time", diagnose.WrongType, func(w world, i int) scenario {
		d := w.hotp()
		e := d
		e.kind, e.period, e.digits = "totp", 30, []int{d.digits, 6}[i%2]
		return one(d, e, inStep(w.time(), 30), 4, "HOTP key entered as TOTP")
	}},
	{"type-steam", diagnose.WrongType, func(w world, i int) scenario {
		d := w.totp()
		e := d
		if i%2 == 0 {
			e.kind, e.digits = "steam", 5
		} else {
			d.kind, d.digits = "steam", 5
		}
		return one(d, e, inStep(w.time(), 30), 4, "%s key shown as %s", d.kind, e.kind)
	}},
	{"counter-ahead", diagnose.CounterAhead, func(w world, i int) scenario { return w.press(i, w.spread(11, 99)) }},
	{"counter-far", diagnose.CounterAhead, func(w world, i int) scenario { return w.press(2*i+1, w.spread(101, 990)) }},
	{"counter-behind", diagnose.CounterBehind, func(w world, i int) scenario { return w.press(i, -w.spread(2, 900)) }},
	{"mistyped", diagnose.Mistyped, func(w world, i int) scenario {
		d := w.any()
		s := one(d, d, inStep(w.time(), 30), 5, "")
		s.Inputs[0].Text, s.Made = w.slip(s.Inputs[0].Text, i%4)
		return s
	}},
	{"mistyped-then-good", diagnose.Mistyped, func(w world, i int) scenario {
		d := w.totp()
		t := inStep(w.time(), 30)
		s := one(d, d, t, 5, "").next(d, t)
		s.Inputs[0].Text, s.Made = w.slip(s.Inputs[0].Text, i%4)
		s.Made += ", the next code is right"
		return s
	}},
	{"leading-zero", diagnose.Truncated, func(w world, i int) scenario {
		d := w.any()
		t := inStep(w.time(), 30)
		for d.at(t)[0] != '0' {
			t += 30
		}
		s := one(d, d, t, 5, "the zero in front was lost")
		s.Inputs[0].Text = s.Inputs[0].Text[1:]
		return s
	}},
	{"cut", diagnose.Truncated, func(w world, i int) scenario {
		d := w.totp()
		d.digits = 8
		s := one(d, d, inStep(w.time(), 30), 5, "an eight-digit code in a field of six")
		s.Inputs[0].Text = s.Inputs[0].Text[:6]
		return s
	}},
	{"misread", diagnose.SecretMisread, func(w world, i int) scenario { return w.misread(i) }},
	{"encoding", diagnose.SecretEncoding, func(w world, i int) scenario { return w.encoding(i) }},
	{"locked", diagnose.Locked, func(w world, i int) scenario {
		d := w.totp()
		s := one(d, d, w.time(), 4, "a good code while the account is locked; wrong every third time")
		if i%3 == 0 {
			s.Inputs[0].Text = fmt.Sprintf("%06d", w.IntN(1e6))
		}
		s.LockedUntil = s.At + w.uniform(5, 900)
		return s
	}},
	{"recovery", diagnose.OtherField, func(w world, i int) scenario {
		d := w.any()
		s := one(d, d, w.time(), 4, "a recovery code")
		letters := "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
		var b strings.Builder
		for j := range 8 {
			if j == 4 {
				b.WriteByte('-')
			}
			b.WriteByte(letters[w.IntN(len(letters))])
		}
		s.Inputs[0].Text = b.String()
		return s
	}},
}

func withPeriod(d device, period int64) device { d.period = period; return d }

// clocks is a right device and the same with a clock that is off.
func (w world) clocks(offset float64) (right, off device) {
	right = w.totp()
	off = right
	off.offset = offset
	return right, off
}

// offHours keeps an offset away from half hours, where it would be a time zone.
func offHours(offset float64) float64 {
	if rest := math.Mod(offset, 1800); rest < 100 || rest > 1700 {
		return offset + 300
	}
	return offset
}

// others are n keys that have nothing to do with the case.
func (w world) others(n int) []other {
	var all []other
	for i := range n {
		all = append(all, other{Name: fmt.Sprintf("site %d", i), Key: w.any().uri(fmt.Sprintf("Site%d", i), "alice")})
	}
	return all
}

// press is an HOTP device by counters away from the verifier; odd i give two codes.
func (w world) press(i int, by float64) scenario {
	d := w.hotp()
	s := one(d, withPeriod(d, 30), w.time(), 0, "HOTP device %.0f counters ahead", by)
	s.Inputs[0].Text = d.code(d.counter + int64(by))
	if i%2 == 1 {
		s.Inputs = append(s.Inputs, input{Text: d.code(d.counter + int64(by) + 1)})
	}
	return s
}

// slip types a code with one mistake.
func (w world) slip(code string, kind int) (string, string) {
	i := w.IntN(len(code)-2) + 1
	switch kind {
	case 0:
		digit := byte('0' + (int(code[i]-'0')+1+w.IntN(9))%10)
		return code[:i] + string(digit) + code[i+1:], "one digit wrong"
	case 1:
		return code[:i] + code[i+1:], "one digit missing"
	case 2:
		return code[:i] + code[i:i+1] + code[i:], "one digit doubled"
	}
	for code[i] == code[i-1] {
		i = i%(len(code)-1) + 1
	}
	return code[:i-1] + code[i:i+1] + code[i-1:i] + code[i+1:], "two neighbours swapped"
}

// misread copies a secret with one slip; odd i give two codes.
func (w world) misread(i int) scenario {
	d := w.totp()
	t := inStep(w.time(), 30)
	b32 := base32.StdEncoding.WithPadding(base32.NoPadding)
	pairs := []string{"IL", "LI", "S5", "5S", "Z2", "2Z"}
	var text, made string
	for text == "" {
		s := b32.EncodeToString(d.secret)
		j := w.IntN(len(s)-2) + 1
		switch i % 4 {
		case 0:
			p := pairs[w.IntN(len(pairs))]
			if at := strings.IndexByte(s, p[0]); at >= 0 {
				text, made = s[:at]+p[1:]+s[at+1:], "one character taken for another"
			}
		case 1:
			text, made = s[:j]+s[j+1:], "one character left out"
		case 2:
			text, made = s[:j]+s[j-1:], "one character doubled"
		case 3:
			if s[j] != s[j-1] {
				text, made = s[:j-1]+s[j:j+1]+s[j-1:j]+s[j+1:], "two characters swapped"
			}
		}
		if text == "" {
			d.secret = w.bytes(20)
		}
	}
	e := d
	text += strings.Repeat("A", 8)
	e.secret, _ = b32.DecodeString(text[:32])
	if i%4 == 1 { // 31 characters give 19 bytes
		e.secret = e.secret[:19]
	}
	s := one(d, e, t, 5, "the setup key typed with %s", made)
	s.Written = grouped(b32.EncodeToString(d.secret))
	if i%2 == 1 {
		s = s.next(e, t)
	}
	return s
}

// encoding has the secret taken in another way; the last third give two codes.
func (w world) encoding(i int) scenario {
	d := w.totp()
	written := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.secret)
	e := d
	made := ""
	switch i % 8 {
	case 0:
		e.secret, made = []byte(written), "base32 text as bytes"
	case 1:
		e.secret, _ = base64.StdEncoding.DecodeString(written)
		made = "base64 instead of base32"
	case 2:
		e.secret, _ = base32.HexEncoding.WithPadding(base32.NoPadding).DecodeString(strings.Map(toHex32, written))
		d.secret, _ = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.Map(toHex32, written))
		written, made = strings.Map(toHex32, written), "base32hex instead of base32"
	case 3:
		e.secret, made = []byte(hex.EncodeToString(d.secret)), "hexadecimal text as bytes"
	case 4:
		d.secret = []byte(written)
		made = "the verifier took the base32 text as bytes"
	case 5:
		e.secret, made = []byte(strings.ToLower(written)), "lower case base32 text as bytes"
		written = strings.ToLower(written)
	case 6:
		e.secret, made = d.secret[:10], "cut to ten bytes"
	case 7:
		e.secret, _ = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(written[:4])
		written, made = grouped(written), "cut at the first space"
	}
	t := inStep(w.time(), 30)
	s := one(d, e, t, 5, "%s", made)
	s.Written = written
	if i%8 == 3 || i%8 == 4 {
		s.Written = ""
	}
	if i >= 8 {
		s = s.next(e, t)
	}
	return s
}

// toHex32 keeps a letter that base32 and base32hex both have.
func toHex32(r rune) rune {
	if r > 'V' {
		return 'A' + r - 'W'
	}
	return r
}

func grouped(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
