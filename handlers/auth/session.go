package auth

import (
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
)

// cookieLife bounds the life of a session's cookie in browsers, in seconds. The store decides when a session
// ends.
const cookieLife = int(store.MaxSessionLife / time.Second)

// sessionStore is the sessions.Store over package store: the cookie holds a random
// secret, signed; the store knows its hash, whose it is and when it ends.
type sessionStore struct {
	store   *store.Store
	Codecs  []securecookie.Codec
	options web.CookieOptions
	address echo.IPExtractor
}

func newSessionStore(cfg web.Config, keys [][]byte) *sessionStore {
	return &sessionStore{
		store:   cfg.Store,
		Codecs:  web.Signing(keys, cookieLife),
		options: web.NewCookieOptions(cfg),
		address: web.ClientAddress(cfg.TrustedProxies),
	}
}

// Name returns the name of the sessions' cookie on plain HTTP.
func (s *sessionStore) Name() string { return "berth" + s.options.Suffix }

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
	session.Options = s.options.Of(r, cookieLife)
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
	if plain && web.ByTLS(r) {
		session.Values[movesKey{}] = secret
	}
	return session, nil
}

// secretIn is the secret in a request's cookie, "" when there is none; plain tells that the cookie has the name of plain
// HTTP. Behind TLS it counts only as long as there is no other.
func (s *sessionStore) secretIn(r *http.Request) (secret string, plain bool) {
	for _, name := range []string{s.options.Name(r, "berth"), s.Name()} {
		cookie, err := r.Cookie(name)
		if err == nil && securecookie.DecodeMulti(name, cookie.Value, &secret, s.Codecs...) == nil {
			return secret, name == s.Name()
		}
	}
	return "", false
}

// setSecret puts a session's secret into the browser.
func (s *sessionStore) setSecret(r *http.Request, w http.ResponseWriter, secret string) error {
	name := s.options.Name(r, "berth")
	value, err := securecookie.EncodeMulti(name, secret, s.Codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(name, value, s.options.Of(r, cookieLife)))
	s.forgetPlain(r, w)
	return nil
}

// forgetPlain takes the cookie with the name of plain HTTP out of a browser that speaks TLS.
func (s *sessionStore) forgetPlain(r *http.Request, w http.ResponseWriter) {
	if _, err := r.Cookie(s.Name()); err == nil && web.ByTLS(r) {
		http.SetCookie(w, sessions.NewCookie(s.Name(), "", s.options.Of(r, -1)))
	}
}

// Save begins a new session for the user in it, or ends it when its MaxAge is negative.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(s.options.Name(r, "berth"), "", session.Options))
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
	secret, err := s.store.StartSession(user.ID, r.UserAgent(), s.address(r), web.ByTLS(r))
	if err != nil {
		return err
	}
	return s.setSecret(r, w, secret)
}

// signIn begins a session for the user. One that the browser had is ended first, so
// that a session never changes hands.
func (a *Pages) signIn(c echo.Context, u store.User) error {
	if err := a.signOut(c); err != nil {
		return err
	}
	session := sessions.NewSession(a.Sessions, a.Sessions.Name())
	session.IsNew = true
	session.Options = a.Sessions.options.Of(c.Request(), cookieLife)
	session.Values[userKey{}] = u
	return a.Sessions.Save(c.Request(), c.Response(), session)
}

// signOut ends the request's session, if it has one.
func (a *Pages) signOut(c echo.Context) error {
	session, err := a.Sessions.Get(c.Request(), a.Sessions.Name())
	if err != nil || session.IsNew {
		return err
	}
	session.Options.MaxAge = -1
	return a.Sessions.Save(c.Request(), c.Response(), session)
}

// know finds out who makes the request and notes it in c; false when nobody is signed in.
func (a *Pages) know(c echo.Context) (bool, error) {
	session, err := a.Sessions.Get(c.Request(), a.Sessions.Name())
	if err != nil || session.IsNew {
		return false, err
	}
	c.Set(web.CtxUser, session.Values[userKey{}])
	c.Set(web.CtxSession, session.Values[sessionKey{}])
	if secret, moves := session.Values[movesKey{}].(string); moves {
		delete(session.Values, movesKey{}) // once an answer
		return true, a.Sessions.setSecret(c.Request(), c.Response(), secret)
	}
	return true, nil
}
