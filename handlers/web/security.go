package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"berth/static"
	"berth/templates"
	"berth/views/layout"
)

// MaxBody is the most that a form may hold, in bytes.
const MaxBody = 1 << 20

// Policy allows what this server sends and nothing else: no inline script or style, no frames, no plugins, no other host.
const Policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// SecurityHeaders go with every answer.
func (a *App) SecurityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if ByTLS(c.Request()) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// ByTLS tells whether the browser speaks TLS, with this process or with a proxy before
// it. Anybody is believed who says so: it only makes that browser's own cookies stricter.
func ByTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get(echo.HeaderXForwardedProto) == "https"
}

// SameOrigin refuses what another site makes a browser send. It needs no token in
// the forms: browsers say where a request comes from, and what is no browser has no cookie.
func SameOrigin() echo.MiddlewareFunc {
	check := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if check.Check(c.Request()) != nil {
				return ErrForeign
			}
			return next(c)
		}
	}
}

// ErrForeign answers what another site's page made a browser send.
var ErrForeign = Problem(layout.Problem{
	Status: http.StatusForbidden,
	Title:  "This came from another site",
	Why:    "Berth accepts forms only from its own pages. Nothing was changed.",
	Next:   "Open Berth itself and do it there. If this is Berth, a proxy in front of it changes the Host header: make it pass the header on.",
	Link:   layout.Link{URL: "/", Text: "Containers"},
})

// LimitBody makes reading more than maxBody an error; as much as an archive may come beside it where a
// template is imported or edited.
func LimitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		most := int64(MaxBody)
		if r.URL.Path == "/templates" || strings.HasPrefix(r.URL.Path, "/templates/") {
			most += templates.MaxArchive
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		return next(c)
	}
}

// panicError is a panic of a handler.
type panicError struct {
	value any
	stack []byte
}

func (e panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// Recovered makes a panic an error like others. http.ErrAbortHandler is none: it asks to drop the connection.
func Recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = panicError{v, debug.Stack()}
			}
		}()
		return next(c)
	}
}

// RequestID gives a request the ID that its error pages and log lines share.
func RequestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		c.Response().Header().Set(echo.HeaderXRequestID, "r-"+hex.EncodeToString(b[:]))
		return next(c)
	}
}

// RequestIDOf is the ID that the error pages and log lines of a request share.
func RequestIDOf(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// LogRequest writes one line a request. It names the route and not the address, as an
// invitation's address is a secret; and nothing that was typed.
func (a *App) LogRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if err := next(c); err != nil {
			c.Error(err) // now, so that the status is known
		}
		if strings.HasPrefix(c.Request().URL.Path, static.Prefix) {
			return nil
		}
		u, _ := userIn(c)
		level := slog.LevelInfo
		if c.Path() == HealthPath { // anybody may ask, and monitors do so all day
			level = slog.LevelDebug
		}
		a.Log.LogAttrs(context.WithoutCancel(c.Request().Context()), level, "request",
			slog.String("request", RequestIDOf(c)),
			slog.String("method", c.Request().Method),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Duration("took", time.Since(start)),
			slog.String("user", u.ID),
		)
		return nil
	}
}

// ClientAddress tells whom a request is from: the socket's other end, unless that is
// a proxy that was named.
func ClientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP:   p.Masked().Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
