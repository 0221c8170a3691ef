package main

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"html/template"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/verifier"
)

//go:embed pages.html
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages.html"))

// server is the service. Its users and sessions are in memory; what must outlive
// the process is with the verifier.
type server struct {
	v         *verifier.Verifier
	now       func() time.Time
	passwords map[string][]byte

	mu       sync.Mutex
	sessions map[string]*session
}

// session is one browser. It is signed in when both factors were right.
type session struct {
	user     string
	password time.Time // when the password was right
	in       bool
}

func newServer(v *verifier.Verifier, now func() time.Time) http.Handler {
	hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.DefaultCost)
	if err != nil {
		panic(err) // only for passwords over 72 bytes
	}
	s := &server{v: v, now: now, passwords: map[string][]byte{"alice": hash}, sessions: map[string]*session{}}
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

func (s *server) show(w http.ResponseWriter, name string, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // secrets and recovery codes are shown once
	w.Header().Set("Referrer-Policy", "no-referrer")
	if err := pages.ExecuteTemplate(w, name, p); err != nil {
		http.Error(w, "page error", http.StatusInternalServerError)
	}
}

// session is the browser's session, a new one if it has none.
func (s *server) session(w http.ResponseWriter, r *http.Request) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, err := r.Cookie("session"); err == nil && s.sessions[c.Value] != nil {
		return s.sessions[c.Value]
	}
	return s.newSession(w, session{})
}

// newSession gives the browser a new name, so that one that was known before the
// login is worth nothing after it.
func (s *server) newSession(w http.ResponseWriter, what session) *session {
	name := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: name, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
	s.sessions[name] = &what
	return &what
}

func (s *server) home(w http.ResponseWriter, r *http.Request) {
	switch sess := s.session(w, r); {
	case sess.in:
		s.account(w, r, sess, "")
	case sess.user != "":
		s.show(w, "code", page{User: sess.user})
	default:
		s.show(w, "password", page{})
	}
}

// password is the first factor. The second is asked for unless the verifier says,
// without an error, that there is none.
func (s *server) password(w http.ResponseWriter, r *http.Request) {
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
	s.mu.Lock()
	s.newSession(w, session{user: user, password: s.now(), in: !required})
	s.mu.Unlock()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *server) passwordRight(user, password string) bool {
	hash, ok := s.passwords[user]
	if !ok {
		hash = s.passwords["alice"] // an unknown user takes as long as a known one
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && ok
}

// code is the second factor: a code or a recovery code.
func (s *server) code(w http.ResponseWriter, r *http.Request) {
	sess := s.session(w, r)
	if sess.user == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	result, err := s.v.Verify(r.Context(), sess.user, verifier.Attempt{Code: r.FormValue("code"), Source: source(r)})
	s.answer(w, r, sess, result, err)
}

// answer lets the browser in if and only if there is no error and the result is OK.
func (s *server) answer(w http.ResponseWriter, r *http.Request, sess *session, result verifier.Result, err error) {
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	if !result.OK() {
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "code", page{User: sess.user, Message: result.Public()})
		return
	}
	s.mu.Lock()
	s.newSession(w, session{user: sess.user, password: s.now(), in: true})
	s.mu.Unlock()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// showLink only shows a form: what follows links by itself cannot use one up.
func (s *server) showLink(w http.ResponseWriter, r *http.Request) {
	s.show(w, "link", page{Token: r.FormValue("token")})
}

// useLink takes the password together with the link, which stands for the code.
func (s *server) useLink(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	if !s.passwordRight(user, r.FormValue("password")) {
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "link", page{Token: r.FormValue("token"), Message: "User or password is wrong."})
		return
	}
	result, err := s.v.UseLink(r.Context(), user, verifier.Attempt{Code: r.FormValue("token"), Source: source(r)})
	s.answer(w, r, &session{user: user}, result, err)
}

func (s *server) signedIn(next func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sess := s.session(w, r)
		if !sess.in {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		next(w, r, sess)
	}
}

func (s *server) account(w http.ResponseWriter, r *http.Request, sess *session, message string) {
	a, err := s.v.Account(r.Context(), sess.user)
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	s.show(w, "account", page{User: sess.user, Account: a, Message: message})
}

func (s *server) enrol(w http.ResponseWriter, r *http.Request, sess *session) {
	key, err := s.v.Begin(r.Context(), sess.user, verifier.NewKey{Issuer: "Example", Account: sess.user})
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
		User: sess.user, Secret: key.Secret.Base32(),
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png.Bytes())),
	})
}

func (s *server) confirm(w http.ResponseWriter, r *http.Request, sess *session) {
	codes, err := s.v.Confirm(r.Context(), sess.user, r.FormValue("code"))
	switch {
	case err != nil:
		s.account(w, r, sess, "That is not the code of the new key. Scan the picture again.")
	case codes == nil:
		s.account(w, r, sess, "The new key is on. Your recovery codes stay as they are.")
	default:
		s.show(w, "recovery", page{User: sess.user, Recovery: codes})
	}
}

func (s *server) kept(w http.ResponseWriter, r *http.Request, sess *session) {
	if err := s.v.Acknowledge(r.Context(), sess.user); err != nil {
		s.account(w, r, sess, "Make new recovery codes first.")
		return
	}
	s.account(w, r, sess, "Two-factor login is complete.")
}

func (s *server) makeLink(w http.ResponseWriter, r *http.Request, sess *session) {
	if !s.passwordRight(sess.user, r.FormValue("password")) {
		s.account(w, r, sess, "The password is wrong.")
		return
	}
	token, err := s.v.NewLink(r.Context(), sess.user, s.now())
	if err != nil {
		s.account(w, r, sess, "The link could not be made. Try again.")
		return
	}
	s.show(w, "newlink", page{User: sess.user, Token: token})
}

// source is the address that asks, without its port.
func source(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
