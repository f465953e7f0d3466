// Package web is what all areas of the web share: how a request is read, and how it is answered with a page, a part of one, a
// stream or the words for an error.
package web

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/store"
	"berth/store/live"
)

// Config names what the web is built on. Store, Fleet, Jobs, Inside and Consoles must be set.
type Config struct {
	Store    *store.Store
	Fleet    *fleet.Fleet
	Jobs     *jobs.Runner
	Inside   *inside.Inside
	Consoles *consoles.Consoles
	Clock    live.Clock   // nil: the real one
	Log      *slog.Logger // nil: discarded
	Version  string
	Demo     bool // every page says that the hosts are simulated
	// TrustedProxies may say in X-Forwarded-For whom a request is from. Empty: nobody may.
	TrustedProxies []netip.Prefix
	Templates      string // folder of templates to compare with; "" for none
}

// HealthPath is asked by monitors, all day.
const HealthPath = "/healthz"

// App holds what all areas of the web share: the rooms they call, and how they answer.
type App struct {
	Config
	flashes *flashes
	gzips   sync.Pool // of *gzip.Writer
	// Know finds out who makes a request and notes it; false when nobody is signed in.
	Know func(echo.Context) (bool, error)
}

// Now is the time of day.
func (a *App) Now() time.Time { return a.Clock.Now() }

// New fills in what the configuration leaves open. know says who makes a request.
func New(cfg Config) (*App, [][]byte, error) {
	if cfg.Clock == nil {
		cfg.Clock = live.RealClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	keys, err := cfg.Store.CookieKeys()
	if err != nil {
		return nil, nil, fmt.Errorf("cookie keys: %w", err)
	}
	return &App{Config: cfg, flashes: newFlashes(cfg, keys)}, keys, nil
}
