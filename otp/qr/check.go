package qr

import (
	"fmt"

	"github.com/authctl/authctl/otp"
)

// App is an authenticator that a key could be scanned into.
type App string

const (
	Google    App = "google"    // Google Authenticator
	Microsoft App = "microsoft" // Microsoft Authenticator
	Authy     App = "authy"     // Twilio Authy
	LastPass  App = "lastpass"  // LastPass Authenticator
)

// Apps are all that Check knows.
var Apps = []App{Google, Microsoft, Authy, LastPass}

// Name is what the app is called.
func (a App) Name() string {
	switch a {
	case Google, Microsoft, LastPass:
		return map[App]string{Google: "Google", Microsoft: "Microsoft", LastPass: "LastPass"}[a] + " Authenticator"
	case Authy:
		return "Authy"
	}
	return string(a)
}

// Effect is what becomes of a property of a key.
type Effect string

const (
	Changed Effect = "changed"   // the app makes codes with another value, and shows no error
	Partly  Effect = "partly"    // some versions of the app change or refuse it
	Refused Effect = "refused"   // the app does not take the key
	Unknown Effect = "not known" // no source says what the app does
)

// Loss is one property of a key that an app does not keep, or not for certain.
type Loss struct {
	Field   string `json:"field"` // type, algorithm, digits or period
	Effect  Effect `json:"effect"`
	Message string `json:"message"`          // a sentence
	Source  string `json:"source,omitempty"` // where this was observed or documented; empty where Effect is Unknown
}

// rule says what an app does with keys for which it applies.
type rule struct {
	app     App
	field   string
	applies func(otp.Key) bool
	effect  Effect
	says    string // after the name of the app and of the property
	source  string
}

// Observed by those who tested the apps; no vendor documents all of it. Where reports differ, the later one counts and the effect is Partly.
var rules = []rule{
	{Google, "type", isSteam, Refused, "makes digits, not Steam's letters", "https://github.com/google/google-authenticator/wiki/Key-Uri-Format"},
	{Google, "algorithm", notSHA1, Partly, "made codes with SHA1 before 2024, and does not say so", "https://github.com/keycloak/keycloak/issues/27349"},
	{Google, "digits", isEight, Partly, "showed six digits before 2024", "https://github.com/keycloak/keycloak/issues/27349"},
	{Google, "digits", notSixOrEight, Refused, "knows six and eight digits only", "https://github.com/google/google-authenticator/wiki/Key-Uri-Format"},
	{Google, "period", notThirty, Partly, "uses 30 s on Android and forgets the period when it exports", "https://github.com/google/google-authenticator/issues/521"},

	{Microsoft, "type", notTOTP, Refused, "takes TOTP keys only", "https://github.com/keycloak/keycloak/pull/27351"},
	{Microsoft, "algorithm", notSHA1, Changed, "makes codes with SHA1, and does not say so", "https://github.com/kspearrin/Otp.NET/issues/54"},
	{Microsoft, "digits", notSix, Changed, "shows six digits", "https://github.com/keycloak/keycloak/pull/27351"},
	{Microsoft, "period", notThirty, Changed, "uses 30 s", "https://github.com/RobThree/TwoFactorAuth.Net/issues/18"},

	{Authy, "type", notTOTP, Unknown, "", ""},
	{Authy, "algorithm", notSHA1, Changed, "makes codes with SHA1, and does not say so", "https://github.com/RobThree/TwoFactorAuth/issues/54"},
	{Authy, "digits", notSix, Unknown, "", ""},
	{Authy, "period", notThirty, Changed, "uses 30 s", "https://github.com/privacyidea/privacyidea/issues/1156"},

	{LastPass, "type", isSteam, Unknown, "", ""},
	{LastPass, "type", isHOTP, Refused, "called a counter-based key an invalid QR code", "https://github.com/gravitational/teleport/issues/680"},
	{LastPass, "algorithm", notSHA1, Partly, "has been seen to use SHA1 instead, in 2021; later tests found it right", "https://github.com/samdjstevens/java-totp/issues/30"},
	{LastPass, "digits", notSixOrEight, Unknown, "", ""},
	{LastPass, "period", notThirty, Unknown, "", ""},
}

func isSteam(k otp.Key) bool       { return k.Type == otp.Steam }
func isHOTP(k otp.Key) bool        { return k.Type == otp.HOTP }
func notTOTP(k otp.Key) bool       { return k.Type != otp.TOTP }
func notSHA1(k otp.Key) bool       { return k.Algorithm != otp.SHA1 }
func notSix(k otp.Key) bool        { return k.Type != otp.Steam && k.Digits != 6 }
func isEight(k otp.Key) bool       { return k.Digits == 8 }
func notSixOrEight(k otp.Key) bool { return k.Type != otp.Steam && k.Digits != 6 && k.Digits != 8 }
func notThirty(k otp.Key) bool     { return k.Type != otp.HOTP && k.Period != 30 }

// Check says what an app does not keep of a key that is scanned into it: nothing for TOTP with SHA1, six digits and 30 s. Every statement
// names its source; where there is none, the effect is Unknown. An app that is not in Apps is an error.
func Check(k otp.Key, app App) ([]Loss, error) {
	known := false
	var out []Loss
	for _, r := range rules {
		if r.app != app {
			continue
		}
		known = true
		if !r.applies(k) {
			continue
		}
		message := fmt.Sprintf("%s %s", app.Name(), r.says)
		if r.effect == Unknown {
			message = fmt.Sprintf("what %s does with %s is not known", app.Name(), property(k, r.field))
		}
		out = append(out, Loss{r.field, r.effect, message, r.source})
	}
	if !known {
		return nil, fmt.Errorf("check key: unknown app %.20q (google, microsoft, authy or lastpass)", string(app))
	}
	return out, nil
}

// property is a field of a key in words.
func property(k otp.Key, field string) string {
	switch field {
	case "type":
		return k.Type.String() + " keys"
	case "digits":
		return fmt.Sprintf("%d digits", k.Digits)
	}
	return fmt.Sprintf("a period of %d s", k.Period)
}
