package guide

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

//go:embed profile/*.json
var profiles embed.FS

// Profile has the numbers of one service. The path itself is the same for all.
type Profile struct {
	ID         string            `json:"id"`
	Name       map[string]string `json:"name"`        // by language
	StatusPage string            `json:"status_page"` // its address; empty: not known

	Tries       int      `json:"tries"`        // refused codes that lock the account, within Wait
	Sends       int      `json:"sends"`        // messages that are sent within Wait
	Wait        Duration `json:"wait"`         // length of the lock, and of the wait after the last message
	SMSFailures int      `json:"sms_failures"` // refused SMS codes in a row that lock SMS
	SMSWait     Duration `json:"sms_wait"`     // length of that lock

	Period       Duration `json:"period"`        // of a code
	ClockLimit   Duration `json:"clock_limit"`   // a clock that is further off makes refused codes
	Digits       int      `json:"digits"`        // of TOTP codes
	HOTPDigits   int      `json:"hotp_digits"`   // of HOTP codes
	RecoveryForm string   `json:"recovery_form"` // how a recovery code looks: XXXX-XXXX

	LinkLife      Duration `json:"link_life"`      // of the one-time login link
	FormMin       Duration `json:"form_min"`       // how long the identity form takes, at least
	FormMax       Duration `json:"form_max"`       // and at most
	FormReply     Duration `json:"form_reply"`     // time to answer questions about it
	FormMegabytes int      `json:"form_megabytes"` // size of its pictures, at most

	Inbox   int      `json:"inbox"`   // SMS that fill an inbox, about
	Porting Duration `json:"porting"` // how long SMS may go astray after a number is ported
}

// Duration is a time.Duration that JSON has in Go's notation: "15m", "24h".
type Duration time.Duration

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(b []byte) error {
	parsed, err := time.ParseDuration(string(b))
	*d = Duration(parsed)
	return err
}

// ParseProfile reads a profile from JSON and checks it: every number must be
// there, since the texts name them all.
func ParseProfile(data []byte) (Profile, error) {
	var p Profile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Profile{}, fmt.Errorf("parse profile: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Profile{}, fmt.Errorf("parse profile: there is more after the object")
	}
	if err := p.check(); err != nil {
		return Profile{}, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}

// Profiles lists the services that have a profile here.
func Profiles() []string {
	files, err := profiles.ReadDir("profile")
	if err != nil {
		panic(fmt.Sprintf("guide: %v", err)) // embedded
	}
	var ids []string
	for _, f := range files {
		ids = append(ids, strings.TrimSuffix(f.Name(), ".json"))
	}
	return ids
}

// LookupProfile returns the profile of a service of [Profiles].
func LookupProfile(id string) (Profile, error) {
	if !slices.Contains(Profiles(), id) {
		return Profile{}, fmt.Errorf("there is no profile %q: have %s", id, strings.Join(Profiles(), ", "))
	}
	data, err := profiles.ReadFile("profile/" + id + ".json")
	if err != nil {
		return Profile{}, err
	}
	return ParseProfile(data)
}

func (p Profile) check() error {
	for _, lang := range Languages() {
		if p.Name[lang] == "" {
			return fmt.Errorf("name.%s is missing", lang)
		}
	}
	for _, n := range []struct {
		name  string
		value int64
		least int64
	}{
		{"tries", int64(p.Tries), 2}, {"sends", int64(p.Sends), 1}, {"sms_failures", int64(p.SMSFailures), 2},
		{"wait", int64(p.Wait), 1}, {"sms_wait", int64(p.SMSWait), 1}, {"period", int64(p.Period), 1},
		{"clock_limit", int64(p.ClockLimit), 1}, {"digits", int64(p.Digits), 1}, {"hotp_digits", int64(p.HOTPDigits), 1},
		{"link_life", int64(p.LinkLife), 1}, {"form_min", int64(p.FormMin), 1}, {"form_max", int64(p.FormMax), int64(p.FormMin)},
		{"form_reply", int64(p.FormReply), 1}, {"form_megabytes", int64(p.FormMegabytes), 1},
		{"inbox", int64(p.Inbox), 1}, {"porting", int64(p.Porting), 1},
	} {
		if n.value < n.least {
			return fmt.Errorf("%s is missing or too small", n.name)
		}
	}
	switch "" {
	case p.ID:
		return fmt.Errorf("id is missing")
	case p.RecoveryForm:
		return fmt.Errorf("recovery_form is missing")
	}
	return nil
}

// values are the numbers of the profile in the words of a language, by the names
// that the texts use.
func (p Profile) values(w words) map[string]string {
	page := p.StatusPage
	if page == "" {
		page = w.say("status-page")
	}
	return map[string]string{
		"service": p.Name[w.lang], "status_page": page,
		"tries": fmt.Sprint(p.Tries), "sends": fmt.Sprint(p.Sends), "wait": w.duration(p.Wait),
		"sms_failures": fmt.Sprint(p.SMSFailures), "sms_wait": w.duration(p.SMSWait),
		"period": w.duration(p.Period), "clock_limit": w.duration(p.ClockLimit),
		"digits": fmt.Sprint(p.Digits), "hotp_digits": fmt.Sprint(p.HOTPDigits), "recovery_form": p.RecoveryForm,
		"link_life": w.duration(p.LinkLife), "form_wait": w.span(p.FormMin, p.FormMax),
		"form_reply": w.duration(p.FormReply), "form_megabytes": fmt.Sprint(p.FormMegabytes),
		"inbox": fmt.Sprint(p.Inbox), "porting": w.duration(p.Porting),
	}
}
