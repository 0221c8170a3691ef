package send_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier/send"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// mailServer is an SMTP server on loopback that keeps what it is sent.
type mailServer struct {
	mu      sync.Mutex
	letters []string
	rcpt    []string
	user    string
}

func (s *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{s}, nil }

type mailSession struct{ *mailServer }

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "right-horse" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.rcpt = append(s.rcpt, to)
	return nil
}
func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, string(b))
	return err
}

// startMail serves SMTP, with STARTTLS and authentication unless it is plain.
func startMail(t *testing.T, plain bool) (*mailServer, send.SMTP) {
	t.Helper()
	backend := &mailServer{}
	server := smtp.NewServer(backend)
	server.Domain, server.AllowInsecureAuth = "localhost", false
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sender := send.SMTP{
		Host: "localhost", Port: l.Addr().(*net.TCPAddr).Port, Plain: plain,
		From: "login@service.example", Service: "Service", Link: "https://service.example/confirm?token=",
	}
	if !plain {
		certificate, key := testserver.Certificate(t)
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(certificate)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
		sender.TLSConfig = &tls.Config{RootCAs: roots, ServerName: "localhost"}
		sender.User, sender.Password = "mailer", secretOf(t, "right-horse")
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return backend, sender
}

func letter(t *testing.T, to, language string) send.Message {
	t.Helper()
	a, err := send.ParseMail(to)
	if err != nil {
		t.Fatal(err)
	}
	return send.Message{To: a, Purpose: send.Confirm, Code: "123456", Token: "TOKEN", For: 10 * time.Minute, Key: "the-key", Language: language}
}

func TestMail(t *testing.T) {
	for _, plain := range []bool{true, false} {
		backend, sender := startMail(t, plain)
		if err := sender.Send(t.Context(), letter(t, "ann@example.com", "")); err != nil {
			t.Fatal(err)
		}
		if len(backend.letters) != 1 || len(backend.rcpt) != 1 || backend.rcpt[0] != "ann@example.com" || !plain && backend.user != "mailer" {
			t.Fatalf("plain %t: %d letters to %v by %q", plain, len(backend.letters), backend.rcpt, backend.user)
		}
		m, err := mail.ReadMessage(strings.NewReader(backend.letters[0]))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if id := m.Header.Get("Message-ID"); id != "<the-key@service.example>" {
			t.Errorf("the Message-ID is %s", id)
		}
		if m.Header.Get("Auto-Submitted") != "auto-generated" || strings.Contains(m.Header.Get("Subject"), "123456") {
			t.Errorf("the header is %v", m.Header)
		}
		for _, want := range []string{"123456 is your code", "10 minutes", "confirm?token=3DTOKEN"} {
			if !strings.Contains(strings.ReplaceAll(string(body), "=\r\n", ""), want) {
				t.Errorf("the letter lacks %q:\n%s", want, body)
			}
		}
	}
}

func TestMailWithoutTLSIsRefused(t *testing.T) {
	backend, sender := startMail(t, true)
	sender.Plain = false
	if err := sender.Send(t.Context(), letter(t, "ann@example.com", "")); err == nil || len(backend.letters) > 0 {
		t.Errorf("a server without TLS: %v, %d letters", err, len(backend.letters))
	}
	_, sender = startMail(t, false)
	sender.Password = secretOf(t, "wrong-horse")
	if err := sender.Send(t.Context(), letter(t, "ann@example.com", "")); err == nil || strings.Contains(err.Error(), "horse") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestMailInJapanese(t *testing.T) {
	backend, sender := startMail(t, true)
	if err := sender.Send(t.Context(), letter(t, "ann@example.com", "ja-JP")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(backend.letters[0], "=E8=AA=8D=E8=A8=BC") { // 認証
		t.Errorf("the letter is\n%s", backend.letters[0])
	}
}

func TestMailIsBoundedByItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	sender := send.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Plain: true, From: "a@b.example", Timeout: time.Second}
	if err := sender.Send(ctx, letter(t, "ann@example.com", "")); err == nil {
		t.Error("a silent server took the letter")
	}
}

func webhookSecret(t *testing.T) otp.Secret { return secretOf(t, "0123456789abcdef") }

func secretOf(t *testing.T, text string) otp.Secret {
	t.Helper()
	secret, err := otp.NewSecret([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestWebhook(t *testing.T) {
	secret := webhookSecret(t)
	var got []send.Delivery
	var keys []string
	answers := []int{503, 429, 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, err := send.Open(r, secret, time.Now())
		if err != nil {
			t.Error(err)
		}
		got, keys = append(got, d), append(keys, r.Header.Get("Idempotency-Key"))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(answers[len(got)-1])
	}))
	defer server.Close()
	var waited []time.Duration
	hook := send.Webhook{URL: server.URL, Secret: secret, Wait: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}
	if err := hook.Send(t.Context(), letter(t, "ann@example.com", "ja")); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[2] != (send.Delivery{"the-key", "mail", "ann@example.com", "confirm", "123456", "TOKEN", 600, "ja"}) || keys[0] != "the-key" || keys[2] != "the-key" {
		t.Errorf("the service got %+v with keys %v", got, keys)
	}
	if len(waited) != 2 || waited[0] != 7*time.Second || waited[1] != 7*time.Second {
		t.Errorf("it waited %v, want 7 s twice as it was told", waited)
	}
}

func TestWebhookGivesUp(t *testing.T) {
	tries := 0
	for status, want := range map[int]int{500: 4, 400: 1, 302: 1} {
		tries = 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tries++
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		}))
		hook := send.Webhook{URL: server.URL, Secret: webhookSecret(t), Wait: func(context.Context, time.Duration) error { return nil }}
		if err := hook.Send(t.Context(), letter(t, "ann@example.com", "")); err == nil || tries != want || strings.Contains(err.Error(), "123456") {
			t.Errorf("status %d: %v after %d tries, want %d", status, err, tries, want)
		}
		server.Close()
	}
	stop := errors.New("no time left")
	hook := send.Webhook{URL: "http://127.0.0.1:1", Secret: webhookSecret(t), Wait: func(context.Context, time.Duration) error { return stop }}
	if err := hook.Send(t.Context(), letter(t, "ann@example.com", "")); !errors.Is(err, stop) {
		t.Errorf("the end of waiting became %v", err)
	}
	for _, url := range []string{"http://example.com/hook", "ftp://localhost/", "::"} {
		if err := (send.Webhook{URL: url, Secret: webhookSecret(t)}).Send(t.Context(), letter(t, "ann@example.com", "")); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
}

func TestWebhookSignature(t *testing.T) {
	var request *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		request, body = r, string(b)
	}))
	defer server.Close()
	hook := send.Webhook{URL: server.URL, Secret: webhookSecret(t)}
	if err := hook.Send(t.Context(), letter(t, "ann@example.com", "")); err != nil {
		t.Fatal(err)
	}
	open := func(body, header string, secret otp.Secret, at time.Time) error {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Authctl-Signature", header)
		_, err := send.Open(r, secret, at)
		return err
	}
	good, now := request.Header.Get("Authctl-Signature"), time.Now()
	if err := open(body, good, hook.Secret, now); err != nil {
		t.Error(err)
	}
	other, err := otp.NewSecret([]byte("fedcba9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"another body":    open(strings.Replace(body, "123456", "654321", 1), good, hook.Secret, now),
		"another secret":  open(body, good, other, now),
		"an old request":  open(body, good, hook.Secret, now.Add(6*time.Minute)),
		"another time":    open(body, strings.Replace(good, "t=", "t=1", 1), hook.Secret, now),
		"no signature":    open(body, "", hook.Secret, now),
		"half of it":      open(body, good[:len(good)-2], hook.Secret, now),
		"a large request": open(strings.Repeat("x", 1<<20), good, hook.Secret, now),
	} {
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// FuzzOpen checks that no request opens that was not signed.
func FuzzOpen(f *testing.F) {
	f.Add("t=1800000000,v1="+strings.Repeat("0", 64), `{"key":"a"}`)
	f.Add("t=,v1=", "")
	secret, err := otp.NewSecret([]byte("0123456789abcdef"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header["Authctl-Signature"] = []string{header}
		if d, err := send.Open(r, secret, time.Unix(1_800_000_000, 0)); err == nil {
			t.Errorf("%q opens as %v", header, d)
		}
	})
}

// TestMailTakenThenCut has the server end the connection once it has taken the
// letter: it is on its way, and nothing must ask for another.
func TestMailTakenThenCut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		lines, data := bufio.NewScanner(c), false
		fmt.Fprint(c, "220 mail.example\r\n")
		for lines.Scan() {
			switch {
			case data && lines.Text() == ".":
				fmt.Fprint(c, "250 taken\r\n")
				return
			case data:
			case lines.Text() == "DATA":
				data = true
				fmt.Fprint(c, "354 go on\r\n")
			default:
				fmt.Fprint(c, "250 yes\r\n")
			}
		}
	}()
	sender := send.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Plain: true, From: "a@b.example", Timeout: 5 * time.Second}
	if err := sender.Send(t.Context(), letter(t, "ann@example.com", "")); err != nil {
		t.Errorf("a letter that was taken: %v", err)
	}
}

func TestMailFromAName(t *testing.T) {
	backend, sender := startMail(t, true)
	sender.From = `"Login @ Service" <login@service.example>`
	if err := sender.Send(t.Context(), letter(t, "ann@example.com", "")); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(backend.letters[0]))
	if err != nil {
		t.Fatal(err)
	}
	if id := m.Header.Get("Message-ID"); id != "<the-key@service.example>" {
		t.Errorf("the Message-ID is %s", id)
	}
}

// TestNothingPrintsASecret prints what people log, with every verb that shows fields.
func TestNothingPrintsASecret(t *testing.T) {
	m := letter(t, "ann@example.com", "")
	d := send.Delivery{Key: "the-key", Kind: "mail", To: "ann@example.com", Code: "123456", Token: "TOKEN"}
	hook := send.Webhook{URL: "http://127.0.0.1:1/hook/URLSECRET", Secret: webhookSecret(t), Tries: 1}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("log", "message", m, "delivery", d)
	text := log.String() + fmt.Sprint(hook.Send(t.Context(), m))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text += fmt.Sprintf(verb+verb+verb, m, d, send.SMTP{Password: secretOf(t, "right-horse")})
	}
	for _, private := range []string{"123456", "TOKEN", "URLSECRET", "horse", "ann@"} {
		if strings.Contains(text, private) {
			t.Errorf("%q is in\n%s", private, text)
		}
	}
	if !strings.Contains(text, `message "the-key" to a mail`) || !strings.Contains(text, "refused") {
		t.Errorf("too little is in\n%s", text)
	}
}

// TestOpenWantsASecret checks that a service without a secret takes nothing, not what
// is signed with none.
func TestOpenWantsASecret(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
	h := hmac.New(sha256.New, nil)
	h.Write([]byte("1800000000.{}"))
	r.Header.Set("Authctl-Signature", fmt.Sprintf("t=1800000000,v1=%x", h.Sum(nil)))
	if d, err := send.Open(r, otp.Secret{}, time.Unix(1_800_000_000, 0)); err == nil {
		t.Errorf("it opens as %v", d)
	}
}
