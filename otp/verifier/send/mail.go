package send

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/authctl/authctl/otp"
)

// SMTP sends messages by a mail server. TLS is required, unless Plain says otherwise.
type SMTP struct {
	Host      string // of the server
	Port      int    // 0: 587, or 465 with Implicit
	Implicit  bool   // TLS from the first byte (RFC 8314) instead of STARTTLS
	Plain     bool   // no TLS: for a server on this machine
	User      string // "": no authentication
	Password  otp.Secret
	From      string        // address of the sender
	Link      string        // page that confirms an address; the token is added to it; "": codes only
	Service   string        // who sends, as the person knows it
	Timeout   time.Duration // of the whole dialogue; 0 is 15 s
	TLSConfig *tls.Config   // nil: the system's roots
}

// Send implements [Sender]. The message's Message-ID is its key.
func (s SMTP) Send(ctx context.Context, m Message) error {
	if m.To.Kind() != Mail {
		return fmt.Errorf("send mail: the address is a %s", m.To.Kind())
	}
	letter := gomail.NewMsg()
	from, err := mail.ParseAddress(s.From)
	if err == nil {
		err = letter.From(s.From)
	}
	if err != nil {
		return fmt.Errorf("send mail: the sender %q is no mail address", s.From)
	}
	if err := letter.To(m.To.String()); err != nil {
		return fmt.Errorf("send mail: the server's form has no room for the address")
	}
	letter.SetMessageIDWithValue(m.Key + from.Address[strings.LastIndexByte(from.Address, '@'):])
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5
	letter.SetDate()
	subject, body := s.text(m)
	letter.Subject(subject)
	letter.SetBodyString(gomail.TypeTextPlain, body)
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	// A server that has taken the letter may still fail to say goodbye.
	if err := client.DialAndSendWithContext(ctx, letter); err != nil && !letter.IsDelivered() {
		return fmt.Errorf("send mail by %s: %w", s.Host, err)
	}
	return nil
}

func (s SMTP) client() (*gomail.Client, error) {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 15 * time.Second
	}
	options := []gomail.Option{gomail.WithTimeout(timeout)}
	switch {
	case s.Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case s.Implicit:
		options = append(options, gomail.WithSSL(), gomail.WithPort(465))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(587))
	}
	if s.Port != 0 {
		options = append(options, gomail.WithPort(s.Port))
	}
	if s.TLSConfig != nil {
		options = append(options, gomail.WithTLSConfig(s.TLSConfig))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(string(s.Password.Bytes())))
	}
	return gomail.NewClient(s.Host, options...)
}

// text is the letter. The code is not in the subject, which shows on locked phones.
func (s SMTP) text(m Message) (subject, body string) {
	minutes := int(m.For / time.Minute)
	link := ""
	if m.Token != "" && s.Link != "" {
		link = s.Link + m.Token
	}
	if language, _, _ := strings.Cut(m.Language, "-"); language == "ja" {
		subject, body = s.Service+" 認証コード", fmt.Sprintf("%s の認証コードは %s です。%d分間、一度だけ使えます。\n", s.Service, m.Code, minutes)
		if link != "" {
			body += fmt.Sprintf("\nまたは、このページを開いて確認してください:\n%s\n", link)
		}
		return subject, body + "\n心当たりがない場合は、このメールを無視してください。コードをだれにも教えないでください。\n"
	}
	subject, body = "Your code for "+s.Service, fmt.Sprintf("%s is your code for %s. It works once, for %d minutes.\n", m.Code, s.Service, minutes)
	if link != "" {
		body += fmt.Sprintf("\nOr open this page and confirm there:\n%s\n", link)
	}
	return subject, body + "\nIf you did not ask for it, ignore this mail. Give the code to nobody.\n"
}
