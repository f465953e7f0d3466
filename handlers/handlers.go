// Package handlers is the web: it decodes a request, checks it, makes one call to
// the store, the fleet or the jobs, and chooses a view. routes.go is the map; a page
// or verb has its own file, named like its route.
package handlers

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/store"
)

// Config is what the web needs. Store, Fleet, Jobs, Inside and Consoles must be set.
type Config struct {
	Store    *store.Store
	Fleet    *fleet.Fleet
	Jobs     *jobs.Runner
	Inside   *inside.Inside
	Consoles *consoles.Consoles
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: discarded
	Version  string
	Demo     bool // every page says that the hosts are simulated
	// TrustedProxies may say in X-Forwarded-For whom a request is from. Empty: nobody may.
	TrustedProxies []netip.Prefix
	Templates      string // folder of templates to compare with; "" for none
}

// app is the receiver of all handlers.
type app struct {
	Config
	sessions *sessionStore
	flashes  *flashes
	guards   guards
	held     *heldSecrets
	gzips    sync.Pool              // of *gzip.Writer
	health   atomic.Pointer[string] // the last answer of healthz
}

// New wires the web together. A stream ends when its request's context does, so the
// server's base context must be cancelled for a shutdown.
func New(cfg Config) (*echo.Echo, error) {
	a, err := newApp(cfg)
	if err != nil {
		return nil, err
	}
	return a.echo(), nil
}

func newApp(cfg Config) (*app, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	keys, err := cfg.Store.CookieKeys()
	if err != nil {
		return nil, fmt.Errorf("cookie keys: %w", err)
	}
	return &app{
		Config:   cfg,
		sessions: newSessionStore(cfg, keys),
		flashes:  newFlashes(cfg, keys),
		guards:   newGuards(cfg.Now),
		held:     newHeldSecrets(cfg.Now),
	}, nil
}

// echo is the server: what happens to every request, and the routes.
func (a *app) echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(a.TrustedProxies)
	e.HTTPErrorHandler = a.showError
	e.Use(requestID, a.logRequest, a.securityHeaders, recovered, sameOrigin(), limitBody)
	a.routes(e)
	return e
}
