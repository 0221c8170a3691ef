package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/authctl/authctl/otp/vault"
)

// needTool skips, or fails where AUTHCTL_REQUIRE asks for everything.
func needTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		skip(t, name+" is not installed")
	}
	return path
}

func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("AUTHCTL_REQUIRE") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func TestWrongPassphraseIsNotDamage(t *testing.T) {
	v := create(t)
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, ids := range map[string][]age.Identity{
		"wrong passphrase": {byPassphrase(t, "wrong")}, "another identity": {stranger}, "no identity": nil,
	} {
		if _, err := vault.Open(context.Background(), v.Path(), options, ids...); !errors.Is(err, vault.ErrIdentity) || errors.Is(err, vault.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := vault.Passphrase(vault.Keys{}.Passphrase); !errors.Is(err, vault.ErrIdentity) {
		t.Errorf("an empty passphrase: %v", err)
	}
}

// Whatever byte is wrong, the file is called damaged, and never the passphrase
// wrong.
func TestDamageIsNotAWrongPassphrase(t *testing.T) {
	v := create(t)
	add(t, v, full(t))
	file, err := os.ReadFile(v.Path())
	if err != nil {
		t.Fatal(err)
	}
	stride := max(1, len(file)/100) // each costs a key derivation
	header := bytes.Index(file, []byte("\n--- "))
	for i := 0; i < len(file); i += stride {
		if i > header+80 {
			stride = 1 + len(file)/10
		}
		damaged := bytes.Clone(file)
		damaged[i] ^= 1
		checkDamaged(t, damaged, "byte flipped", i)
	}
	for _, n := range []int{0, 1, 21, 22, header, header + 40, len(file) - 17, len(file) - 1} {
		checkDamaged(t, file[:n], "cut to", n)
	}
	checkDamaged(t, append(bytes.Clone(file), 0), "byte added", len(file))
	checkDamaged(t, []byte("otpauth://totp/a?secret="+theSecret), "not a vault", 0)
}

func checkDamaged(t *testing.T, file []byte, how string, at int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(context.Background(), path, options, byPassphrase(t, passphrase))
	if !errors.Is(err, vault.ErrDamaged) || errors.Is(err, vault.ErrIdentity) {
		t.Errorf("%s (%d): %v", how, at, err)
	}
	if err != nil && strings.Contains(err.Error(), theSecret[:4]) {
		t.Errorf("%s (%d): the error quotes the file: %v", how, at, err)
	}
}

func TestStrangersAgeFileIsNoVault(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkDamaged(t, b.Bytes(), "an age file of somebody else", 0)
}

func TestRecipientsOpenTheVault(t *testing.T) {
	friend, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := quick(t, passphrase)
	k.Recipients = []vault.Recipient{{Text: friend.Recipient().String(), Recipient: friend.Recipient()}}
	v, err := vault.Create(context.Background(), filepath.Join(t.TempDir(), "v"), k, options)
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]age.Identity{"friend": friend, "passphrase": byPassphrase(t, passphrase)} {
		w := open(t, v.Path(), id)
		add(t, w, vault.Account{Key: hotp(t, name, 0)})
		if got := w.Recipients(); len(got) != 1 || got[0] != friend.Recipient().String() {
			t.Errorf("Recipients = %v", got)
		}
	}
	if n := len(open(t, v.Path(), friend).Accounts()); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
	if err := v.Rekey(context.Background(), quick(t, passphrase)); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(context.Background(), v.Path(), options, friend); !errors.Is(err, vault.ErrIdentity) {
		t.Errorf("a recipient that was taken away: %v", err)
	}
	if _, err := vault.Create(context.Background(), filepath.Join(t.TempDir(), "v"), vault.Keys{}, options); err == nil {
		t.Error("a vault that nobody could open was made")
	}
}

// The recipe of doc/vault.md: a vault opens with nothing but awk, base64 and age.
func TestAgeToolOpensTheVault(t *testing.T) {
	needTool(t, "age")
	keygen := needTool(t, "age-keygen")
	dir := t.TempDir()
	friendFile := filepath.Join(dir, "friend.txt")
	if out, err := exec.Command(keygen, "-o", friendFile).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.Open(friendFile)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	ids, err := age.ParseIdentities(text)
	if err != nil {
		t.Fatal(err)
	}
	friend := ids[0].(*age.X25519Identity).Recipient()
	k := quick(t, passphrase)
	k.Recipients = []vault.Recipient{{Text: friend.String(), Recipient: friend}}
	v, err := vault.Create(context.Background(), filepath.Join(dir, "vault.age"), k, options)
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, full(t))

	recipe := exec.Command("sh", "-e")
	recipe.Dir = dir
	recipe.Stdin = strings.NewReader(`
		LC_ALL=C awk '/^---/ {exit} /^->/ {on = /authctl\/identity recipients/; next} on' vault.age | base64 -d > identity.age
		age -d -i friend.txt identity.age > identity.txt
		age -d -i identity.txt vault.age
	`)
	plain, err := recipe.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, plain)
	}
	for _, want := range []string{`"schema":1`, "otpauth://hotp/Bank:ann?secret=" + theSecret, "ABCD-1234"} {
		if !bytes.Contains(plain, []byte(want)) {
			t.Errorf("age shows no %s", want)
		}
	}
	// What the passphrase opens is the same: an age identity file under scrypt.
	header, err := os.ReadFile(v.Path())
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(header, []byte("authctl/identity passphrase "))
	if !ok {
		t.Fatal("no stanza for the passphrase")
	}
	_, body, _ := bytes.Cut(rest, []byte("\n"))
	body, _, _ = bytes.Cut(body, []byte("\n->"))
	wrapped, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(body), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(wrapped, []byte("age-encryption.org/v1\n-> scrypt ")) {
		t.Errorf("the passphrase's stanza is no scrypt file of age: %.40q", wrapped)
	}
}
