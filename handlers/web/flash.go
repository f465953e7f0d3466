package web

import (
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"berth/views/layout"
)

// CookieOptions make the cookies of one Berth: their names, paths and flags.
type CookieOptions struct {
	Suffix string // of the names: a demonstration on the same host has cookies of its own
}

// NewCookieOptions are those of this Berth: a demonstration has cookies of its own.
func NewCookieOptions(cfg Config) CookieOptions {
	if cfg.Demo {
		return CookieOptions{Suffix: "_demo"}
	}
	return CookieOptions{}
}

// hostPrefix begins the name of a cookie that browsers take over TLS only, for this very host and all of it: no other
// host of the domain, and nobody between on plain HTTP, can set one.
const hostPrefix = "__Host-"

// Name returns the name of a cookie for a request: it depends on whether the browser speaks TLS.
func (o CookieOptions) Name(r *http.Request, name string) string {
	if ByTLS(r) {
		return hostPrefix + name + o.Suffix
	}
	return name + o.Suffix
}

// Of returns the options of a cookie that lives for so many seconds.
func (o CookieOptions) Of(r *http.Request, maxAge int) *sessions.Options {
	return &sessions.Options{
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   ByTLS(r),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// Signing makes the codecs of cookies that last for so many seconds; the first key
// signs, and the older ones still verify.
func Signing(keys [][]byte, maxAge int) []securecookie.Codec {
	codecs := make([]securecookie.Codec, len(keys))
	for i, key := range keys {
		c := securecookie.New(key, nil)
		c.MaxAge(maxAge)
		c.SetSerializer(securecookie.JSONEncoder{})
		codecs[i] = c
	}
	return codecs
}

const (
	// flashLife bounds the wait of a flash message for the page that shows it, in seconds.
	flashLife = 60
	// maxFlash bounds the characters of a flash message: browsers take a cookie of 4096 bytes, and one
	// character may need ten of them.
	maxFlash = 360
)

// flashes carry a message over a redirect, in a signed cookie of their own.
type flashes struct {
	codecs  []securecookie.Codec
	options CookieOptions
}

func newFlashes(cfg Config, keys [][]byte) *flashes {
	return &flashes{codecs: Signing(keys, flashLife), options: NewCookieOptions(cfg)}
}

func (f *flashes) name(r *http.Request) string { return f.options.Name(r, "berth_flash") }

// Flash shows a message on the next page. kind is "ok", "info", "warn" or "bad".
func (a *App) Flash(c echo.Context, kind, text string) error {
	if runes := []rune(text); len(runes) > maxFlash {
		text = string(runes[:maxFlash-1]) + "…"
	}
	f := a.flashes
	name := f.name(c.Request())
	value, err := securecookie.EncodeMulti(name, layout.Flash{Kind: kind, Text: text}, f.codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(c.Response(), sessions.NewCookie(name, value, f.options.Of(c.Request(), flashLife)))
	return nil
}

// take returns the waiting message, once.
func (f *flashes) take(c echo.Context) *layout.Flash {
	name := f.name(c.Request())
	cookie, err := c.Request().Cookie(name)
	if err != nil {
		return nil
	}
	http.SetCookie(c.Response(), sessions.NewCookie(name, "", f.options.Of(c.Request(), -1)))
	var message layout.Flash
	if securecookie.DecodeMulti(name, cookie.Value, &message, f.codecs...) != nil {
		return nil
	}
	return &message
}
