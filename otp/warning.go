package otp

import "fmt"

// A Warning tells of a lenient reading: the input was accepted, but it is not as
// the standard has it, and something may have been meant differently. It never
// holds a secret.
type Warning struct {
	Code    WarningCode `json:"code"`
	Message string      `json:"message"`
}

// WarningCode is a stable name that programs can branch on.
type WarningCode string

const (
	SecretLengthSuspect WarningCode = "secret.length_suspect" // a length that base32 does not produce
	SecretTrailingBits  WarningCode = "secret.trailing_bits"  // unused bits that are not zero
	SecretSpelling      WarningCode = "secret.spelling"       // lower case, spaces, hyphens or padding
	SecretShort         WarningCode = "secret.short"          // under 128 bits, RFC 4226 R6
	DigitsUnusual       WarningCode = "digits.unusual"        // outside 6 to 8, or not 5 for Steam
	PeriodUnusual       WarningCode = "period.unusual"        // over 120 seconds
	T0Unusual           WarningCode = "t0.unusual"            // a T0 other than 0, which no other app reads
	CounterMissing      WarningCode = "counter.missing"       // HOTP without a counter: 0 is taken
	AlgorithmSpelling   WarningCode = "algorithm.spelling"    // understood, but not the standard's spelling
	IssuerMismatch      WarningCode = "issuer.mismatch"       // label and parameter name different issuers
	TypeSteam           WarningCode = "type.steam"            // written as TOTP, read as Steam Guard
	LabelEmpty          WarningCode = "label.empty"           // no account and no issuer
	LabelReversed       WarningCode = "label.reversed"        // the issuer looks like an account
	LabelColon          WarningCode = "label.colon"           // issuer and account are parted by an encoded colon
	LabelPlus           WarningCode = "label.plus"            // a + that may have been meant as a space
	TextRaw             WarningCode = "text.raw"              // characters that should have been percent-encoded
	TextCase            WarningCode = "text.case"             // scheme, type or parameters not in lower case
	TextCleaned         WarningCode = "text.cleaned"          // control characters or invalid UTF-8 removed
	ParamIgnored        WarningCode = "param.ignored"         // a parameter that has no meaning here
	ParamEmpty          WarningCode = "param.empty"           // a parameter without a value: the default is taken
)

func (w Warning) String() string { return string(w.Code) + ": " + w.Message }

func warn(code WarningCode, format string, args ...any) Warning {
	return Warning{code, fmt.Sprintf(format, args...)}
}
