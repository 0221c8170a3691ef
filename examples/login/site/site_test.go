package site

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
)

// browser is a person with a browser, on a service whose clock stands still.
type browser struct {
	*testing.T
	server *httptest.Server
	client *http.Client
}

func newBrowser(t *testing.T, server *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *server.Client() // knows the certificate: the session's cookie is for TLS only
	client.Jar = jar
	return &browser{t, server, &client}
}

// post sends a form and returns the status and the page.
func (b *browser) post(path string, form ...string) (int, string) {
	b.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return b.read(b.client.PostForm(b.server.URL+path, values))
}

func (b *browser) read(r *http.Response, err error) (int, string) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	return r.StatusCode, html.UnescapeString(string(text))
}

func (b *browser) want(text string, status int, page string) {
	b.Helper()
	if !strings.Contains(page, text) {
		b.Fatalf("status %d, page lacks %q:\n%s", status, text, page)
	}
}

func (b *browser) password() (int, string) {
	return b.post("/password", "user", "alice", "password", "correct horse")
}

func TestLogin(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	server := newTestServer(t, clock)
	b := newBrowser(t, server)

	status, page := b.post("/password", "user", "alice", "password", "wrong")
	b.want("User or password is wrong", status, page)
	status, page = b.password()
	b.want("Two-factor login is off", status, page)

	status, page = b.post("/enrol")
	b.want("data:image/png;base64,", status, page)
	codes := generator(t, regexp.MustCompile(`<code>([A-Z2-7]+)</code>`).FindStringSubmatch(page)[1])
	code := func() string { return codes.Code(now.Unix() / 30) }
	status, page = b.post("/confirm", "code", code())
	b.want("Keep these recovery codes", status, page)
	recovery := regexp.MustCompile(`<code>(.{4}-.{4})</code>`).FindAllStringSubmatch(page, -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes are shown, want 10", len(recovery))
	}
	status, page = b.post("/kept")
	b.want("complete", status, page)

	other := newBrowser(t, server) // another device
	status, page = other.password()
	other.want("Enter a code", status, page)
	status, page = other.post("/enrol")
	other.want("Enter a code", status, page) // not before the second factor
	status, page = other.post("/code", "code", code())
	other.want("was not accepted", status, page) // the confirming code is used up
	now = now.Add(30 * time.Second)
	status, page = other.post("/code", "code", code())
	other.want("Hello, alice", status, page)

	thief := newBrowser(t, server) // saw the code over the shoulder
	thief.password()
	for range 5 {
		status, page = thief.post("/code", "code", code())
		thief.want("was not accepted", status, page)
	}
	now = now.Add(30 * time.Second)
	status, page = thief.post("/code", "code", code())
	thief.want("Too many wrong codes. Try again in 15 minutes", status, page)

	third := newBrowser(t, server) // the holder is not kept out by that
	third.password()
	status, page = third.post("/code", "code", recovery[0][1])
	third.want("9 recovery codes are left", status, page)
	testLink(t, third)
}

// testLink makes a link, lets scanners look at it, and uses it.
func testLink(t *testing.T, b *browser) {
	status, page := b.post("/makelink", "password", "wrong")
	b.want("The password is wrong", status, page)
	status, page = b.post("/makelink", "password", "correct horse")
	token := regexp.MustCompile(`token=([\w-]+)`).FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("status %d, no link on the page:\n%s", status, page)
	}
	fresh := newBrowser(t, b.server)
	for range 10 {
		status, page = fresh.read(fresh.client.Get(b.server.URL + "/link?token=" + token[1]))
		fresh.want("Sign in with a link", status, page)
		fresh.read(fresh.client.Head(b.server.URL + "/link?token=" + token[1]))
	}
	form := []string{"token", token[1], "user", "alice", "password", "correct horse"}
	status, page = fresh.post("/link", "token", token[1], "user", "alice", "password", "wrong")
	fresh.want("User or password is wrong", status, page)
	status, page = fresh.post("/link", form...)
	fresh.want("Hello, alice", status, page)
	status, page = newBrowser(t, b.server).post("/link", form...)
	fresh.want("was not accepted", status, page)
}

func TestOtherSitesFormIsRefused(t *testing.T) {
	server := newTestServer(t, time.Now)
	r, err := http.NewRequest("POST", server.URL+"/password", strings.NewReader("user=alice"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want 403", resp.StatusCode)
	}
}

func newTestServer(t *testing.T, clock func() time.Time) *httptest.Server {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "login.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	master, err := masterKey(filepath.Join(t.TempDir(), "login.key"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(store, ring, verifier.Config{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(New(v, Config{Master: master, Now: clock}))
	t.Cleanup(server.Close)
	return server
}

func generator(t *testing.T, secret string) *otp.Generator {
	t.Helper()
	s, _, err := otp.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	g, err := otp.Prepare(otp.Key{Type: otp.TOTP, Account: "alice", Secret: s, Algorithm: otp.SHA1, Digits: 6, Period: 30})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
