package transfer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

// checkRead is what holds for any file: reading it does not panic and takes no
// more memory than a few times its size and a fixed amount; an error comes without
// entries; and the keys that were read are valid and, written as a list of otpauth
// URIs, read back the same.
func checkRead(t *testing.T, data []byte) {
	before := allocated()
	f, err := transfer.Read(context.Background(), data, transfer.ReadOptions{
		Password: say(password), MaxSize: 1 << 20, MaxMemory: 1 << 20, MaxRounds: 10_000,
	})
	if spent := allocated() - before; spent > 128<<20+400*uint64(len(data)) {
		t.Errorf("%d bytes took %d MiB", len(data), spent>>20)
	}
	if err != nil {
		if len(f.Entries)+len(f.Skipped) > 0 {
			t.Errorf("entries beside the error %v", err)
		}
		return
	}
	out, err := transfer.Write(transfer.OTPAuth, f.Entries, transfer.WriteOptions{})
	if err != nil {
		t.Fatalf("a key that was read is invalid: %v", err)
	}
	if len(f.Entries) == 0 {
		return
	}
	again, err := transfer.Read(context.Background(), out.Data, transfer.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keysOf(f), keysOf(again)); diff != "" {
		t.Error(diff)
	}
}

// fuzz seeds a target with the fixtures and the genuine samples of some formats.
func fuzz(f *testing.F, formats ...transfer.Format) {
	wanted := map[transfer.Format]bool{}
	for _, format := range formats {
		wanted[format] = true
	}
	for _, x := range fixtures {
		if !wanted[x.format] {
			continue
		}
		f.Add([]byte(x.data))
		if x.sealed != nil {
			f.Add([]byte(x.sealed(x.data)))
		}
	}
	dir := os.Getenv("AUTHCTL_SAMPLES")
	if dir == "" {
		dir = "../../../shared/samples"
	}
	for _, b := range backups {
		if data, err := os.ReadFile(filepath.Join(dir, "backups", b.file)); err == nil && wanted[b.format] {
			f.Add(data)
		}
	}
	f.Fuzz(checkRead)
}

func FuzzOTPAuth(f *testing.F)     { fuzz(f, transfer.OTPAuth) }
func FuzzAegis(f *testing.F)       { fuzz(f, transfer.Aegis) }
func FuzzTwoFAS(f *testing.F)      { fuzz(f, transfer.TwoFAS) }
func FuzzAndOTP(f *testing.F)      { fuzz(f, transfer.AndOTP) }
func FuzzFreeOTPPlus(f *testing.F) { fuzz(f, transfer.FreeOTPPlus) }
func FuzzFreeOTP(f *testing.F)     { fuzz(f, transfer.FreeOTP) }
func FuzzBitwarden(f *testing.F)   { fuzz(f, transfer.Bitwarden) }
func FuzzEnte(f *testing.F)        { fuzz(f, transfer.Ente) }
func FuzzProton(f *testing.F)      { fuzz(f, transfer.Proton, transfer.ProtonPass) }
func FuzzStratum(f *testing.F)     { fuzz(f, transfer.Stratum) }
func FuzzRaivo(f *testing.F)       { fuzz(f, transfer.Raivo) }
func FuzzOnePassword(f *testing.F) { fuzz(f, transfer.OnePassword) }
func FuzzLastPass(f *testing.F)    { fuzz(f, transfer.LastPass) }
func FuzzTwoFAuth(f *testing.F)    { fuzz(f, transfer.TwoFAuth) }
func FuzzRSC2FA(f *testing.F)      { fuzz(f, transfer.RSC2FA) }
func FuzzTOTPCLI(f *testing.F)     { fuzz(f, transfer.TOTPCLI) }
func FuzzDuo(f *testing.F)         { fuzz(f, transfer.Duo) }
func FuzzSteamApp(f *testing.F)    { fuzz(f, transfer.SteamApp) }
func FuzzEnpass(f *testing.F)      { fuzz(f, transfer.Enpass) }
func FuzzKeeper(f *testing.F)      { fuzz(f, transfer.Keeper) }
func FuzzExtension(f *testing.F)   { fuzz(f, transfer.Extension) }
func FuzzKeePass(f *testing.F)     { fuzz(f, transfer.KeePassXML, transfer.KeePass) }
func FuzzHTML(f *testing.F)        { fuzz(f, transfer.HTML) }
func FuzzEmbedded(f *testing.F)    { fuzz(f, transfer.Embedded) }
func FuzzSettings(f *testing.F) {
	fuzz(f, transfer.FreeOTPSettings, transfer.Authy, transfer.BattleNet, transfer.TOTPAuthenticator)
}
func FuzzCSV(f *testing.F) {
	fuzz(f, transfer.BitwardenCSV, transfer.KeePassXC, transfer.OnePasswordCSV, transfer.AppleCSV, transfer.CSV)
}
func FuzzDatabase(f *testing.F) {
	f.Add([]byte(loopedDatabase()))
	fuzz(f, transfer.GoogleDatabase, transfer.MicrosoftDatabase, transfer.StratumDatabase)
}

// FuzzMigration fuzzes the message inside the URI, which mutations of base64
// rarely reach.
func FuzzMigration(f *testing.F) {
	f.Add([]byte("\x0a\x14\x0a\x0aHello!\xde\xad\xbe\xef\x12\x03bob\x28\x01\x10\x01\x18\x02"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		checkRead(t, []byte("otpauth-migration://offline?data="+b64(payload)))
	})
}

// FuzzKDBXContent fuzzes what the blocks of a KeePass database hold, which their
// HMACs shut to mutations.
func FuzzKDBXContent(f *testing.F) {
	for _, x := range fixtures {
		if x.format == transfer.KeePass {
			f.Add(kdbxContent(x.data))
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) { checkRead(t, []byte(sealKDBXContent(content))) })
}
