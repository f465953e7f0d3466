package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views"
)

// cookieLife is how long browsers keep the cookie of a session, in seconds. When a session is
// over is for the store to say.
const cookieLife = int(store.MaxSessionLife / time.Second)

// sessionStore is the sessions.Store over package store: the cookie holds a random
// secret, signed; the store knows its hash, whose it is and when it ends.
type sessionStore struct {
	store   *store.Store
	codecs  []securecookie.Codec
	options cookieOptions
	address echo.IPExtractor
}

// cookieOptions are what the cookies have in common.
type cookieOptions struct {
	suffix string // of the names: a demonstration on the same host has cookies of its own
}

func newCookieOptions(cfg Config) cookieOptions {
	if cfg.Demo {
		return cookieOptions{suffix: "_demo"}
	}
	return cookieOptions{}
}

// hostPrefix begins the name of a cookie that browsers take over TLS only, for this very host and all of it: no other
// host of the domain, and nobody between on plain HTTP, can set one.
const hostPrefix = "__Host-"

// name is what a cookie is called in a request.
func (o cookieOptions) name(r *http.Request, name string) string {
	if byTLS(r) {
		return hostPrefix + name + o.suffix
	}
	return name + o.suffix
}

// of returns the options of a cookie that lives for so many seconds.
func (o cookieOptions) of(r *http.Request, maxAge int) *sessions.Options {
	return &sessions.Options{
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   byTLS(r),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// signing makes the codecs of cookies that last for so many seconds; the first key
// signs, and the older ones still verify.
func signing(keys [][]byte, maxAge int) []securecookie.Codec {
	codecs := make([]securecookie.Codec, len(keys))
	for i, key := range keys {
		c := securecookie.New(key, nil)
		c.MaxAge(maxAge)
		c.SetSerializer(securecookie.JSONEncoder{})
		codecs[i] = c
	}
	return codecs
}

func newSessionStore(cfg Config, keys [][]byte) *sessionStore {
	return &sessionStore{
		store:   cfg.Store,
		codecs:  signing(keys, cookieLife),
		options: newCookieOptions(cfg),
		address: clientAddress(cfg.TrustedProxies),
	}
}

// name is what the sessions' cookie is called on plain HTTP.
func (s *sessionStore) name() string { return "berth" + s.options.suffix }

// The keys of sessions.Session.Values: who is signed in, by which session, and the secret of one whose cookie has
// the name of plain HTTP although the browser speaks TLS.
type (
	userKey    struct{}
	sessionKey struct{}
	movesKey   struct{}
)

// Get returns the request's session, found once a request.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New returns the session that the request's cookie stands for, or a new one. An
// error is one of the store: a cookie that is wrong, old or revoked is just no session.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = s.options.of(r, cookieLife)
	secret, plain := s.secretIn(r)
	if secret == "" {
		return session, nil
	}
	kept, user, err := s.store.SessionUser(secret)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && plain && kept.TLS:
		return session, nil
	case err != nil:
		return session, err
	}
	session.IsNew = false
	session.ID = kept.ID
	session.Values[userKey{}], session.Values[sessionKey{}] = user, kept
	if plain && byTLS(r) {
		session.Values[movesKey{}] = secret
	}
	return session, nil
}

// secretIn is the secret in a request's cookie, "" when there is none; plain tells that the cookie has the name of plain
// HTTP. Behind TLS it counts only as long as there is no other.
func (s *sessionStore) secretIn(r *http.Request) (secret string, plain bool) {
	for _, name := range []string{s.options.name(r, "berth"), s.name()} {
		cookie, err := r.Cookie(name)
		if err == nil && securecookie.DecodeMulti(name, cookie.Value, &secret, s.codecs...) == nil {
			return secret, name == s.name()
		}
	}
	return "", false
}

// setSecret puts a session's secret into the browser.
func (s *sessionStore) setSecret(r *http.Request, w http.ResponseWriter, secret string) error {
	name := s.options.name(r, "berth")
	value, err := securecookie.EncodeMulti(name, secret, s.codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(name, value, s.options.of(r, cookieLife)))
	s.forgetPlain(r, w)
	return nil
}

// forgetPlain takes the cookie with the name of plain HTTP out of a browser that speaks TLS.
func (s *sessionStore) forgetPlain(r *http.Request, w http.ResponseWriter) {
	if _, err := r.Cookie(s.name()); err == nil && byTLS(r) {
		http.SetCookie(w, sessions.NewCookie(s.name(), "", s.options.of(r, -1)))
	}
}

// Save begins a new session for the user in it, or ends it when its MaxAge is negative.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(s.options.name(r, "berth"), "", session.Options))
		s.forgetPlain(r, w)
		kept, ok := session.Values[sessionKey{}].(store.Session)
		if !ok {
			return nil
		}
		if err := s.store.EndSession(kept.UserID, kept.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	}
	user, ok := session.Values[userKey{}].(store.User)
	if !ok || !session.IsNew {
		return nil
	}
	secret, err := s.store.StartSession(user.ID, r.UserAgent(), s.address(r), byTLS(r))
	if err != nil {
		return err
	}
	return s.setSecret(r, w, secret)
}

// signIn begins a session for the user. One that the browser had is ended first, so
// that a session never changes hands.
func (a *app) signIn(c echo.Context, u store.User) error {
	if err := a.signOut(c); err != nil {
		return err
	}
	session := sessions.NewSession(a.sessions, a.sessions.name())
	session.IsNew = true
	session.Options = a.sessions.options.of(c.Request(), cookieLife)
	session.Values[userKey{}] = u
	return a.sessions.Save(c.Request(), c.Response(), session)
}

// signOut ends the request's session, if it has one.
func (a *app) signOut(c echo.Context) error {
	session, err := a.sessions.Get(c.Request(), a.sessions.name())
	if err != nil || session.IsNew {
		return err
	}
	session.Options.MaxAge = -1
	return a.sessions.Save(c.Request(), c.Response(), session)
}

// The keys of echo's context under which requireUser leaves what it found.
const (
	ctxUser    = "user"
	ctxSession = "session"
)

// userIn returns the signed-in user, and false where the route needs none and there is none.
func userIn(c echo.Context) (store.User, bool) {
	u, ok := c.Get(ctxUser).(store.User)
	return u, ok
}

// userOf returns the signed-in user of a route behind requireUser.
func userOf(c echo.Context) store.User {
	u, _ := userIn(c)
	return u
}

// sessionOf returns the session of a route behind requireUser.
func sessionOf(c echo.Context) store.Session {
	s, _ := c.Get(ctxSession).(store.Session)
	return s
}

// know finds out who makes the request and notes it in c; false when nobody is signed in.
func (a *app) know(c echo.Context) (bool, error) {
	session, err := a.sessions.Get(c.Request(), a.sessions.name())
	if err != nil || session.IsNew {
		return false, err
	}
	c.Set(ctxUser, session.Values[userKey{}])
	c.Set(ctxSession, session.Values[sessionKey{}])
	if secret, moves := session.Values[movesKey{}].(string); moves {
		delete(session.Values, movesKey{}) // once an answer
		return true, a.sessions.setSecret(c.Request(), c.Response(), secret)
	}
	return true, nil
}

const (
	// flashLife is how long a flash message waits for the page that shows it, in seconds.
	flashLife = 60
	// maxFlash is how many characters a flash message has at most: browsers take a cookie of 4096 bytes, and one
	// character may need ten of them.
	maxFlash = 360
)

// flashes carry a message over a redirect, in a signed cookie of their own.
type flashes struct {
	codecs  []securecookie.Codec
	options cookieOptions
}

func newFlashes(cfg Config, keys [][]byte) *flashes {
	return &flashes{codecs: signing(keys, flashLife), options: newCookieOptions(cfg)}
}

func (f *flashes) name(r *http.Request) string { return f.options.name(r, "berth_flash") }

// flash shows a message on the next page. kind is "ok", "info", "warn" or "bad".
func (a *app) flash(c echo.Context, kind, text string) error {
	if runes := []rune(text); len(runes) > maxFlash {
		text = string(runes[:maxFlash-1]) + "…"
	}
	f := a.flashes
	name := f.name(c.Request())
	value, err := securecookie.EncodeMulti(name, views.Flash{Kind: kind, Text: text}, f.codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(c.Response(), sessions.NewCookie(name, value, f.options.of(c.Request(), flashLife)))
	return nil
}

// take returns the waiting message, once.
func (f *flashes) take(c echo.Context) *views.Flash {
	name := f.name(c.Request())
	cookie, err := c.Request().Cookie(name)
	if err != nil {
		return nil
	}
	http.SetCookie(c.Response(), sessions.NewCookie(name, "", f.options.of(c.Request(), -1)))
	var message views.Flash
	if securecookie.DecodeMulti(name, cookie.Value, &message, f.codecs...) != nil {
		return nil
	}
	return &message
}
