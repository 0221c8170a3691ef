package transfer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

// accounts are the entries that most of the sample files hold, after their README.
var accounts = map[string]otp.Key{
	"Deno":       account("otpauth://totp/Deno:Mason?secret=4SJHB4GSD43FZBAI7C2HLRJGPQ&issuer=Deno"),
	"SPDX":       account("otpauth://totp/SPDX:James?secret=5OM4WOOGPLQEF6UGN3CPEOOLWU&issuer=SPDX&algorithm=SHA256&digits=7&period=20"),
	"Airbnb":     account("otpauth://totp/Airbnb:Elijah?secret=7ELGJSGXNCCTV3O6LKJWYFV2RA&issuer=Airbnb&algorithm=SHA512&digits=8&period=50"),
	"Issuu":      account("otpauth://hotp/Issuu:James?secret=YOOMIXWS5GN6RTBPUFFWKTW5M4&issuer=Issuu&counter=1"),
	"Air Canada": account("otpauth://hotp/Air%20Canada:Benjamin?secret=KUVJJOM753IHTNDSZVCNKL7GII&issuer=Air%20Canada&algorithm=SHA256&digits=7&counter=50"),
	"WWE":        account("otpauth://hotp/WWE:Mason?secret=5VAML3X35THCEBVRLV24CGBKOY&issuer=WWE&algorithm=SHA512&digits=8&counter=10300"),
	"Boeing":     account("otpauth://steam/Boeing:Sophia?secret=JRZCL47CMXVOQMNPZR2F7J4RGI&issuer=Boeing"),
	"Battle.net": account("otpauth://totp/Battle.net:US-2211-2050-3346?secret=BMGRXPGFARQQF4GMT25JATL2VYLAHDBI&issuer=Battle.net&digits=8"),
}

func account(uri string) otp.Key {
	k, _, err := otp.ParseURI(uri)
	if err != nil {
		panic(err)
	}
	return k
}

const (
	seven = "Deno,SPDX,Airbnb,Issuu,Air Canada,WWE,Boeing"
	six   = "Deno,SPDX,Airbnb,Issuu,Air Canada,WWE"
	three = "Deno,SPDX,Airbnb"
)

// What formats do not keep, see the README of the samples.
func onlyTOTP(k *otp.Key) {
	if k.Type == otp.HOTP {
		k.Type, k.Counter, k.Period = otp.TOTP, 0, 30
	}
}
func onlySecret(k *otp.Key) {
	onlyTOTP(k)
	plain(k)
	k.Type = otp.TOTP
}
func plain(k *otp.Key) {
	k.Algorithm, k.Digits = otp.SHA1, 6
	if k.Type != otp.HOTP {
		k.Period = 30
	}
}
func onlyDigits(k *otp.Key) { k.Algorithm, k.Period = otp.SHA1, 30 }
func lowerSHA1(k *otp.Key)  { k.Algorithm, k.Account = otp.SHA1, strings.ToLower(k.Account) }
func steam(k *otp.Key)      { k.Issuer = "Steam" }
func duo(k *otp.Key) {
	k.Issuer = ""
	if k.Type == otp.HOTP {
		k.Counter = 3
	}
}
func titled(title string) func(*otp.Key) {
	return func(k *otp.Key) {
		if k.Type == otp.Steam {
			k.Issuer, k.Account = title, ""
		}
	}
}

var backups = []struct {
	file     string
	format   transfer.Format
	version  string
	password string
	accounts string
	change   func(*otp.Key)
}{
	{"2fas_authenticator.json", transfer.TwoFAS, "1", "", six, onlySecret},
	{"2fas_authenticator_encrypted.2fas", transfer.TwoFAS, "2", "test", "Deno,Airbnb,Issuu,WWE", onlyTOTP},
	{"2fas_authenticator_encrypted_v3.2fas", transfer.TwoFAS, "3", "test", six, nil},
	{"2fas_authenticator_encrypted_v4.2fas", transfer.TwoFAS, "4", "test", "Deno,Issuu,Air Canada,WWE,Boeing", nil},
	{"2fas_authenticator_plain.2fas", transfer.TwoFAS, "2", "", "Deno,Airbnb,Issuu,WWE", onlyTOTP},
	{"2fas_authenticator_plain_v3.2fas", transfer.TwoFAS, "3", "", six, nil},
	{"2fas_authenticator_plain_v4.2fas", transfer.TwoFAS, "4", "", "Deno,Issuu,Air Canada,WWE,Boeing", nil},
	{"aegis_encrypted.json", transfer.Aegis, "1", "test", seven, nil},
	{"aegis_plain.json", transfer.Aegis, "1", "", seven, nil},
	{"andotp_encrypted.bin", transfer.AndOTP, "", "test", seven, nil},
	{"andotp_encrypted_old.bin", transfer.AndOTP, "", "test", six, nil},
	{"andotp_plain.json", transfer.AndOTP, "", "", seven, nil},
	{"authenticator_plus.zip", transfer.OTPAuth, "", "testtesttest", seven, nil},
	{"authy_encrypted.xml", transfer.Authy, "", "testtest", three, onlyDigits},
	{"authy_plain.xml", transfer.Authy, "", "", three, onlyDigits},
	{"battle_net_authenticator.xml", transfer.BattleNet, "", "", "Battle.net", nil},
	{"bitwarden.csv", transfer.BitwardenCSV, "", "", three + ",Boeing", titled("Test 4")},
	{"bitwarden.json", transfer.Bitwarden, "", "", three + ",Boeing", titled("Test Steam")},
	{"duo.json", transfer.Duo, "", "", "Deno,Issuu", duo},
	{"ente_auth.txt", transfer.Ente, "", "", "Air Canada,Airbnb,Boeing,Deno,Issuu,SPDX,WWE", nil},
	{"freeotp.xml", transfer.FreeOTPSettings, "", "", "WWE,Airbnb,Deno,Issuu", nil},
	{"freeotp_plus.json", transfer.FreeOTPPlus, "", "", "WWE,Air Canada,Issuu,Airbnb,SPDX,Deno", nil},
	{"freeotp_plus_internal.xml", transfer.FreeOTPSettings, "", "", "WWE,Airbnb,Air Canada,SPDX,Deno,Issuu", nil},
	{"freeotp_v2_api23.xml", transfer.FreeOTP, "", "test", "Issuu,Deno,Air Canada,SPDX,WWE,Airbnb", nil},
	{"freeotp_v2_api25.xml", transfer.FreeOTP, "", "test", "Air Canada,Airbnb,WWE,SPDX,Deno,Issuu", nil},
	{"freeotp_v2_api27.xml", transfer.FreeOTP, "", "test", "Air Canada,Deno,Airbnb,Issuu,WWE,SPDX", nil},
	{"freeotp_v2_api34.xml", transfer.FreeOTP, "", "test", "SPDX,Issuu,Airbnb,WWE,Air Canada,Deno", nil},
	{"freeotp_v2_null_algo.xml", transfer.FreeOTP, "", "test", "Deno", nil},
	{"google_authenticator.sqlite", transfer.GoogleDatabase, "", "", six, plain},
	{"microsoft_authenticator.sqlite", transfer.MicrosoftDatabase, "", "", seven, onlySecret},
	{"plain.txt", transfer.OTPAuth, "", "", seven, nil},
	{"proton_authenticator.json", transfer.Proton, "1", "", three, nil},
	{"steam.json", transfer.SteamApp, "", "", "Boeing", steam},
	{"steam_old.json", transfer.SteamApp, "", "", "Boeing", steam},
	{"stratum_encrypted.bin", transfer.Stratum, "", "test", seven, nil},
	{"stratum_encrypted_legacy.bin", transfer.Stratum, "legacy", "test", seven, nil},
	{"stratum_internal.db", transfer.StratumDatabase, "", "", seven, nil},
	{"stratum_plain.json", transfer.Stratum, "", "", seven, nil},
	{"totp_authenticator.bin", transfer.TOTPAuthenticator, "", "Testtest1", three, lowerSHA1},
	{"totp_authenticator_internal.xml", transfer.TOTPAuthenticator, "", "", three, lowerSHA1},
}

func TestBackupSamples(t *testing.T) {
	for _, b := range backups {
		t.Run(b.file, func(t *testing.T) {
			data := sample(t, filepath.Join("backups", b.file))
			asked := 0
			f, err := transfer.Read(t.Context(), data, transfer.ReadOptions{
				Password: func(_ context.Context, format transfer.Format) (string, error) { asked++; return b.password, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			if f.Format != b.format || f.Version != b.version || f.Encrypted != (b.password != "") || len(f.Skipped) > 0 {
				t.Errorf("read as %s version %q, encrypted %v, skipped %v", f.Format, f.Version, f.Encrypted, f.Skipped)
			}
			if asked > 1 || asked == 1 != f.Encrypted {
				t.Errorf("asked for the password %d times", asked)
			}
			var want []otp.Key
			for _, name := range strings.Split(b.accounts, ",") {
				k := accounts[name]
				if b.change != nil {
					b.change(&k)
				}
				want = append(want, k)
			}
			if diff := cmp.Diff(want, keysOf(f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every file of the folder must be in the table above.
func TestEveryBackupSampleIsExpected(t *testing.T) {
	sample(t, "backups/plain.txt")
	dir := os.Getenv("AUTHCTL_SAMPLES")
	if dir == "" {
		dir = "../../../shared/samples"
	}
	files, err := os.ReadDir(filepath.Join(dir, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, b := range backups {
		known[b.file] = true
	}
	for _, file := range files {
		if !known[file.Name()] {
			t.Errorf("%s: nothing is expected of it", file.Name())
		}
	}
}
