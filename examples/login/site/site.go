// Package site is the web service of the login examples: pages and forms on net/http,
// and the verifier behind them. Any number of it may run on one store.
package site

import (
	"bytes"
	"embed"
	"encoding/base64"
	"html/template"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/verifier"
)

//go:embed pages.html
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages.html"))

// Config is what a site needs beside its verifier.
type Config struct {
	Master      otp.Secret       // seals sessions; the same for all instances
	BehindProxy bool             // believe X-Forwarded-For
	Now         func() time.Time // nil is time.Now
}

// site is the service. Its users are in memory, its sessions with the browsers; what
// must outlive the process is with the verifier.
type site struct {
	v         *verifier.Verifier
	now       func() time.Time
	sessions  sessions
	behind    bool
	passwords map[string][]byte
}

// New is the site as a handler.
func New(v *verifier.Verifier, c Config) http.Handler {
	hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.DefaultCost)
	if err != nil {
		panic(err) // only for passwords over 72 bytes
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &site{v: v, now: c.Now, sessions: newSessions(c.Master, c.Now), behind: c.BehindProxy, passwords: map[string][]byte{"alice": hash}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /password", s.password)
	mux.HandleFunc("POST /code", s.code)
	mux.HandleFunc("GET /link", s.showLink)
	mux.HandleFunc("POST /link", s.useLink)
	mux.HandleFunc("POST /enrol", s.signedIn(s.enrol))
	mux.HandleFunc("POST /confirm", s.signedIn(s.confirm))
	mux.HandleFunc("POST /kept", s.signedIn(s.kept))
	mux.HandleFunc("POST /makelink", s.signedIn(s.makeLink))
	return http.NewCrossOriginProtection().Handler(mux) // refuses forms of other sites
}

// page is what the templates are given.
type page struct {
	User, Message string
	Account       verifier.Account
	Picture       template.URL
	Secret        string
	Recovery      []string
	Token         string
}

func (s *site) show(w http.ResponseWriter, name string, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // secrets and recovery codes are shown once
	w.Header().Set("Referrer-Policy", "no-referrer")
	if err := pages.ExecuteTemplate(w, name, p); err != nil {
		http.Error(w, "page error", http.StatusInternalServerError)
	}
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	switch sess := s.sessions.of(r); {
	case sess.In:
		s.account(w, r, sess, "")
	case sess.User != "":
		s.show(w, "code", page{User: sess.User})
	default:
		s.show(w, "password", page{})
	}
}

// password is the first factor. The second is asked for unless the verifier says,
// without an error, that there is none.
func (s *site) password(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	if !s.passwordRight(user, r.FormValue("password")) {
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "password", page{Message: "User or password is wrong."})
		return
	}
	required, err := s.v.Required(r.Context(), user)
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	s.sessions.begin(w, session{User: user, Password: s.now(), In: !required})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) passwordRight(user, password string) bool {
	hash, ok := s.passwords[user]
	if !ok {
		hash = s.passwords["alice"] // an unknown user takes as long as a known one
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && ok
}

// code is the second factor: a code or a recovery code.
func (s *site) code(w http.ResponseWriter, r *http.Request) {
	sess := s.sessions.of(r)
	if sess.User == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	result, err := s.v.Verify(r.Context(), sess.User, verifier.Attempt{Code: r.FormValue("code"), Source: s.source(r)})
	s.answer(w, r, sess, result, err)
}

// answer lets the browser in if and only if there is no error and the result is OK.
func (s *site) answer(w http.ResponseWriter, r *http.Request, sess session, result verifier.Result, err error) {
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	if !result.OK() {
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "code", page{User: sess.User, Message: result.Public()})
		return
	}
	s.sessions.begin(w, session{User: sess.User, Password: s.now(), In: true})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// showLink only shows a form: what follows links by itself cannot use one up.
func (s *site) showLink(w http.ResponseWriter, r *http.Request) {
	s.show(w, "link", page{Token: r.FormValue("token")})
}

// useLink takes the password together with the link, which stands for the code.
func (s *site) useLink(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	if !s.passwordRight(user, r.FormValue("password")) {
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "link", page{Token: r.FormValue("token"), Message: "User or password is wrong."})
		return
	}
	result, err := s.v.UseLink(r.Context(), user, verifier.Attempt{Code: r.FormValue("token"), Source: s.source(r)})
	s.answer(w, r, session{User: user}, result, err)
}

func (s *site) signedIn(next func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sess := s.sessions.of(r)
		if !sess.In {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		next(w, r, sess)
	}
}

func (s *site) account(w http.ResponseWriter, r *http.Request, sess session, message string) {
	a, err := s.v.Account(r.Context(), sess.User)
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	s.show(w, "account", page{User: sess.User, Account: a, Message: message})
}

func (s *site) enrol(w http.ResponseWriter, r *http.Request, sess session) {
	key, err := s.v.Begin(r.Context(), sess.User, verifier.NewKey{Issuer: "Example", Account: sess.User})
	if err != nil {
		s.account(w, r, sess, "The key could not be made. Try again.")
		return
	}
	picture, err := qr.Encode(key.URI())
	var png bytes.Buffer
	if err == nil {
		err = picture.PNG(&png, qr.DefaultScale)
	}
	if err != nil {
		s.account(w, r, sess, "The picture could not be drawn. Try again.")
		return
	}
	s.show(w, "enrol", page{
		User: sess.User, Secret: key.Secret.Base32(),
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png.Bytes())),
	})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request, sess session) {
	codes, err := s.v.Confirm(r.Context(), sess.User, r.FormValue("code"))
	switch {
	case err != nil:
		s.account(w, r, sess, "That is not the code of the new key. Scan the picture again.")
	case codes == nil:
		s.account(w, r, sess, "The new key is on. Your recovery codes stay as they are.")
	default:
		s.show(w, "recovery", page{User: sess.User, Recovery: codes})
	}
}

func (s *site) kept(w http.ResponseWriter, r *http.Request, sess session) {
	if err := s.v.Acknowledge(r.Context(), sess.User); err != nil {
		s.account(w, r, sess, "Make new recovery codes first.")
		return
	}
	s.account(w, r, sess, "Two-factor login is complete.")
}

func (s *site) makeLink(w http.ResponseWriter, r *http.Request, sess session) {
	if !s.passwordRight(sess.User, r.FormValue("password")) {
		s.account(w, r, sess, "The password is wrong.")
		return
	}
	token, err := s.v.NewLink(r.Context(), sess.User, s.now())
	if err != nil {
		s.account(w, r, sess, "The link could not be made. Try again.")
		return
	}
	s.show(w, "newlink", page{User: sess.User, Token: token})
}

// source is the address that asks, without its port.
func (s *site) source(r *http.Request) string {
	if via := r.Header.Get("X-Forwarded-For"); s.behind && via != "" {
		return via[strings.LastIndex(via, " ")+1:] // the proxy adds its own word at the end
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
