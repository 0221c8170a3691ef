package site

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/authctl/authctl/otp"
)

// session is one browser. It is signed in when both factors were right.
type session struct {
	User     string
	Password time.Time // when the password was right
	In       bool
}

// The life of a session, and of one that still lacks the second factor.
const (
	sessionFor = 12 * time.Hour
	halfFor    = 10 * time.Minute
)

// sessions are kept by the browsers, in a cookie that only the master key opens: so
// every instance knows them. A service that must end sessions early keeps them in
// its database instead.
type sessions struct {
	seal cipher.AEAD
	now  func() time.Time
}

func newSessions(master otp.Secret, now func() time.Time) sessions {
	key, err := hkdf.Key(sha256.New, master.Bytes(), nil, "session cookie", 32)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return sessions{seal, now}
}

// of is the session of the browser that asks, the zero one if it has none.
func (s sessions) of(r *http.Request) (sess session) {
	c, err := r.Cookie("session")
	if err != nil {
		return session{}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return session{}
	}
	plain, err := s.seal.Open(nil, nil, sealed, nil)
	if err != nil || json.Unmarshal(plain, &sess) != nil {
		return session{}
	}
	life := halfFor
	if sess.In {
		life = sessionFor
	}
	if s.now().Sub(sess.Password) > life {
		return session{}
	}
	return sess
}

// begin gives the browser a new session, so that one that was known before the login
// is worth nothing after it.
func (s sessions) begin(w http.ResponseWriter, sess session) {
	plain, err := json.Marshal(sess)
	if err != nil {
		panic(err) // a string, a time and a bool
	}
	http.SetCookie(w, &http.Cookie{
		Name: "session", Value: base64.RawURLEncoding.EncodeToString(s.seal.Seal(nil, nil, plain, nil)),
		Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
}
