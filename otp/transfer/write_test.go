package transfer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// key draws a valid key, with names that try the formats.
func key() *rapid.Generator[otp.Key] {
	return rapid.Custom(func(t *rapid.T) otp.Key {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Acme", "a:b", "A: b", ":x", "100%", "a&b=c#d?e", `"q"\`, "1+1", "none", "Steam", "née"}))
		k := otp.Key{
			Type:      rapid.SampledFrom([]otp.Type{otp.TOTP, otp.HOTP, otp.Steam}).Draw(t, "type"),
			Issuer:    otp.CleanText(name.Draw(t, "issuer")),
			Account:   otp.CleanText(name.Draw(t, "account")),
			Algorithm: rapid.SampledFrom([]otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512}).Draw(t, "algorithm"),
			Digits:    rapid.IntRange(6, otp.MaxDigits).Draw(t, "digits"),
			Period:    rapid.SampledFrom([]int{30, 30, 1, 60, otp.MaxPeriod}).Draw(t, "period"),
			T0:        rapid.SampledFrom([]int64{0, 0, 0, 5, -5}).Draw(t, "t0"),
		}
		switch k.Type {
		case otp.HOTP:
			k.Period, k.T0, k.Counter = 0, 0, rapid.Int64Min(0).Draw(t, "counter")
		case otp.Steam:
			k.Algorithm, k.Digits = otp.SHA1, 5
		}
		k.Secret, _ = otp.NewSecret(rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(t, "secret"))
		return k
	})
}

// What Write does not call a loss comes back from Read as it was.
func TestWriteThenRead(t *testing.T) {
	for _, format := range transfer.Writable() {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				tag := rapid.SampledFrom([]string{"Work", "a/b", "\"é\""})
				var list []transfer.Entry
				for _, k := range rapid.SliceOfN(key(), 1, 25).Draw(t, "keys") {
					list = append(list, transfer.Entry{
						Key: k, Note: rapid.SampledFrom([]string{"", "two\nlines & more"}).Draw(t, "note"),
						Tags:     rapid.SliceOfNDistinct(tag, 0, 2, rapid.ID).Draw(t, "tags"),
						Favorite: rapid.Bool().Draw(t, "favorite"), Trashed: rapid.Bool().Draw(t, "trashed"),
					})
				}
				out, err := transfer.Write(format, list, transfer.WriteOptions{})
				if err != nil {
					t.Fatal(err)
				}
				var want []transfer.Entry
				for i, e := range list {
					left := false
					for _, l := range out.Losses {
						if l.Index == i {
							left = left || l.LeftOut
							forget(&e, l.Field, format)
						}
					}
					if format == transfer.Bitwarden {
						e.Note = "" // it is written, but notes of password managers are not read
					}
					if !left {
						want = append(want, e)
					}
				}
				var f transfer.File
				if len(want) > 0 {
					f, err = transfer.Read(t.Context(), out.Data, transfer.ReadOptions{})
				}
				if err != nil || len(f.Skipped) > 0 || len(f.Warnings) > 0 || len(want) > 0 && f.Format != format {
					t.Fatalf("error %v, read as %s, skipped %v, warnings %v", err, f.Format, f.Skipped, f.Warnings)
				}
				ignore := cmpopts.IgnoreFields(transfer.Entry{}, "Source", "Warnings")
				if diff := cmp.Diff(want, f.Entries, ignore, cmpopts.EquateEmpty()); diff != "" {
					t.Fatal(diff)
				}
			})
		})
	}
}

// forget takes from e what Write said that it loses.
func forget(e *transfer.Entry, field string, format transfer.Format) {
	switch field {
	case "note":
		e.Note = ""
	case "tags":
		kept := map[transfer.Format]int{transfer.TwoFAS: 1, transfer.Bitwarden: 1}[format]
		e.Tags = e.Tags[:kept]
	case "favorite":
		e.Favorite = false
	case "trashed":
		e.Trashed = false
	}
}

func TestWriteEncryptedAegis(t *testing.T) {
	list := []transfer.Entry{{Key: totp, Tags: []string{"Work"}, Note: "spare"}, {Key: hotp}}
	out := write(t, transfer.Aegis, list, transfer.WriteOptions{Password: password})
	if strings.Contains(string(out.Data), "Acme") {
		t.Error("the file is readable")
	}
	f, err := transfer.Read(t.Context(), out.Data, transfer.ReadOptions{Password: say(password)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, f.Entries, cmpopts.IgnoreFields(transfer.Entry{}, "Source", "Warnings")); diff != "" {
		t.Error(diff)
	}
	again := write(t, transfer.Aegis, list, transfer.WriteOptions{Password: password})
	if string(out.Data) == string(again.Data) {
		t.Error("two files under one password are the same: nonces repeat")
	}
	if _, err := transfer.Read(t.Context(), out.Data, transfer.ReadOptions{Password: say("wrong")}); !errors.Is(err, transfer.ErrWrongPassword) {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestWriteRefusals(t *testing.T) {
	list := []transfer.Entry{{Key: totp}}
	if _, err := transfer.Write(transfer.Raivo, list, transfer.WriteOptions{}); !errors.Is(err, transfer.ErrNotWritable) {
		t.Errorf("a format that is only read: %v", err)
	}
	if _, err := transfer.Write(transfer.OTPAuth, list, transfer.WriteOptions{Password: "x"}); !errors.Is(err, otp.ErrUnsupported) {
		t.Errorf("a password for a format without encryption: %v", err)
	}
	if _, err := transfer.Write(transfer.OTPAuth, []transfer.Entry{{}}, transfer.WriteOptions{}); err == nil {
		t.Error("an entry without key is written")
	}
}

// 2FAS on iOS reads no file in which a service has no icon, knows four periods and takes any other for 30 seconds; on Android it
// reads no file with a counter of more than 31 bits. Both keep one account of each secret.
func TestWriteWhat2FASReads(t *testing.T) {
	out := write(t, transfer.TwoFAS, []transfer.Entry{
		{Key: totp}, {Key: account("otpauth://totp/x?period=20&secret=" + secretA)}, {Key: account("otpauth://totp/x?period=90&secret=" + secretB)},
		{Key: account("otpauth://hotp/x?counter=2147483648&secret=" + secretB)}, {Key: account("otpauth://totp/x?secret=AA")},
		{Key: named(totp, "Acme", "eve")},
	}, transfer.WriteOptions{})
	var losses []string
	for _, l := range out.Losses {
		losses = append(losses, fmt.Sprintf("%d %s %v", l.Index, l.Field, l.LeftOut))
	}
	if diff := cmp.Diff([]string{"1 period true", "3 counter true", "4 secret true", "5 secret false"}, losses); diff != "" {
		t.Error(diff)
	}
	var file struct {
		Services []struct {
			Icon struct {
				Selected       string
				IconCollection struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(out.Data, &file); err != nil || len(file.Services) != 3 {
		t.Fatalf("%d services, error %v", len(file.Services), err)
	}
	for _, s := range file.Services {
		if s.Icon.Selected == "" || s.Icon.IconCollection.ID == "" {
			t.Errorf("icon %+v", s.Icon)
		}
	}
}

// Formats that have a time of export take it from Now.
func TestWriteTakesTheTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	out := write(t, transfer.TwoFAS, []transfer.Entry{{Key: totp}}, transfer.WriteOptions{Now: func() time.Time { return at }})
	var file struct{ UpdatedAt int64 }
	if err := json.Unmarshal(out.Data, &file); err != nil || file.UpdatedAt != at.UnixMilli() {
		t.Errorf("updatedAt is %d (%v)", file.UpdatedAt, err)
	}
}
