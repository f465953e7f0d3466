// Package handlers is the web: it decodes a request, checks it, makes one call to
// the store, the fleet or the jobs, and chooses a view. routes.go is the map; a page
// or verb has its own file, named like its route.
package handlers

import (
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"berth/handlers/auth"
	"berth/handlers/container"
	"berth/handlers/settings"
	"berth/handlers/template"
	"berth/handlers/web"
	"berth/handlers/wizard"
)

// site is the whole web: its areas, and the pages that belong to none of them.
type site struct {
	*web.App
	auth       *auth.Pages
	containers *container.Pages
	wizard     *wizard.Pages
	templates  *template.Pages
	settings   *settings.Pages
	health     atomic.Pointer[string] // the last answer of healthz
}

// New wires the web together. A stream ends when its request's context does, so the
// server's base context must be cancelled for a shutdown.
func New(cfg web.Config) (*echo.Echo, error) {
	a, err := newSite(cfg)
	if err != nil {
		return nil, err
	}
	return a.echo(), nil
}

func newSite(cfg web.Config) (*site, error) {
	a, keys, err := web.New(cfg)
	if err != nil {
		return nil, err
	}
	return &site{
		App:        a,
		auth:       auth.New(a, keys),
		containers: container.New(a),
		wizard:     wizard.New(a),
		templates:  template.New(a),
		settings:   settings.New(a),
	}, nil
}

// echo is the server: what happens to every request, and the routes.
func (a *site) echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = web.ClientAddress(a.TrustedProxies)
	e.HTTPErrorHandler = a.ShowError
	e.Use(web.RequestID, a.LogRequest, a.SecurityHeaders, web.Recovered, web.SameOrigin(), web.LimitBody, web.Zone)
	a.routes(e)
	return e
}
