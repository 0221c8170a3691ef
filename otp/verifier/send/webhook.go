package send

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
)

// Webhook hands messages to a service of one's own that delivers them, as a POST of
// a [Delivery] in JSON. It tries again with the same key where the service was not
// reached or was busy.
type Webhook struct {
	URL     string     // https, or http to this machine
	Secret  otp.Secret // signs each request, see [Open]
	Client  *http.Client
	Tries   int           // in all: 0 is 4
	Timeout time.Duration // of one try: 0 is 5 s

	// Wait waits between tries; nil waits for real.
	Wait func(ctx context.Context, d time.Duration) error
}

// Delivery is the body of a webhook's request.
type Delivery struct {
	Key      string `json:"key"`
	Kind     string `json:"kind"`
	To       string `json:"to"`
	Purpose  string `json:"purpose"`
	Code     string `json:"code"`
	Token    string `json:"token,omitempty"`
	Seconds  int    `json:"seconds"` // that the code is good for
	Language string `json:"language,omitempty"`
}

// Format prints no code and no address, for every verb.
func (d Delivery) Format(f fmt.State, _ rune) { fmt.Fprint(f, described(d.Kind, d.Key)) }

// LogValue logs no code and no address.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(described(d.Kind, d.Key)) }

// The headers of a request.
const (
	signatureHeader = "Authctl-Signature" // t=<Unix seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>
	keyHeader       = "Idempotency-Key"
)

// Send implements [Sender].
func (w Webhook) Send(ctx context.Context, m Message) error {
	if err := w.check(); err != nil {
		return fmt.Errorf("call webhook: %w", err)
	}
	body, err := json.Marshal(Delivery{m.Key, string(m.To.Kind()), m.To.String(), string(m.Purpose), m.Code, m.Token, int(m.For / time.Second), m.Language})
	if err != nil {
		return fmt.Errorf("call webhook: %w", err)
	}
	tries, wait := w.Tries, w.Wait
	if tries == 0 {
		tries = 4
	}
	if wait == nil {
		wait = sleep
	}
	for try := 1; ; try++ {
		pause, err := w.post(ctx, m.Key, body)
		if err == nil {
			return nil
		}
		if pause < 0 || try == tries || ctx.Err() != nil {
			return fmt.Errorf("call webhook: try %d of %d: %w", try, tries, err)
		}
		if err := wait(ctx, max(pause, time.Second<<(try-1))); err != nil {
			return fmt.Errorf("call webhook: %w", err)
		}
	}
}

func (w Webhook) check() error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "":
		return errors.New("its URL is none")
	case u.Scheme == "http" && isLocal(u.Hostname()), u.Scheme == "https":
	default:
		return fmt.Errorf("%s://%s is not https", u.Scheme, u.Host)
	}
	return checkSecret(w.Secret)
}

func checkSecret(secret otp.Secret) error {
	if secret.Len() < 16 {
		return fmt.Errorf("the secret has %d bytes, not 16 or more", secret.Len())
	}
	return nil
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// post makes one try. A pause below zero means that another would be no use.
func (w Webhook) post(ctx context.Context, key string, body []byte) (pause time.Duration, err error) {
	timeout := w.Timeout
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return -1, errors.New("its URL is none")
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(keyHeader, key)
	r.Header.Set(signatureHeader, "t="+at+",v1="+hex.EncodeToString(sign(w.Secret, at, body)))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if w.Client != nil {
		client.Transport = w.Client.Transport
	}
	answer, err := client.Do(r)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // the URL may be a secret
	}
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return 0, nil
	case code == http.StatusTooManyRequests || code >= 500:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return min(time.Duration(max(0, seconds))*time.Second, time.Minute), fmt.Errorf("it answered %s", answer.Status)
	default:
		return -1, fmt.Errorf("it answered %s", answer.Status)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func sign(secret otp.Secret, at string, body []byte) []byte {
	h := hmac.New(sha256.New, secret.Bytes())
	io.WriteString(h, at+".")
	h.Write(body)
	return h.Sum(nil)
}

// maxDelivery is the longest body that Open reads.
const maxDelivery = 16 << 10

// Open is for the service that a [Webhook] calls: it reads a request and checks that
// it was signed with the secret, at most five minutes from now. A service delivers
// each Delivery.Key once.
func Open(r *http.Request, secret otp.Secret, now time.Time) (Delivery, error) {
	if err := checkSecret(secret); err != nil { // with none at all anybody could sign
		return Delivery{}, fmt.Errorf("read the request: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDelivery+1))
	if err != nil {
		return Delivery{}, fmt.Errorf("read the request: %w", err)
	}
	if len(body) > maxDelivery {
		return Delivery{}, fmt.Errorf("read the request: it is longer than %d bytes", maxDelivery)
	}
	at, signature, err := parseSignature(r.Header.Get(signatureHeader))
	if err != nil {
		return Delivery{}, fmt.Errorf("read the request: %w", err)
	}
	same := subtle.ConstantTimeCompare(signature, sign(secret, at, body)) == 1
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !same || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return Delivery{}, errors.New("read the request: its signature is wrong or not of the last five minutes")
	}
	var d Delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return Delivery{}, errors.New("read the request: it is not JSON")
	}
	return d, nil
}

// parseSignature takes the time and the signature out of their header.
func parseSignature(header string) (at string, signature []byte, err error) {
	first, second, ok := strings.Cut(header, ",")
	at, isTime := strings.CutPrefix(first, "t=")
	text, isSignature := strings.CutPrefix(second, "v1=")
	signature, err = hex.DecodeString(text)
	if !ok || !isTime || !isSignature || err != nil || len(signature) != sha256.Size {
		return "", nil, fmt.Errorf("its header %s is not t=…,v1=…", signatureHeader)
	}
	return at, signature, nil
}
