package transfer

// Battle.net's settings (com.blizzard.messenger.authenticator_preferences.xml, from
// a phone with root access): one key, TOTP with 8 digits. Secret and serial are
// hexadecimal text under a fixed mask, which hides them from nobody.

import (
	"context"
	"encoding/hex"
	"fmt"
)

const (
	battleNetSecret = "com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET"
	battleNetSerial = "com.blizzard.messenger.AUTHENTICATOR_SERIAL"
	battleNetMask   = "398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773f"
)

func isBattleNet(in *input) bool { return in.setting(battleNetSecret) != "" }

func readBattleNet(_ context.Context, in *input, f *File) error {
	secret, err := unmask(in.setting(battleNetSecret))
	if err != nil {
		return err
	}
	serial, err := unmask(in.setting(battleNetSerial))
	if err != nil {
		return err
	}
	raw, err := hex.DecodeString(secret)
	if err != nil {
		return fmt.Errorf("%w: its secret is not under the mask that is known", ErrDamaged)
	}
	f.take(1, params{issuer: "Battle.net", account: serial, raw: raw, digits: "8"}, Entry{})
	return nil
}

func unmask(s string) (string, error) {
	mask, _ := hex.DecodeString(battleNetMask)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) > len(mask) {
		return "", fmt.Errorf("%w: its secret or serial has %d characters that are not what the app writes", ErrDamaged, len(s))
	}
	for i := range b {
		b[i] ^= mask[i]
	}
	return string(b), nil
}
